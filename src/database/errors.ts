import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError } from '../base/errors.js'
import type { DatabaseEngine } from './address.js'

/** An error in the database's own words: untrusted text, passed on as data. */
export interface Fault {
  engine: DatabaseEngine
  /** The engine's own code: an SQLSTATE, `ER_…`, `SQLITE_…`, or a network error's. */
  code: string | null
  message: string
  /** Where in the query, in characters from 1. */
  position?: number
  detail?: string
  hint?: string
}

/** Why a database could not be opened; `details.reason` of the error. */
type ConnectReason = NetworkReason | 'login_refused' | 'database_unknown' | 'database_refused' | 'other_engine'
type NetworkReason = 'host_unknown' | 'host_unreachable' | 'port_closed' | 'no_answer' | 'no_socket'

const details = (fault: Fault, reason?: ConnectReason) => ({
  details: { upstream: { ...fault }, ...(reason ? { reason } : {}) },
})

/** The statement is at fault: a syntax error, an unknown table, a broken constraint. */
export const statementRefused = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The database refused the statement; its message is in the details. Correct the query or its variables.',
    details(fault),
  )

/** A limit of the database itself: columns, bytes of a value, levels of an expression. */
export const beyondLimit = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The statement exceeds a limit of the database; the details say which. Make it smaller.',
    details(fault),
  )

export const loginRefused = (fault: Fault): ConnectorsError =>
  new CredentialRefused('The database refused the user name or password.', details(fault, 'login_refused'))

/** The server is there, the database of that name is not. */
export const databaseUnknown = (fault: Fault): ConnectorsError =>
  new CredentialRefused('The server has no database of that name; check the name.', details(fault, 'database_unknown'))

/** The server is there, and the user may not use the database of that name, or it does not exist. */
export const databaseRefused = (fault: Fault): ConnectorsError =>
  new CredentialRefused(
    'The server has no database of that name, or the user may not connect to it; check the name and the rights.',
    details(fault, 'database_refused'),
  )

const SERVERS = { postgresql: 'PostgreSQL', mysql: 'MySQL', mariadb: 'MariaDB' } as const

/** The server speaks the protocol of another kind of database. @param found which kind */
export const otherEngine = (engine: DatabaseEngine, found: keyof typeof SERVERS): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    `A ${SERVERS[found]} server answers at that host and port; choose that kind of database (driver ${found}, or a URL that begins with ${found}://).`,
    details({ engine, code: null, message: `the greeting of a ${SERVERS[found]} server` }, 'other_engine'),
  )

export const rightMissing = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'FORBIDDEN',
    'The database user has no right to do this; its owner can grant it, or link the account with another user.',
    details(fault),
  )

/** The database itself takes no writes: a standby, a read-only server or file. */
export const writesRefused = (fault: Fault): ConnectorsError =>
  new ConnectorsError('FORBIDDEN', 'The database accepts no changes; it can only be read.', details(fault))

const REASONS: Readonly<Record<string, NetworkReason>> = {
  ENOTFOUND: 'host_unknown',
  EAI_AGAIN: 'host_unknown',
  EAI_NONAME: 'host_unknown',
  EHOSTUNREACH: 'host_unreachable',
  EHOSTDOWN: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  EADDRNOTAVAIL: 'host_unreachable',
  ECONNREFUSED: 'port_closed',
  ETIMEDOUT: 'no_answer',
  ENOENT: 'no_socket',
}

const UNREACHED: Record<NetworkReason, string> = {
  host_unknown: 'the host name is unknown; check its spelling.',
  host_unreachable: 'the host cannot be reached from here; check the host, and whether a VPN is needed.',
  port_closed: 'nothing listens on that port of the host; check the port, and that the database is running.',
  no_answer: 'the host does not respond on that port; check host and port, and whether a firewall is in between.',
  no_socket: 'no socket exists at that path; check the path, and that the database is running.',
}

/** Nothing was sent yet, so the call may be retried. */
export function databaseUnreachable(fault: Fault): ConnectorsError {
  const reason = REASONS[fault.code ?? '']
  const message = reason
    ? `The database cannot be reached: ${UNREACHED[reason]}`
    : 'The database cannot be reached; check that host and port are right and that it is running.'
  return new ConnectorsError('UPSTREAM_ERROR', message, { ...details(fault, reason), retryable: true })
}

/** @param seconds how long it was waited for */
export const noAnswer = (engine: DatabaseEngine, seconds: number): ConnectorsError =>
  databaseUnreachable({ engine, code: 'ETIMEDOUT', message: `no answer within ${seconds} seconds` })

/** The statement may have run or not. */
export const connectionLost = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The connection to the database was lost while the statement ran; check whether it took effect before you repeat it.',
    details(fault),
  )

/** The statement was undone as a whole, because of other statements at the same time. */
export const conflictUndone = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database rolled back the statement because it conflicted with others; try again.',
    {
      ...details(fault),
      retryable: true,
    },
  )

/** Out of memory, shutting down, broken inside. */
export const databaseFailed = (fault: Fault): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database failed; its message is in the details.', details(fault))

/** The database's own limit, or its administrator, ended the statement. */
export const stoppedByDatabase = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The database stopped the statement because it took too long or an administrator ended it.',
    details(fault),
  )

/** The account is no longer there, or has another credential. */
export const accountClosed = (): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database account was removed or replaced while the statement ran.')
