import type { Json, JsonObject } from '../base/json.js'
import type { DatabaseEngine } from './address.js'

export interface QueryOptions {
  /** The most rows returned. */
  limit: number
  /** Milliseconds the statement may take. */
  timeoutMs: number
  signal: AbortSignal
  /** True runs it as on an account that is linked read-only, in a session that no other statement shares; false by default. */
  readOnly?: boolean
}

export type TablesOptions = Omit<QueryOptions, 'limit'>

/** What a statement gave: rows with their columns, or how many rows it changed (-1 where the engine cannot tell). */
export type QueryResult =
  | { kind: 'rows'; rows: JsonObject[]; columns: JsonObject[]; truncated: boolean; unread?: UnreadRows }
  | { kind: 'affected'; affectedRows: number }

/** Rows as they came from another process. They are parsed when `rows` is looked at. */
export interface UnreadRows {
  /** A list, as `JSON.stringify` writes it. */
  readonly json: string
  readonly count: number
}

/** What a table is; in MySQL, MariaDB and SQLite only the first two. A virtual table of SQLite counts as a table. */
export const TABLE_KINDS = ['table', 'view', 'materialized_view', 'foreign_table'] as const
export type TableKind = (typeof TABLE_KINDS)[number]

/** Which tables are listed; what is left out narrows nothing. */
export interface TableFilter {
  /** By default all schemas but those of the system; in MySQL and MariaDB the linked database, where there is one. */
  schema?: string | undefined
  /** A part of the name in any case. With `*` in it, which stands for any text, the whole name must fit. */
  name?: string | undefined
  kinds?: readonly TableKind[] | undefined
  /** From 1. */
  page: number
  /** The most tables returned. */
  perPage: number
}

/** A table as a list of them shows it. A schema is what MySQL and MariaDB call a database; in SQLite it is `main`. */
export interface ListedTable {
  schema: string
  name: string
  kind: TableKind
  /** What the database's own statistics say; null where they say nothing. Nothing is counted. */
  rowEstimate: number | null
  comment: string | null
}

export interface TablePage {
  /** By schema and name; those of the schemas in which a name without schema is looked for come first. */
  tables: ListedTable[]
  /** How many fit the filter; null on a page beyond the last. */
  total: number | null
  /** Whether there is another page. */
  more: boolean
}

/** A table as a caller names it: `schema.table` in `name` is understood where no table itself is called so. */
export interface TableName {
  schema?: string | undefined
  name: string
}

export interface TableColumn {
  name: string
  /** In the words of the engine; empty in SQLite where none is declared. */
  type: string
  nullable: boolean
  /** As SQL. */
  default: string | null
  generated: 'stored' | 'virtual' | null
  /** What a generated column is computed by, as SQL; null where the engine does not report it. */
  expression: string | null
  /** Whether the database numbers rows by it, and whether a statement may give a number of its own. */
  identity: 'always' | 'by default' | null
  comment: string | null
}

/** Columns that refer to as many columns of a table, here or there. */
export interface TableReference {
  columns: string[]
  schema: string
  table: string
  tableColumns: string[]
}

export interface TableIndex {
  name: string
  /** Columns, or expressions as SQL. */
  columns: string[]
  unique: boolean
  /** What kind it is, if not the usual one: `gin`, `fulltext`. */
  method: string | null
  /** The condition of a partial index, as SQL. */
  where: string | null
}

/** The lists of a description. Each holds at most `MOST_PARTS` entries. */
export interface TableParts {
  columns: TableColumn[]
  primaryKey: string[]
  uniqueKeys: string[][]
  foreignKeys: TableReference[]
  /** Foreign keys of other tables, and of its own, that refer to it: `table` has them, and `columns` are this table's. */
  referencedBy: TableReference[]
  /** Those that are not there for a primary or unique key. */
  indexes: TableIndex[]
}

export interface TableDescription extends ListedTable, TableParts {
  /** The lists that are longer than what is returned of them. */
  cut: (keyof TableParts)[]
}

/** The most columns, parts of keys, or parts of indexes of one table that are described. */
export const MOST_PARTS = 2_000

/**
 * What a database user can do, found in the catalogue and never by trying: read, change rows, change tables and other
 * definitions, administer the server. What functions do with the rights of others is not looked at; a reader who may call
 * such functions is not judged.
 */
export type DatabaseAbility = 'read' | 'write' | 'schema' | 'admin'

/** What a trial connection found. */
export interface ProbedDatabase {
  server: string
  /** As the server words it. */
  version: string
  /** What can be done through the account; undefined where it could not be found out. */
  abilities: readonly DatabaseAbility[] | undefined
}

/** A linked database as an action sees it: bound to its credential. */
export interface Database {
  /** `driver:host:port:username:database`: what the account is called unless the person chose a name. */
  readonly name: string
  readonly engine: DatabaseEngine
  /**
   * Runs one statement. `:name` in it is bound as a parameter, never spliced.
   * @throws INVALID_PARAMETERS when the engine refuses the statement, UPSTREAM_TIMEOUT when it takes too long, FORBIDDEN for
   * one that would change something where nothing may be changed
   */
  query(sql: string, variables: Record<string, Json>, options: QueryOptions): Promise<QueryResult>
  /**
   * Lists tables and views as the database's own catalogue has them, as far as its user may see them.
   * @throws UPSTREAM_ERROR when the catalogue cannot be read, UPSTREAM_TIMEOUT when that takes too long
   */
  listTables(filter: TableFilter, options: TablesOptions): Promise<TablePage>
  /**
   * Describes one table or view.
   * @throws NOT_FOUND for none of that name, INVALID_PARAMETERS for several; both with names in the details. And as
   * `listTables`
   */
  describeTable(table: TableName, options: TablesOptions): Promise<TableDescription>
  /**
   * True if the engine refuses every change, as the person who linked the account asked. That does not stop the functions
   * of a server's administrator.
   */
  readonly readOnly: boolean
  /**
   * Connects, asks the server what it is and what the user can do there. Changes nothing, and ends within 9 s.
   * @throws UPSTREAM_ERROR, INVALID_PARAMETERS
   */
  probe(): Promise<ProbedDatabase>
}

/** Whose account it is: what a service can do at a time is shared out to its clients, and in them to their users. */
export interface DatabaseOwner {
  client: string
  user: string
}

/** The port that opens databases; implemented by `src/database`. */
export interface DatabasePort {
  /**
   * The database of one linked account. The pool behind it is kept under `key` and closes itself when idle.
   * @param key names the account and the version of its credential
   * @param owner accounts without one share what one user may have
   * @throws INVALID_PARAMETERS when the configuration does not say what to connect to
   */
  open(key: string, configuration: Record<string, unknown>, owner?: DatabaseOwner): Database
  /** Closes the pool of an account at once. */
  close(key: string): Promise<void>
  closeAll(): Promise<void>
}

/** What one statement for a database may carry, the same for every engine. */
export const STATEMENT = {
  /** Characters of its text. */
  text: 1024 * 1024,
  /** Values of its variables, each item of a list counted: what the protocols of PostgreSQL and MySQL can number. */
  values: 65_535,
  /** Characters of one value that is a text: half of what MariaDB takes by default in one packet. */
  value: 8 * 1024 * 1024,
  /** Characters of one name. */
  name: 200,
} as const
