import { ConnectorsError } from '../../base/errors.js'

const DAMAGED = 'is damaged or is no database; restore it from a backup, or choose another file.'
const UNREACHABLE = 'cannot be opened; check that its folder exists and that this user may read and write there.'

/**
 * What SQLite's result codes say about the file, and what to do. Other codes are faults of ours.
 * @see https://www.sqlite.org/rescode.html
 */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_(CORRUPT|NOTADB)/, DAMAGED],
  [/^SQLITE_FULL/, 'is on a disk that is full; make room there and try again.'],
  [/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/, UNREACHABLE],
  [/^SQLITE_IOERR/, 'could not be read or written; check the disk it is on.'],
]

/**
 * The error to throw in place of one of SQLite's, whose own text goes into `cause` only.
 * @param subject what the sentence begins with
 * @returns UNAVAILABLE when other processes kept the store locked, so that nothing was done; MISCONFIGURED when the file or
 * the disk is at fault; else the error that was given
 */
export function storeError(error: unknown, subject = "The store's file"): unknown {
  const code = sqliteCode(error)
  if (/^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code)) {
    return new ConnectorsError('UNAVAILABLE', 'The store is busy with other processes; try again.', {
      retryable: true,
      retryAfterSeconds: 1,
      cause: error,
    })
  }
  const fault = FAULTS.find(([codes]) => codes.test(code))?.[1]
  return fault === undefined ? error : new ConnectorsError('MISCONFIGURED', `${subject} ${fault}`, { cause: error })
}

/** Whether other processes kept the store locked, as `storeError` says it. */
export const isBusy = (error: unknown): boolean => error instanceof ConnectorsError && error.code === 'UNAVAILABLE'

/** The error of a file that SQLite reads but finds inconsistent. @param subject what the sentence begins with */
export const storeDamaged = (subject: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', `${subject} ${DAMAGED}`, { cause })

/** The error of a file that is not there and cannot be made, or may not be opened. */
export const storeUnreachable = (subject: string, cause: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', `${subject} ${UNREACHABLE}`, { cause })

/** The symbolic result code of an error of the driver; an empty text for any other error. */
export function sqliteCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
