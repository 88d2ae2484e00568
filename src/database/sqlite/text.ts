/**
 * How text comes out as it is stored. The driver makes strings of what ends at the first NUL, with replacement characters
 * for bytes that are not UTF-8, and does not tell; so the statement is run in a form that returns text as its bytes.
 */
import type { StatementColumnMetadata } from '@photostructure/sqlite'
import { scan, type Token } from '../sql/scanner.js'

/** Where the bytes of a text are found in a row. */
export type TextForm =
  /** Text is a blob in its own place, and a blob the string of its hexadecimal digits. */
  | 'in-place'
  /** The row is followed by the bytes of each of its values. */
  | 'appended'
  /** Text is the driver's string. */
  | 'driver'

export interface TextStatement {
  sql: string
  form: TextForm
}

/** Stands for a blob that no answer would hold. */
const LARGE_BLOB = '-'

/**
 * A statement that only reads, as one that returns text as bytes.
 * The inner query without an end but with an offset keeps SQLite from merging it with the outer one, which would compute
 * each value three times (`random()` would be three values). It is run row by row as the statement itself would be, in
 * its own order.
 * @param most how large a blob may be. Bytes
 * @see https://www.sqlite.org/optoverview.html#subquery_flattening rule 14
 */
export function readingForm(sql: string, columns: number, most: number): TextStatement {
  const names = Array.from({ length: columns }, (_, index) => `c${index}`)
  const blob = (name: string) => `iif(length(${name}) > ${most}, '${LARGE_BLOB}', hex(${name}))`
  const values = names.map(
    (name) =>
      `case typeof(${name}) when 'text' then cast(${name} as blob) when 'blob' then ${blob(name)} else ${name} end`,
  )
  const query = `with q(${names.join()}) as (\n${sql}\n) select ${values.join()} from (select * from q limit -1 offset 0)`
  return { sql: query, form: 'in-place' }
}

/**
 * A statement that writes and returns rows, with the bytes of each value behind them.
 * @returns undefined where its end is not understood; the driver's strings are then looked through
 */
export function returningForm(sql: string, columns: readonly StatementColumnMetadata[]): TextStatement | undefined {
  const parts = returnedParts(scan(sql, 'sqlite'))
  if (!parts) return undefined
  const starred = columns.length - parts.filter((part) => part !== '*').length
  const bytes: string[] = []
  for (const part of parts) {
    if (part !== '*') {
      bytes.push(`cast((select ${part}\n) as blob)`)
      continue
    }
    if (parts.indexOf('*') !== parts.lastIndexOf('*')) return undefined
    for (const { column } of columns.slice(bytes.length, bytes.length + starred)) {
      if (column === null) return undefined
      bytes.push(`cast("${column.replaceAll('"', '""')}" as blob)`)
    }
  }
  return bytes.length === columns.length ? { sql: `${sql}\n, ${bytes.join()}`, form: 'appended' } : undefined
}

/** The texts between the commas after `returning`, a word that means nothing else in SQLite. */
function returnedParts(tokens: readonly Token[]): string[] | undefined {
  let depth = 0
  let parts: string[] | undefined
  for (const { kind, text } of tokens) {
    if (kind === 'symbol') depth += text === '(' ? 1 : text === ')' ? -1 : 0
    if (depth === 0 && kind === 'word' && text.toLowerCase() === 'returning') parts = ['']
    else if (depth === 0 && kind === 'symbol' && text === ',') parts?.push('')
    else if (parts) parts[parts.length - 1] += kind === 'comment' ? ' ' : text
  }
  return parts?.map((part) => part.trim())
}

/** Says that a value cannot be shown as it is stored. */
export class UnreadableText extends Error {
  /** From 0. */
  readonly column: number

  constructor(column: number) {
    super('text that is not valid in the encoding of the database')
    this.column = column
  }
}

/** Says that a blob is larger than the answer may be. */
export class LargeBlob extends Error {}

/** Makes the values of one row, text from its bytes. */
export type RowReader = (row: readonly unknown[]) => unknown[]

/**
 * @param columns how many the statement itself has
 * @returns a function that throws `UnreadableText` and `LargeBlob`
 */
export function rowReader(form: TextForm, columns: number, encoding: 'utf-8' | 'utf-16le' | 'utf-16be'): RowReader {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  const decode = (bytes: Uint8Array, column: number): string => {
    try {
      return decoder.decode(bytes)
    } catch {
      throw new UnreadableText(column)
    }
  }
  switch (form) {
    case 'in-place':
      return (row) =>
        row.map((value, index) => {
          if (value === LARGE_BLOB) throw new LargeBlob()
          if (typeof value === 'string') return Buffer.from(value, 'hex')
          return value instanceof Uint8Array ? decode(value, index) : value
        })
    case 'appended':
      return (row) =>
        row.slice(0, columns).map((value, index) => {
          if (typeof value !== 'string') return value
          const bytes = row[columns + index]
          if (bytes instanceof Uint8Array) return decode(bytes, index)
          throw new UnreadableText(index)
        })
    case 'driver':
      return (row) =>
        row.map((value, index) => {
          if (typeof value === 'string' && value.includes('\ufffd')) throw new UnreadableText(index)
          return value
        })
  }
}
