import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError } from '../base/errors.js'
import type { DatabaseEngine } from './address.js'

/** What a database said, in its own words: untrusted text, carried as data. */
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

const details = (fault: Fault) => ({ details: { upstream: { ...fault } } })

/** The statement is at fault: a syntax error, an unknown table, a broken constraint. */
export const statementRefused = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The database refused the statement; what it said is in the details. Correct the query or its variables.',
    details(fault),
  )

/** A limit of the database itself: columns, bytes of a value, levels of an expression. */
export const beyondLimit = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'The statement is beyond a limit of the database; the details say which. Make it smaller.',
    details(fault),
  )

export const loginRefused = (fault: Fault): ConnectorsError =>
  new CredentialRefused('The database refused the user name or password.', details(fault))

/** The server is there, the database of that name is not, or is closed to this user. */
export const databaseRefused = (fault: Fault): ConnectorsError =>
  new CredentialRefused(
    'The server has no database of that name, or the user may not connect to it; check the name and the rights.',
    details(fault),
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

/** Nothing was sent yet, so the call may be played again. */
export const unreachable = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database cannot be reached; check that host and port are right and that it is running.',
    { ...details(fault), retryable: true },
  )

/** The statement may have run or not. */
export const connectionLost = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The connection to the database was lost while the statement ran; look whether it took effect before you repeat it.',
    details(fault),
  )

/** The statement was undone as a whole, because of other statements at the same time. */
export const conflictUndone = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The database undid the statement, because others were in its way; try it again.',
    {
      ...details(fault),
      retryable: true,
    },
  )

/** Out of memory, shutting down, broken inside. */
export const databaseFailed = (fault: Fault): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database failed; what it said is in the details.', details(fault))

/** The database's own limit, or its administrator, ended the statement. */
export const stoppedByDatabase = (fault: Fault): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The database stopped the statement, because it took too long or an administrator ended it.',
    details(fault),
  )

/** The account is no longer there, or has another credential. */
export const accountClosed = (): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', 'The database account was removed or replaced while the statement ran.')
