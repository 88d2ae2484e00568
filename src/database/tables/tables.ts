import { closeNames } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import {
  TABLE_KINDS,
  type TableDescription,
  type TableFilter,
  type TableName,
  type TablePage,
  type TableParts,
} from '../port.js'
import type { Ask, Candidate, FoundParts, TableReader } from './reader.js'

/** One page of the tables that fit a filter. @throws what `ask` throws */
export async function listTables(reader: TableReader, ask: Ask, filter: TableFilter): Promise<TablePage> {
  const { schema, name, kinds, page, perPage } = filter
  const offset = (page - 1) * perPage
  const like = name === undefined ? undefined : likePattern(name)
  const { tables, total, more } = await reader.list(ask, {
    ...{ schema, like, offset, most: perPage },
    kinds: kinds ?? TABLE_KINDS,
  })
  // Of no page but the first an empty one says how many there are.
  return { tables, total: total ?? (page === 1 ? 0 : null), more }
}

/**
 * The pattern of `LIKE … escape '!'` for a part of a name, or for a whole name in which `*` stands for any text.
 * @see https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-LIKE
 */
export function likePattern(name: string): string {
  const literal = name.replace(/[!%_]/g, '!$&')
  return name.includes('*') ? literal.replace(/\*+/g, '%') : `%${literal}%`
}

/**
 * One table with all that is known of it.
 * @throws NOT_FOUND for none of that name, INVALID_PARAMETERS where several schemas have one, and what `ask` throws
 */
export async function describeTable(reader: TableReader, ask: Ask, wanted: TableName): Promise<TableDescription> {
  const found = meant(await reader.find(ask, wanted.name, wanted.schema))
  const facts = found && (await reader.facts(ask, found))
  if (!found || !facts) throw notFound(wanted, await reader.names(ask, wanted.schema))
  return { ...facts, ...whole(await reader.describe(ask, found)) }
}

/** A table that is called so itself comes before a `schema.table`, and of several the one that a query would find. */
function meant(candidates: readonly Candidate[]): Candidate | undefined {
  const own = candidates.filter(({ qualified }) => !qualified)
  const [first, second] = (own.length > 0 ? own : candidates).toSorted(byRank)
  if (first && second && first.rank === second.rank) throw severalTables(candidates)
  return first
}

const byRank = (a: Candidate, b: Candidate): number => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0

function whole(found: FoundParts): TableParts & { cut: (keyof TableParts)[] } {
  const { columns, primaryKey, uniqueKeys, foreignKeys, referencedBy, indexes } = found
  return {
    columns: columns.items,
    primaryKey: primaryKey.items,
    uniqueKeys: uniqueKeys.items,
    foreignKeys: foreignKeys.items,
    referencedBy: referencedBy.items,
    indexes: indexes.items,
    cut: (Object.keys(found) as (keyof TableParts)[]).filter((part) => found[part].more),
  }
}

/** A longer name is not a misspelt one. Characters. */
const LONGEST_NAME = 100

/** @param tables some that there are, from which those with a similar name are named */
function notFound({ name, schema }: TableName, tables: readonly Candidate[]): ConnectorsError {
  const similar = similarNames(name, tables, schema !== undefined)
  const sentence = 'The database has no table or view of that name that the account may see'
  return similar.length === 0
    ? new ConnectorsError('NOT_FOUND', `${sentence}; list the tables to see what there is.`)
    : new ConnectorsError('NOT_FOUND', `${sentence}; the details have similar names.`, {
        details: { upstream: { similar } },
      })
}

/** @param ofOneSchema whether the tables are of the schema that was asked for, so that it says nothing */
function similarNames(name: string, tables: readonly Candidate[], ofOneSchema: boolean): string[] {
  if (name.length > LONGEST_NAME) return []
  const shown = new Map(tables.map((table) => [ofOneSchema ? table.name : shownName(table), shownName(table)]))
  const names = [...shown.keys()].filter((each) => each.length <= LONGEST_NAME)
  const close = [name, name.slice(name.lastIndexOf('.') + 1)].flatMap((wrong) => closeNames(wrong, names))
  return [...new Set(close)].slice(0, MOST_SIMILAR).map((each) => shown.get(each) ?? each)
}

const MOST_SIMILAR = 5

/** With its schema where the name alone would not be found. */
const shownName = ({ schema, name, rank }: Candidate): string => (rank === null ? `${schema}.${name}` : name)

const severalTables = (candidates: readonly Candidate[]): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'Several schemas have a table of that name; say which schema is meant. The details have the schemas.',
    { details: { upstream: { schemas: candidates.map(({ schema }) => schema) } } },
  )
