import type { Json, JsonObject } from '../../base/json.js'
import type { ListedTable, TableKind, TableParts } from '../port.js'

/** What a statement on the database's own tables gave. */
export interface Rows {
  rows: JsonObject[]
  /** Whether there are more than were asked for. */
  more: boolean
}

/**
 * Runs a statement of this service as `query` runs one of a caller.
 * @param sql holds `:most` in its `limit`; all that is not constant is in `variables`
 * @param most how many rows are returned at most
 */
export type Ask = (sql: string, variables: Record<string, Json>, most: number) => Promise<Rows>

/** Which tables are asked for. */
export interface TableSearch {
  schema: string | undefined
  /** A pattern of `LIKE` with `!` before what is meant literally, compared in any case. */
  like: string | undefined
  kinds: readonly TableKind[]
  offset: number
  most: number
}

/** A table that a name may mean. */
export interface Candidate {
  schema: string
  name: string
  /** True where the name holds the schema, too: `schema.table`. */
  qualified: boolean
  /** Where its schema stands among those in which a name without schema is looked for; null for a schema that is not one. */
  rank: number | null
}

/** The lists of a description, each with whether there is more of it. */
export type FoundParts = { [Part in keyof TableParts]: { items: TableParts[Part]; more: boolean } }

/** How one engine is asked which tables there are. Every name goes as a bound value, never in the text. */
export interface TableReader {
  /** @returns a page, and how many there are in all; undefined on a page beyond the last */
  list(ask: Ask, search: TableSearch): Promise<{ tables: ListedTable[]; total: number | undefined; more: boolean }>
  /** @returns what a name may mean, a few at most */
  find(ask: Ask, name: string, schema: string | undefined): Promise<Candidate[]>
  /** @returns tables to suggest for a name that there is not, of all schemas or one */
  names(ask: Ask, schema: string | undefined): Promise<Candidate[]>
  /** @returns undefined where it has gone meanwhile */
  facts(ask: Ask, table: Candidate): Promise<ListedTable | undefined>
  describe(ask: Ask, table: Candidate): Promise<FoundParts>
}
