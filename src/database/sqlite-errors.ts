import { ConnectorsError } from '../kit/index.js'
import { conflictUndone, databaseFailed, type Fault, rightMissing, statementRefused, writesRefused } from './errors.js'
import type { SqliteAnswer } from './sqlite-protocol.js'
import { readOnlyAccount } from './statement.js'

type Failure = Extract<SqliteAnswer, { kind: 'failed' | 'unopened' }>

/**
 * Why a statement failed. @param readOnly whether the account is linked read-only
 * @see https://www.sqlite.org/rescode.html
 */
export function queryError({ kind, code, message }: Failure, readOnly: boolean): ConnectorsError {
  const fault: Fault = { engine: 'sqlite', code, message }
  if (kind === 'unopened') return unopened(code)
  const family = /^SQLITE_[A-Z]+/.exec(code ?? '')?.[0]
  switch (family) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return conflictUndone(fault)
    case 'SQLITE_READONLY':
      return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault)
    case 'SQLITE_AUTH':
    case 'SQLITE_PERM':
      return rightMissing(fault)
    case undefined:
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_CORRUPT':
    case 'SQLITE_FULL':
    case 'SQLITE_INTERNAL':
    case 'SQLITE_IOERR':
    case 'SQLITE_NOMEM':
    case 'SQLITE_NOTADB':
    case 'SQLITE_PROTOCOL':
      return databaseFailed(fault)
    default:
      return statementRefused(fault)
  }
}

const unopened = (code: string | null): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    code === 'EISDIR'
      ? 'The database cannot be reached: its path names a directory, not an SQLite file.'
      : 'The database cannot be reached: there is no SQLite file at that path that could be read. A relative path starts where the service was started.',
    { details: { upstream: { engine: 'sqlite', code } } },
  )
