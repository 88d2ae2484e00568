import type { DatabaseSyncInstance, StatementColumnMetadata, StatementSyncInstance } from '@photostructure/sqlite'
import type { Json } from '../../base/json.js'
import { float, integer } from '../results/rows.js'
import type { BoundValue } from '../sql/bind.js'
import { scan } from '../sql/scanner.js'
import { expectStatement, type SqliteConnection } from './connect.js'
import type { SqliteAnswer, SqliteRequest } from './protocol.js'
import {
  LargeBlob,
  type RowReader,
  readingForm,
  returningForm,
  rowReader,
  type TextForm,
  UnreadableText,
} from './text.js'

/** Statements whose count of rows means something; for others the answer is -1. */
const COUNTED = new Set(['insert', 'update', 'delete', 'replace', 'with'])

/** Ends a statement early with an answer of this service, not an error of SQLite. */
class Ended extends Error {
  readonly answer: SqliteAnswer

  constructor(answer: SqliteAnswer) {
    super(answer.kind)
    this.answer = answer
  }
}

interface Prepared {
  statement: StatementSyncInstance
  /** The text of the one statement, without what stands behind its last word. */
  sql: string
  columns: StatementColumnMetadata[]
}

/**
 * Runs one statement to its end, so that it holds nothing afterwards: neither a lock nor a view of the past.
 * @throws what SQLite fails with
 */
export function runStatement(connection: SqliteConnection, request: SqliteRequest): SqliteAnswer {
  expectStatement(connection, request.word === 'vacuum')
  try {
    return execute(connection, request)
  } catch (error) {
    if (error instanceof Ended) return error.answer
    const { refused } = connection.authorizer
    if (refused) return { kind: 'refused', ...refused }
    throw error
  }
}

function execute(connection: SqliteConnection, request: SqliteRequest): SqliteAnswer {
  const { database, authorizer, encoding } = connection
  const { word, reads } = request
  const prepared = prepare(database, request)
  const { statement, sql, columns } = prepared
  const values = request.values.map(toSqlite)
  if (columns.length === 0) {
    const { changes } = statement.run(...values)
    return { kind: 'affected', affectedRows: COUNTED.has(word) ? Number(changes) : -1 }
  }
  const asked = (rows: StatementSyncInstance, form: TextForm, whole: boolean): SqliteAnswer =>
    fetch(rows, { values, columns, reader: rowReader(form, columns.length, encoding), whole }, request)
  // These return names and numbers, and cannot stand inside another statement.
  if (word === 'explain' || word === 'pragma') return asked(statement, 'driver', authorizer.changesFile)
  if (reads && !authorizer.changesFile) {
    const { sql: reading, form } = readingForm(sql, columns.length, largestBlob(request.most))
    return asked(database.prepare(reading), form, false)
  }
  const returning = prepareReturning(database, prepared)
  return inTransaction(connection, () => asked(returning.statement, returning.form, true))
}

function prepare(database: DatabaseSyncInstance, { text, values }: SqliteRequest): Prepared {
  const statement = database.prepare(text)
  const end = endOf(text, statement.expandedSQL, values.length)
  const code = scan(text.slice(0, end), 'sqlite')
  while (isEnd(code.at(-1))) code.pop()
  return { statement, sql: code.map((token) => token.text).join(''), columns: statement.columns() }
}

/**
 * Asks SQLite which variables it found and where the statement ends: it writes out the one statement that it took, with
 * `NULL` where a variable without a value stands.
 * @throws Ended where that is not what was meant: a variable that is not bound would be NULL without a word, and so
 * would a second statement be left out
 */
function endOf(text: string, expanded: string | undefined, values: number): number {
  const placeholder = /\?(\d+)/y
  let at = 0
  for (let from = 0; from < (expanded ?? '').length; ) {
    if (text[at] === expanded?.[from]) {
      at += 1
      from += 1
      continue
    }
    placeholder.lastIndex = at
    const [found = '', number] = placeholder.exec(text) ?? []
    if (!expanded?.startsWith('NULL', from) || !found || Number(number) > values) {
      throw new Ended({ kind: 'misread', several: false })
    }
    at += found.length
    from += 'NULL'.length
  }
  if (!expanded || !scan(text.slice(at), 'sqlite').every(isEnd)) throw new Ended({ kind: 'misread', several: true })
  return at
}

