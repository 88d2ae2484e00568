import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { conflictUndone, databaseFailed, type Fault, rightMissing, statementRefused, writesRefused } from '../errors.js'
import { tooLarge } from '../results/size-limit.js'
import { readOnlyAccount, severalStatements, spanningTransaction } from '../sql/statement.js'
import type { RefusalReason } from './privileges.js'
import { LARGEST_VALUE, LONGEST_STATEMENT, MEMORY, type SqliteAnswer } from './protocol.js'

type Failure = Exclude<SqliteAnswer, { kind: 'rows' | 'affected' }>

/**
 * Why a statement failed. @param readOnly whether the account is linked read-only
 * @see https://www.sqlite.org/rescode.html
 */
export function queryError(failure: Failure, readOnly: boolean): ConnectorsError {
  switch (failure.kind) {
    case 'unopened':
      return unopened(failure.code, failure.message)
    case 'refused':
      return refused(failure.reason, failure.what)
    case 'too-large':
      return tooLarge()
    case 'unreadable':
      return unreadable(failure.column, failure.row)
    case 'misread':
      return failure.several ? severalStatements() : strangeVariable()
    case 'failed':
      return failed({ engine: 'sqlite', code: failure.code, message: failure.message }, readOnly)
  }
}

function failed(fault: Fault, readOnly: boolean): ConnectorsError {
  const { code } = fault
  const unread = code !== null && (UNFINISHED.has(code) || (readOnly && code === 'SQLITE_READONLY_DIRECTORY'))
  if (unread) return unopened(code, fault.message)
  switch (/^SQLITE_[A-Z]+/.exec(code ?? '')?.[0]) {
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return conflictUndone(fault)
    case 'SQLITE_READONLY':
      return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault)
    case 'SQLITE_AUTH':
    case 'SQLITE_PERM':
      return rightMissing(fault)
    case 'SQLITE_TOOBIG':
      return new ConnectorsError(
        'TOO_LARGE',
        `A value of the statement grew past ${inMiB(LARGEST_VALUE)}, the most that SQLite makes here; work on smaller pieces, such as with substr().`,
        { details: { upstream: { ...fault } } },
      )
    case 'SQLITE_CANTOPEN':
      return unopened('SQLITE_CANTOPEN', fault.message)
    case undefined:
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

const inMiB = (bytes: number): string => `${bytes / 1024 / 1024} MiB`

/** Another program left something that only one which may write can finish. */
const UNFINISHED = new Set(['SQLITE_READONLY_RECOVERY', 'SQLITE_READONLY_ROLLBACK', 'SQLITE_READONLY_CANTINIT'])

/** @param code a system's, SQLite's, or one of `FileFault` */
function unopened(code: string, message: string): ConnectorsError {
  const fault: Fault = { engine: 'sqlite', code, message }
  switch (code) {
    case 'OWN_FILE':
      return ownFile()
    case 'NOT_A_FILE':
      return unreached('its path names a directory, a pipe or a device, not an SQLite file.', fault)
    case 'SIDE_FILE':
      return unreached(
        'next to it, something with the name of its journal or log (-journal, -wal, -shm) is not a file; remove it.',
        fault,
      )
    case 'SUPER_JOURNAL':
      return unreached(
        'its -journal belongs to a transaction over several files that did not finish; open the file once with the program that wrote it.',
        fault,
      )
    case 'MOVED':
      return new ConnectorsError('UPSTREAM_ERROR', 'The file was replaced while it was opened; try again.', {
        details: { upstream: { ...fault } },
        retryable: true,
      })
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY_DIRECTORY':
      return unreached(
        'the file, or one that SQLite needs beside it (-wal, -shm, -journal), cannot be opened or made; the service needs the right to read the file, and for a file in WAL mode to write in its folder.',
        fault,
      )
    default:
      if (UNFINISHED.has(code)) {
        return unreached(
          'another program ended in the middle of a change to it, which must be undone or finished first; open it once with a program, or an account, that may write.',
          fault,
        )
      }
      if (code.startsWith('SQLITE_')) return failed(fault, true)
      return unreached(
        'no readable SQLite file was found at that path. A relative path starts where the service was started; in a URL, an absolute path has four slashes, such as sqlite:////home/me/shop.db.',
        fault,
      )
  }
}

const unreached = (why: string, { code }: Fault): ConnectorsError =>
  new ConnectorsError('UPSTREAM_ERROR', `The database cannot be reached: ${why}`, {
    details: { upstream: { engine: 'sqlite', code }, reason: 'file_unopened' },
  })

export const ownFile = (): ConnectorsError =>
  new ConnectorsError('FORBIDDEN', 'That file belongs to this service itself; link another one.')

const REFUSALS: Record<Exclude<RefusalReason, 'read-only' | 'transaction'>, string> = {
  'beyond-the-file':
    'Files beside the linked SQLite file cannot be reached: no ATTACH, DETACH or VACUUM INTO. Link another file by itself.',
  function: 'A function of the statement cannot be used here, since it reaches beyond the linked file.',
  module:
    'A virtual table can only be one of fts3, fts4, fts5, rtree or geopoly here, which keep their data in the linked file.',
  setting:
    'This PRAGMA cannot be used here: settings of a connection end with the statement, and those of the process are not the account’s.',
}

/** @param what the action, with the name of what it was on */
function refused(reason: RefusalReason, what: string): ConnectorsError {
  const upstream = { engine: 'sqlite', code: 'SQLITE_AUTH', message: what }
  // The same code as where the mode of the file is what refuses.
  if (reason === 'read-only') return readOnlyAccount({ ...upstream, code: 'SQLITE_READONLY' })
  if (reason === 'transaction') return spanningTransaction()
  return new ConnectorsError('FORBIDDEN', REFUSALS[reason], { details: { upstream } })
}

/** @param row from 1 */
const unreadable = (column: string, row: number): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'A column of the answer holds text whose bytes are not valid in the encoding of the database (UTF-8 in most); which one is in the details. Read it by hex(column), or as base64 by cast(column as blob). Nothing was changed.',
    { details: { upstream: { engine: 'sqlite', code: null, message: 'text in an invalid encoding', column, row } } },
  )

const strangeVariable = (): ConnectorsError =>
  invalidParameters('SQLite finds a variable in the query that is not written :name; write each as :name alone.')

export const statementTooLong = (): ConnectorsError =>
  new ConnectorsError(
    'TOO_LARGE',
    `The statement is longer than ${inMiB(LONGEST_STATEMENT)}, the most that SQLite takes here; give large values as variables, or several statements.`,
  )

/** A statement took more than `MEMORY`, and its process ended. What it had not committed is undone. */
export const memoryExceeded = (): ConnectorsError =>
  new ConnectorsError(
    'TOO_LARGE',
    `The statement needed more than ${inMiB(MEMORY)} of memory, the most that it may take here, and was stopped; select fewer or smaller values.`,
  )

/** The process crashed, or was ended from outside. */
export const sqliteProcessEnded = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The process that reads SQLite files ended while the statement ran; check whether it took effect before you repeat it.',
    { details: { upstream: { engine: 'sqlite', code: null } } },
  )
