import {
  type Database,
  type ListedTable,
  TABLE_KINDS,
  type TableDescription,
  type TableReference,
} from '../../database/port.js'
import { defineAction, type Json, type JsonObject, Result, z } from '../../kit/index.js'
import { timeout } from './timeout.js'

/** The longest name that is looked for. Characters. */
const NAME = 256

/** Neither NUL nor half a character, which no name has and no database takes. */
const name = (description: string) =>
  z
    .string()
    .min(1)
    .max(NAME)
    .refine((text) => /^[^\0\p{Cs}]*$/u.test(text), 'holds a character that no name has')
    .describe(description)

/** Not part of the published catalogue. */
export const listTables = defineAction({
  name: 'list_tables',
  description:
    'List tables and views of the linked database, the default schema first: schema, name, kind, row_estimate (from statistics, not counted), comment. Needs no parameters and changes nothing. System schemas are left out, and so is what is unknown. Next, describe_table shows columns.',
  examples: ['what tables does our database have', 'find the table with the invoices', 'which tables are the largest'],
  effect: 'read',
  shaping: false,
  input: {
    schema: name('Only this schema; on MySQL and MariaDB, this database').optional(),
    name: name('Only names with this in them, in any case; with * for any text, the whole name must fit').optional(),
    kinds: z.array(z.enum(TABLE_KINDS)).min(1).max(TABLE_KINDS.length).describe('Only these kinds').optional(),
    per_page: z.number().int().min(1).max(200).default(100).describe('Tables on a page'),
    page: z.number().int().min(1).max(1_000_000).default(1).describe('Which page, from 1'),
    timeout_ms: timeout,
  },
  run: async (database: Database, { page, per_page, timeout_ms, ...filter }, { signal, readOnly }) => {
    const options = { timeoutMs: timeout_ms, signal, readOnly }
    const { tables, total, more } = await database.listTables({ ...filter, page, perPage: per_page }, options)
    return new Result(tables.map(shownTable), {
      page,
      limit: per_page,
      ...(total === null ? {} : { total, total_page: Math.ceil(total / per_page) }),
      has_next: more,
      has_prev: page > 1,
    })
  },
})

/** Not part of the published catalogue. */
export const describeTable = defineAction({
  name: 'describe_table',
  description:
    'Show one table or view: columns (type, nullable, default, comment), primary key, unique keys, foreign keys both ways, indexes, row_estimate. Needs its name from list_tables; changes nothing. What is false, empty or unknown is left out. Call it before writing SQL.',
  examples: [
    'what columns does this table have',
    'how are the orders linked to the customers',
    'is there an index on the date',
  ],
  effect: 'read',
  shaping: false,
  input: {
    table: name('Name of the table or view as list_tables shows it, without quotes; schema.table works, too'),
    schema: name('Its schema, where several have a table of that name').optional(),
    timeout_ms: timeout,
  },
  run: async (database: Database, { table, schema, timeout_ms }, { signal, readOnly }) =>
    shownDescription(
      await database.describeTable({ name: table, schema }, { timeoutMs: timeout_ms, signal, readOnly }),
    ),
})

/** Without what is false, empty, or not known. */
function filled(fields: Record<string, Json | undefined>): JsonObject {
  const isEmpty = (value: Json | undefined): boolean =>
    value === undefined || value === null || value === false || value === '' || (Array.isArray(value) && !value.length)
  return Object.fromEntries(Object.entries(fields).filter((field): field is [string, Json] => !isEmpty(field[1])))
}

const shownTable = ({ schema, name, kind, rowEstimate, comment }: ListedTable): JsonObject =>
  filled({ schema, name, kind, row_estimate: rowEstimate, comment })

function shownDescription(table: TableDescription): JsonObject {
  const { schema, columns, primaryKey, uniqueKeys, foreignKeys, referencedBy, indexes, cut } = table
  const place = (other: TableReference) => ({
    schema: other.schema === schema ? null : other.schema,
    table: other.table,
  })
  return {
    ...shownTable(table),
    ...filled({
      columns: columns.map((column) => filled({ ...column })),
      primary_key: primaryKey,
      unique_keys: uniqueKeys,
      foreign_keys: foreignKeys.map((key) => ({
        columns: key.columns,
        references: filled({ ...place(key), columns: key.tableColumns }),
      })),
      referenced_by: referencedBy.map((key) =>
        filled({ ...place(key), columns: key.tableColumns, references: key.columns }),
      ),
      indexes: indexes.map((index) => filled({ ...index })),
      truncated: cut.map((part) => PARTS[part]),
    }),
  }
}

/** What the lists of a description are called in the answer. */
const PARTS: Readonly<Record<TableDescription['cut'][number], string>> = {
  columns: 'columns',
  primaryKey: 'primary_key',
  uniqueKeys: 'unique_keys',
  foreignKeys: 'foreign_keys',
  referencedBy: 'referenced_by',
  indexes: 'indexes',
}
