import type { Json, JsonObject } from '../../base/json.js'
import {
  type ListedTable,
  MOST_PARTS,
  type TableColumn,
  type TableIndex,
  type TableKind,
  type TableReference,
} from '../port.js'
import { COMMENT, count, EXPRESSION, grouped, shortText, text } from '../tables/cells.js'
import type { Ask, Candidate, FoundParts, TableReader, TableSearch } from '../tables/reader.js'

/**
 * What tables MySQL, from 5.7 on, and MariaDB, from 10.2 on, have. The server shows what the user may see. Names of tables are
 * compared as bytes, since its own comparison takes `T` for `t`; where a table is known its exact name is asked for in addition,
 * by which the server opens this one table only.
 * @param database the linked one, whose tables are listed where no other is named; null for all that the user may see
 * @see https://dev.mysql.com/doc/refman/8.4/en/information-schema.html
 * @see https://mariadb.com/docs/server/reference/system-tables/information-schema
 */
export const mysqlTables = (database: string | null): TableReader => {
  const or = (schema: string | undefined) => schema ?? database ?? undefined
  return {
    list: (ask, search) => list(ask, { ...search, schema: or(search.schema) }),
    names: (ask, schema) => names(ask, or(schema)),
    find,
    facts,
    describe,
  }
}

const TYPES: Readonly<Record<TableKind, readonly string[]>> = {
  table: ['BASE TABLE', 'SYSTEM VERSIONED'],
  view: ['VIEW', 'SYSTEM VIEW'],
  materialized_view: [],
  foreign_table: [],
}

const NOT_SYSTEM = "lower(t.table_schema) not in ('information_schema', 'performance_schema', 'mysql', 'sys')"
const TABLES = 'information_schema.tables t'
const BYTEWISE = 'cast(t.table_schema as binary), cast(t.table_name as binary)'
const RANK = 'case when t.table_schema = database() then 1 end'

/** Names have no such characters, and the server does not compare them with a text that has. */
const hasOther = (...names: (string | undefined)[]): boolean =>
  names.some((name) => /[\u{10000}-\u{10ffff}]/u.test(name ?? ''))

async function list(ask: Ask, { schema, like, kinds, offset, most }: TableSearch) {
  const types = kinds.flatMap((kind) => TYPES[kind])
  if (types.length === 0 || hasOther(schema, like)) return { tables: [], total: 0, more: false }
  const conditions = [
    schema === undefined ? NOT_SYSTEM : 't.table_schema = :schema',
    't.table_type in (:types)',
    ...(like === undefined ? [] : [`t.table_name like :like escape '!'`]),
  ]
  const from = `${TABLES} where ${conditions.join(' and ')}`
  const sql = `select ${FACTS}, (select count(*) from ${from}) as total from ${from}
    order by ${BYTEWISE} limit :most offset :offset`
  const variables: Record<string, Json> = { types, offset }
  if (schema !== undefined) variables.schema = schema
  if (like !== undefined) variables.like = like
  const { rows, more } = await ask(sql, variables, most)
  return { tables: rows.map(tableOf), total: count(rows[0]?.total) ?? undefined, more }
}

const FACTS = `t.table_schema as in_schema, t.table_name as called, t.table_type as kind, t.table_rows as row_estimate,
  t.table_comment as remark`

function tableOf(row: JsonObject): ListedTable {
  const isView = TYPES.view.includes(text(row.kind))
  const comment = shortText(row.remark, COMMENT)
  return {
    schema: text(row.in_schema),
    name: text(row.called),
    kind: isView ? 'view' : 'table',
    rowEstimate: isView ? null : count(row.row_estimate),
    // What the server has as the comment of each view.
    comment: isView && comment === 'VIEW' ? null : comment,
  }
}

