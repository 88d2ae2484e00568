import { ConnectorsError } from '../base/errors.js'
import type { Json } from '../base/json.js'
import type { DatabaseAddress } from './address.js'
import type { Cancellation } from './cancellation.js'
import type { DatabaseAbility, QueryResult } from './port.js'
import type { AnswerText } from './results/unread-rows.js'

/** The most connections one account holds at a time. */
export const CONNECTIONS = 4
/** Linking ends within 10 s, trial connection included. Milliseconds. */
export const CONNECT_TIME = 8_000
/** A trial as a whole, so that what only adds to it never makes it fail. Milliseconds. */
export const PROBE_TIME = 8_500
/** The most that finding out what the user can do may take. Milliseconds. */
export const ABILITIES_TIME = 3_000

/** One linked database with its connections. */
export interface Engine extends OpenEngine {
  /** @param cancellation ends the query early; the engine then stops it at the server too */
  query(sql: string, variables: Record<string, Json>, limit: number, cancellation: Cancellation): Promise<QueryResult>
}

/** The same in the process of a driver, where a result is only needed as the text that leaves it. */
export interface DriverEngine extends OpenEngine {
  /**
   * @param cancellation ends the query early, as above; `answer` of it is asked for room
   * @returns the result as JSON
   */
  answer(sql: string, variables: Record<string, Json>, limit: number, cancellation: Cancellation): Promise<AnswerText>
}

interface OpenEngine {
  probe(cancellation: Cancellation): Promise<{ server: string; version: string }>
  /** What the user can do, whatever the account's own setting; undefined if the server does not report it. */
  abilities(cancellation: Cancellation): Promise<readonly DatabaseAbility[] | undefined>
  /** @returns when its connections are closed, where that takes time */
  close(): void | Promise<void>
}

/** The operator's limits for databases. */
export interface DatabaseLimits {
  /**
   * Turns a host into the address to connect to, or throws when it may not be connected to. What it gives is what is
   * connected to, so that a name cannot mean another address a moment later.
   */
  resolveHost: (host: string) => Promise<string>
  /** False where files of this machine are not the user's: no SQLite files, no sockets, no certificate files. */
  localFiles: boolean
  /** A folder whose files are never linked: where the service keeps its own store. */
  ownFolder: string | undefined
}

/**
 * Where to connect to: the path of a socket, or the address the host stands for.
 * @throws FORBIDDEN for a socket where those of this machine are not the user's, and what `resolveHost` throws
 */
export async function reachedHost({ host }: DatabaseAddress, limits: DatabaseLimits): Promise<string> {
  if (!host?.startsWith('/')) return limits.resolveHost(host ?? 'localhost')
  if (limits.localFiles) return host
  throw new ConnectorsError('FORBIDDEN', "A socket of the service's machine cannot be linked here; use a host name.")
}
