import { ConnectorsError } from '../../base/errors.js'

const DAMAGED = 'is damaged or not a database; restore it from a backup, or choose another file.'
const UNREACHABLE = 'cannot be opened; check that its folder exists and that this user may read and write there.'

const DAMAGE = /^SQLITE_(CORRUPT|NOTADB)/

/**
 * What SQLite's result codes say about the file, and what to do. Other codes are our own faults.
 * @see https://www.sqlite.org/rescode.html
 */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [DAMAGE, DAMAGED],
  [/^SQLITE_FULL/, 'is on a full disk; free some space and try again.'],
  [/^SQLITE_(CANTOPEN|READONLY|PERM|AUTH)/, UNREACHABLE],
  [/^SQLITE_IOERR/, 'could not be read or written; check the disk it is on.'],
]

/**
 * The error to throw in place of one of SQLite's, whose own text goes into `cause` only.
 * @param subject what the sentence begins with
 * @returns UNAVAILABLE when other processes kept the store locked, so that nothing was done; MISCONFIGURED when the file or
 * the disk is at fault; otherwise the error itself
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

/** Whether this is `storeError`'s error for a store that other processes keep locked. */
export const isBusy = (error: unknown): boolean => error instanceof ConnectorsError && error.code === 'UNAVAILABLE'

/** Whether this is `storeError`'s error for a damaged file, or SQLite's for a part of one that it cannot make sense of. */
export const isDamage = (error: unknown): boolean =>
  [error, (error as Error | undefined)?.cause].some(
    (each) => DAMAGE.test(sqliteCode(each)) || sqliteCode(each) === 'SQLITE_ERROR',
  )

/** The error for a file that SQLite reads but finds inconsistent. @param subject what the sentence begins with */
export const storeDamaged = (subject: string, cause?: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', `${subject} ${DAMAGED}`, { cause })

/** The error for a file that cannot be created or opened. */
export const storeUnreachable = (subject: string, cause: unknown): ConnectorsError =>
  new ConnectorsError('MISCONFIGURED', `${subject} ${UNREACHABLE}`, { cause })

/** The symbolic result code of a driver error; an empty text for any other error. */
export function sqliteCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}
