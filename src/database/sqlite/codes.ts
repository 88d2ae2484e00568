/** SQLite's result codes by name. @see https://www.sqlite.org/rescode.html */
const CODES: Record<number, string> = {
  1: 'SQLITE_ERROR',
  2: 'SQLITE_INTERNAL',
  3: 'SQLITE_PERM',
  4: 'SQLITE_ABORT',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  9: 'SQLITE_INTERRUPT',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  12: 'SQLITE_NOTFOUND',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  15: 'SQLITE_PROTOCOL',
  17: 'SQLITE_SCHEMA',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  21: 'SQLITE_MISUSE',
  22: 'SQLITE_NOLFS',
  23: 'SQLITE_AUTH',
  25: 'SQLITE_RANGE',
  26: 'SQLITE_NOTADB',
  261: 'SQLITE_BUSY_RECOVERY',
  264: 'SQLITE_READONLY_RECOVERY',
  275: 'SQLITE_CONSTRAINT_CHECK',
  517: 'SQLITE_BUSY_SNAPSHOT',
  520: 'SQLITE_READONLY_CANTLOCK',
  531: 'SQLITE_CONSTRAINT_COMMITHOOK',
  776: 'SQLITE_READONLY_ROLLBACK',
  787: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  1032: 'SQLITE_READONLY_DBMOVED',
  1288: 'SQLITE_READONLY_CANTINIT',
  1299: 'SQLITE_CONSTRAINT_NOTNULL',
  1544: 'SQLITE_READONLY_DIRECTORY',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY',
  1811: 'SQLITE_CONSTRAINT_TRIGGER',
  2067: 'SQLITE_CONSTRAINT_UNIQUE',
  2323: 'SQLITE_CONSTRAINT_VTAB',
  2579: 'SQLITE_CONSTRAINT_ROWID',
  3091: 'SQLITE_CONSTRAINT_DATATYPE',
}

/**
 * SQLite's own sentences for what can happen while rows are read, where the driver hands on the sentence without the
 * code. A longer one begins like this.
 */
const SENTENCES: readonly [string, string][] = [
  ['database is locked', 'SQLITE_BUSY'],
  ['database table is locked', 'SQLITE_LOCKED'],
  ['out of memory', 'SQLITE_NOMEM'],
  ['attempt to write a readonly database', 'SQLITE_READONLY'],
  ['interrupted', 'SQLITE_INTERRUPT'],
  ['disk I/O error', 'SQLITE_IOERR'],
  ['database disk image is malformed', 'SQLITE_CORRUPT'],
  ['database or disk is full', 'SQLITE_FULL'],
  ['unable to open database file', 'SQLITE_CANTOPEN'],
  ['locking protocol', 'SQLITE_PROTOCOL'],
  ['string or blob too big', 'SQLITE_TOOBIG'],
  ['datatype mismatch', 'SQLITE_MISMATCH'],
  ['not authorized', 'SQLITE_AUTH'],
  ['file is not a database', 'SQLITE_NOTADB'],
  ['CHECK constraint failed', 'SQLITE_CONSTRAINT_CHECK'],
  ['FOREIGN KEY constraint failed', 'SQLITE_CONSTRAINT_FOREIGNKEY'],
  ['NOT NULL constraint failed', 'SQLITE_CONSTRAINT_NOTNULL'],
  ['UNIQUE constraint failed', 'SQLITE_CONSTRAINT_UNIQUE'],
]

interface DriverError {
  code?: unknown
  message?: unknown
  errcode?: number
  /** More exact than `errcode` where a statement could not be prepared. */
  sqliteExtendedCode?: number
}

/** The name of what the driver threw; undefined for an error that is not from SQLite. */
export function codeOf(error: unknown): string | undefined {
  const { code, message, errcode, sqliteExtendedCode = 0 } = (error ?? {}) as DriverError
  if (errcode !== undefined) {
    const family = errcode & 0xff
    const exact = (sqliteExtendedCode & 0xff) === family ? sqliteExtendedCode : errcode
    return CODES[exact] ?? CODES[family] ?? 'SQLITE_ERROR'
  }
  if (code !== 'ERR_SQLITE_ERROR') return undefined
  const text = String(message)
  return SENTENCES.find(([sentence]) => text.startsWith(sentence))?.[1] ?? 'SQLITE_ERROR'
}