async function find(ask: Ask, name: string, schema: string | undefined): Promise<Candidate[]> {
  if (hasOther(name, schema)) return []
  const sql = `select t.table_schema as in_schema, t.table_name as called, ${RANK} as schema_rank from ${TABLES}
    where (t.table_name = :name or concat(t.table_schema, '.', t.table_name) = :name) ${inSchema(schema)}
    order by ${RANK} is null, ${BYTEWISE} limit :most`
  const { rows } = await ask(sql, { name, ...(schema === undefined ? {} : { schema }) }, 100)
  return rows
    .map(candidateOf(name))
    .filter((found) => name === (found.qualified ? `${found.schema}.${found.name}` : found.name))
}

async function names(ask: Ask, schema: string | undefined): Promise<Candidate[]> {
  if (hasOther(schema)) return []
  const where = schema === undefined ? NOT_SYSTEM : 't.table_schema = :schema'
  const sql = `select t.table_schema as in_schema, t.table_name as called, ${RANK} as schema_rank from ${TABLES}
    where ${where} order by ${BYTEWISE} limit :most`
  return (await ask(sql, schema === undefined ? {} : { schema }, 1_000)).rows.map(candidateOf(''))
}

const inSchema = (schema: string | undefined): string => (schema === undefined ? '' : 'and t.table_schema = :schema')

const candidateOf =
  (wanted: string) =>
  (row: JsonObject): Candidate => ({
    schema: text(row.in_schema),
    name: text(row.called),
    qualified: text(row.called) !== wanted,
    rank: count(row.schema_rank),
  })

const IS_TABLE = `t.table_schema = :schema and t.table_name = :table
  and cast(t.table_schema as binary) = cast(:schema as binary) and cast(t.table_name as binary) = cast(:table as binary)`

async function facts(ask: Ask, { schema, name }: Candidate): Promise<ListedTable | undefined> {
  const sql = `select ${FACTS} from ${TABLES} where ${IS_TABLE} limit :most`
  const [row] = (await ask(sql, { schema, table: name }, 1)).rows
  return row && tableOf(row)
}

async function describe(ask: Ask, { schema, name }: Candidate): Promise<FoundParts> {
  const about = { schema, table: name }
  const columns = await ask(COLUMNS, about, MOST_PARTS)
  const foreign = await ask(FOREIGN_KEYS, about, MOST_PARTS)
  const referencing = await ask(REFERENCING, about, MOST_PARTS)
  const statistics = await ask(INDEXES, about, MOST_PARTS)
  const indexes = grouped(statistics, ['INDEX_NAME'])
  const isUnique = (rows: readonly JsonObject[]) => rows.every((row) => count(row.NON_UNIQUE) === 0 && isColumn(row))
  const primary = indexes.filter(isPrimary)
  const others = indexes.filter((rows) => !isPrimary(rows))
  return {
    columns: { items: columns.rows.map(columnOf), more: columns.more },
    primaryKey: { items: primary.flatMap(namesOf), more: false },
    uniqueKeys: { items: others.filter(isUnique).map(namesOf), more: statistics.more },
    foreignKeys: { items: grouped(foreign, ['id']).map(referenceOf), more: foreign.more },
    referencedBy: {
      items: grouped(referencing, ['other_schema', 'other_table', 'id']).map(referenceOf),
      more: referencing.more,
    },
    indexes: { items: others.filter((rows) => !isUnique(rows)).map(indexOf), more: statistics.more },
  }
}

/** All of a row, since servers have columns that others do not: `GENERATION_EXPRESSION`, `EXPRESSION`. */
const COLUMNS = `select t.*, version() as server from information_schema.columns t where ${IS_TABLE}
  order by t.ordinal_position limit :most`

