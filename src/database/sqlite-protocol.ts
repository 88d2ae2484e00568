import type { Json } from '../kit/index.js'
import type { Bound } from './bind.js'

/** One statement for the process that holds SQLite files open. */
export interface SqliteRequest {
  /** An absolute path. */
  file: string
  readOnly: boolean
  text: string
  values: readonly Bound[]
  limit: number
  /** The first word of the statement. */
  word: string
  /** True when it may be cut off at any row. */
  reads: boolean
  /** Open the file anew afterwards. */
  changesSession: boolean
}

/** What came of it; values are JSON already. */
export type SqliteAnswer =
  | { kind: 'rows'; names: string[]; types: (string | null)[]; rows: Json[][]; truncated: boolean }
  | { kind: 'affected'; affectedRows: number }
  | { kind: 'failed'; code: string | null; message: string }
  /** The file is not there, or not a file. */
  | { kind: 'unopened'; code: string; message: string }

/** The first message of a process: it takes statements now. */
export const READY = 'ready'
