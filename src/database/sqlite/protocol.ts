import type { Json } from '../../base/json.js'
import type { BoundValue } from '../sql/bind.js'
import type { RefusalReason } from './privileges.js'

/** One statement for the process that holds SQLite files open. */
export interface SqliteRequest {
  /** An absolute path. */
  file: string
  /** A folder whose files are never opened, by whatever name. */
  ownFolder: string | undefined
  readOnly: boolean
  text: string
  values: readonly BoundValue[]
  limit: number
  /** How large the answer may grow. Bytes. */
  most: number
  /** The first word of the statement. */
  word: string
  /** True when it may be cut off at any row. */
  reads: boolean
}

/** What came of it; values are JSON already. */
export type SqliteAnswer =
  | { kind: 'rows'; names: string[]; types: (string | null)[]; rows: Json[][]; truncated: boolean }
  | { kind: 'affected'; affectedRows: number }
  | { kind: 'failed'; code: string | null; message: string }
  /** The file was not opened: `code` is a system's, SQLite's, or one of `FileFault`. */
  | { kind: 'unopened'; code: string; message: string }
  /** The account may not do this. */
  | { kind: 'refused'; reason: RefusalReason; what: string }
  /** The answer grew too large; nothing was changed. */
  | { kind: 'too-large' }
  /** A row holds text that is not valid in the encoding of the database; nothing was changed. */
  | { kind: 'unreadable'; column: string; row: number }
  /** SQLite sees variables or a second statement where this service sees none. */
  | { kind: 'misread'; several: boolean }

/** The first message of a process: it takes statements now. */
export const READY = 'ready'

/** The most memory one statement takes, its answer included. Bytes. */
export const MEMORY = 448 * 1024 * 1024
/** The largest text, blob or row that a statement makes. Bytes. */
export const LARGEST_VALUE = 128 * 1024 * 1024
/** The longest statement. Bytes. */
export const LONGEST_STATEMENT = 16 * 1024 * 1024
