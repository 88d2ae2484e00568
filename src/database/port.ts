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

/** What a statement gave: rows with their columns, or how many rows it changed (-1 where the engine cannot tell). */
export type QueryResult =
  | { kind: 'rows'; rows: JsonObject[]; columns: JsonObject[]; truncated: boolean }
  | { kind: 'affected'; affectedRows: number }

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