function columnOf(row: JsonObject): TableColumn {
  const [, generated] = /\b(stored|virtual) generated\b/.exec(text(row.EXTRA).toLowerCase()) ?? []
  return {
    name: text(row.COLUMN_NAME),
    type: shortText(row.COLUMN_TYPE, EXPRESSION) ?? '',
    nullable: text(row.IS_NULLABLE) === 'YES',
    default: generated ? null : shortText(mysqlDefault(row), EXPRESSION),
    generated: generated ? (generated as 'stored' | 'virtual') : null,
    expression: generated ? shortText(row.GENERATION_EXPRESSION, EXPRESSION) : null,
    identity: /auto_increment/i.test(text(row.EXTRA)) ? 'by default' : null,
    comment: shortText(row.COLUMN_COMMENT, COMMENT),
  }
}

/** Types whose values are written without quotes. */
const PLAIN = /^(?:tinyint|smallint|mediumint|int|bigint|decimal|float|double|year|bit|binary|varbinary)$/i

/**
 * The default of a column as SQL. MariaDB reports it as such, `NULL` included; MySQL reports a value without its quotes, and says in
 * `EXTRA` where it is an expression.
 * @param row of `information_schema.columns`, with the version in `server`
 * @returns null for none
 */
export function mysqlDefault(row: JsonObject): string | null {
  const { COLUMN_DEFAULT: value, DATA_TYPE: type, EXTRA: extra, server } = row
  if (value === null || value === undefined) return null
  const written = text(value)
  if (/mariadb/i.test(text(server))) return written === 'NULL' ? null : written
  const isNow = /^(?:timestamp|datetime)$/i.test(text(type)) && /^current_timestamp\b/i.test(written)
  if (PLAIN.test(text(type)) || isNow || /default_generated/i.test(text(extra))) return written
  return `'${written.replaceAll("'", "''")}'`
}

const FOREIGN_KEYS = `select t.constraint_name as id, t.column_name as called, t.referenced_table_schema as other_schema,
    t.referenced_table_name as other_table, t.referenced_column_name as other_column
  from information_schema.key_column_usage t where ${IS_TABLE} and t.referenced_table_name is not null
  order by t.constraint_name, t.ordinal_position limit :most`

/** Of the same database: MariaDB would open every table of every other one. */
const REFERENCING = `select t.constraint_name as id, t.referenced_column_name as called, t.table_schema as other_schema,
    t.table_name as other_table, t.column_name as other_column
  from information_schema.key_column_usage t
  where t.table_schema = :schema and t.referenced_table_schema = :schema and t.referenced_table_name = :table
    and cast(t.referenced_table_name as binary) = cast(:table as binary)
  order by ${BYTEWISE}, t.constraint_name, t.ordinal_position limit :most`

const referenceOf = (rows: readonly JsonObject[]): TableReference => ({
  columns: rows.map((row) => text(row.called)),
  schema: text(rows[0]?.other_schema),
  table: text(rows[0]?.other_table),
  tableColumns: rows.map((row) => text(row.other_column)),
})

const INDEXES = `select t.* from information_schema.statistics t where ${IS_TABLE}
  order by t.index_name <> 'PRIMARY', t.index_name, t.seq_in_index limit :most`

const isPrimary = ([row]: readonly JsonObject[]): boolean => row?.INDEX_NAME === 'PRIMARY'

/** Not an expression, nor the beginning of a column. */
const isColumn = (row: JsonObject): boolean => text(row.COLUMN_NAME) !== '' && count(row.SUB_PART) === null

const namesOf = (rows: readonly JsonObject[]): string[] => rows.map((row) => text(row.COLUMN_NAME))

const indexOf = (rows: readonly JsonObject[]): TableIndex => ({
  name: text(rows[0]?.INDEX_NAME),
  columns: rows.map(partOf),
  unique: count(rows[0]?.NON_UNIQUE) === 0,
  method: rows[0]?.INDEX_TYPE === 'BTREE' ? null : text(rows[0]?.INDEX_TYPE).toLowerCase(),
  where: null,
})

function partOf(row: JsonObject): string {
  const length = count(row.SUB_PART)
  const column = text(row.COLUMN_NAME)
  if (column === '') return shortText(row.EXPRESSION, EXPRESSION) ?? ''
  return length === null ? column : `${column}(${length})`
}