const isEnd = (token: { kind: string; text: string } | undefined): boolean =>
  token !== undefined && (token.kind === 'space' || token.kind === 'comment' || token.text === ';')

function prepareReturning(database: DatabaseSyncInstance, { statement, sql, columns }: Prepared) {
  const exact = returningForm(sql, columns)
  if (exact) {
    try {
      const longer = database.prepare(exact.sql)
      const named = longer.columns().map(({ name }) => name)
      const same = columns.every(({ name }, index) => named[index] === name)
      if (same && named.length === 2 * columns.length) return { statement: longer, form: exact.form }
    } catch {
      // Something that may not be asked twice; the driver's strings are looked through instead.
    }
  }
  return { statement, form: 'driver' as TextForm }
}

/**
 * Runs a statement that writes and returns rows, so that nothing is changed when its rows cannot be shown. When it fails
 * itself, SQLite has undone what belongs undone, and the rest (`or fail`) lasts as it would without a transaction.
 */
function inTransaction({ database, own }: SqliteConnection, run: () => SqliteAnswer): SqliteAnswer {
  own('begin')
  try {
    const answer = run()
    own('commit')
    return answer
  } catch (error) {
    const done = !(error instanceof Ended) && !isBusy(error)
    if (database.isTransaction && done) own('commit')
    throw error
  } finally {
    if (database.isTransaction) own('rollback')
  }
}

const isBusy = (error: unknown): boolean => (error as { errcode?: number }).errcode === 5

interface Fetching {
  values: (string | number | bigint | null)[]
  columns: StatementColumnMetadata[]
  reader: RowReader
  /** True when it must come to its end, so that all of its changes are made. */
  whole: boolean
}

/** Holds the statement whose rows are read: the driver's rows do not, and would read freed memory without it. */
const held = new Set<StatementSyncInstance>()

function fetch(statement: StatementSyncInstance, fetching: Fetching, { limit, most }: SqliteRequest): SqliteAnswer {
  const { values, columns, reader, whole } = fetching
  const names = columns.map(({ name }) => name)
  const width = names.reduce((sum, name) => sum + Buffer.byteLength(name) + 4, 0)
  const rows: Json[][] = []
  let size = 0
  let more = false
  held.add(statement)
  const found = statement.iterate(...values) as Iterator<unknown[]>
  try {
    for (let next = found.next(); !next.done; next = found.next()) {
      if (rows.length === limit) {
        more = true
        if (whole) continue
        break
      }
      const row = rowOf(reader, next.value, names, rows.length).map(toJson)
      size += row.reduce<number>((sum, value) => sum + sizeOf(value), width)
      if (size > most) throw new Ended({ kind: 'too-large' })
      rows.push(row)
    }
  } finally {
    found.return?.()
    held.delete(statement)
  }
  return { kind: 'rows', names, types: columns.map(({ type }) => type), rows, truncated: more }
}

function rowOf(reader: RowReader, values: unknown[], names: string[], index: number): unknown[] {
  try {
    return reader(values)
  } catch (error) {
    if (error instanceof LargeBlob) throw new Ended({ kind: 'too-large' })
    if (!(error instanceof UnreadableText)) throw error
    throw new Ended({ kind: 'unreadable', column: names[error.column] ?? '', row: index + 1 })
  }
}

/** An answer has blobs as base64. Bytes. */
const largestBlob = (most: number): number => Math.floor(most / 4) * 3

/** About what a value takes in an answer. Bytes. */
function sizeOf(value: Json): number {
  if (typeof value !== 'string') return 8
  let size = Buffer.byteLength(value)
  if (!CONTROL.test(value)) return size
  // JSON writes each as six characters.
  for (let at = 0; at < value.length; at += 1) if (value.charCodeAt(at) < 0x20) size += 5
  return size
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x1f]/

/** Whole numbers as such: the driver would store large ones as floating point. */
function toSqlite(value: BoundValue): string | number | bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

function toJson(value: unknown): Json {
  if (value === null || value === undefined || typeof value === 'string') return value ?? null
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return float(value)
  return Buffer.from(value as Uint8Array).toString('base64')
}
