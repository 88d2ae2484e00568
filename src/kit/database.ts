import type { Json, JsonObject } from '../base/json.js'

export interface QueryOptions {
  /** The most rows given back. */
  limit: number
  /** Milliseconds the statement may take. */
  timeoutMs: number
  signal: AbortSignal
}

/** What a statement gave: rows with their columns, or how many rows it changed (-1 where the engine cannot tell). */
export type QueryResult =
  | { kind: 'rows'; rows: JsonObject[]; columns: JsonObject[]; truncated: boolean }
  | { kind: 'affected'; affectedRows: number }

/** A linked database as an action sees it: bound to its credential. */
export interface Database {
  /** `driver:host:port:username:database`: what the account is called unless the person chose a name. */
  readonly name: string
  /**
   * Runs one statement. `:name` in it is bound as a parameter, never spliced.
   * @throws INVALID_PARAMETERS when the engine refuses the statement, UPSTREAM_TIMEOUT when it takes too long
   */
  query(sql: string, variables: Record<string, Json>, options: QueryOptions): Promise<QueryResult>
  /** Connects and asks the server what it is. @throws UPSTREAM_ERROR, INVALID_PARAMETERS */
  probe(): Promise<{ server: string; version: string }>
}

/** The port that opens databases; implemented by `src/database`. */
export interface DatabasePort {
  /**
   * The database of one linked account. The pool behind it is kept under `key` and closes itself when idle.
   * @param key names the account and the version of its credential
   * @throws INVALID_PARAMETERS when the configuration does not say what to connect to
   */
  open(key: string, configuration: Record<string, unknown>): Database
  /** Closes the pool of an account at once. */
  close(key: string): Promise<void>
  closeAll(): Promise<void>
}
