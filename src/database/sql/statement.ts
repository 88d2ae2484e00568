import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { Json } from '../../base/json.js'
import { RememberedTexts } from '../../base/remembered-texts.js'
import type { DatabaseEngine } from '../address.js'
import { refuseActing } from './acting-functions.js'
import { type BoundSql, bind, type Template, templateOf } from './bind.js'
import { type Quoting, scan, type Token } from './scanner.js'

/** One statement, checked and bound, as an engine takes it. */
export interface Statement extends BoundSql {
  /** The query as it was written. */
  source: string
  /** The first words of it, lower case. */
  words: readonly string[]
  /** True when code follows a semicolon; the engine may still know it for one statement (`create function …`). */
  several: boolean
  /** True when it only reads, so that it may be cut off at any row. */
  reads: boolean
  /** True when it may be left before its end without undoing anything it did for good: no lock, no notification. */
  leavable: boolean
  /** True when it changes the session, so that the connection must not serve another query. */
  changesSession: boolean
  /** False when it is about no table, so that the engine reads it as fast as it would find it prepared. */
  tables: boolean
  /** The same with a placeholder of its own wherever a variable stands. */
  unshared(): BoundSql
}

/** What a read-only account may begin a statement with; the database's own read-only transaction stops the rest. */
const READING = new Set(['select', 'with', 'values', 'table', 'show', 'explain', 'describe', 'desc', 'pragma', '('])

/** Each query is a transaction of its own, and its connection may be another one than the last query's. */
const TRANSACTION = new Set(['begin', 'start', 'commit', 'rollback', 'savepoint', 'release', 'abort', 'end', 'xa'])

const SESSION = new Set([
  ...['set', 'reset', 'use', 'discard', 'pragma', 'load', 'lock', 'unlock', 'handler', 'listen', 'unlisten'],
  ...['prepare', 'execute', 'deallocate', 'declare', 'call', 'do', 'begin'],
])

/** What may hold semicolons of its own. */
const COMPOUND = new Set(['create', 'alter', 'begin', 'declare'])

/** What a text says by itself, whatever its values are. */
interface ReadText extends Omit<Statement, keyof BoundSql | 'unshared'> {
  template: Template
}

/** How the text of a query is read. */
export interface Dialect {
  engine: DatabaseEngine
  /** Of MySQL, where it is not the usual one. */
  quoting?: Quoting
}

/** By dialect, and by whether an account that may only read asks. */
const readTexts = new Map<string, RememberedTexts<ReadText>>()
/** How many statements are remembered, and how long one may be. */
export const STATEMENTS_KEPT = { most: 200, longest: 4 * 1024 }

/**
 * Reads a query far enough to bind its variables and to refuse what no engine should see.
 * @throws INVALID_PARAMETERS for an empty query, several statements, variables that do not fit
 * @throws FORBIDDEN for a statement that may write on a read-only account
 */
export function readStatement(
  sql: string,
  variables: Record<string, Json>,
  dialect: Dialect,
  readOnly: boolean,
): Statement {
  const { engine } = dialect
  const { template, source, words, several, reads, leavable, changesSession, tables } = textsOf(dialect, readOnly).of(
    sql,
    (text) => readText(text, dialect, readOnly),
  )
  // What a statement may do on an SQLite file is SQLite's to say, whatever its text looks like here.
  if (engine === 'sqlite') refuseUnboundText(sql, variables)
  const { text, values, locate } = bind(template, variables, engine, { reuse: true })
  const unshared = () => bind(template, variables, engine, { reuse: false })
  return { text, values, locate, source, words, several, reads, leavable, changesSession, tables, unshared }
}

function textsOf({ engine, quoting }: Dialect, readOnly: boolean): RememberedTexts<ReadText> {
  const ends = quoting ? `${quoting.backslashes} ${quoting.ansiQuotes} ${quoting.brackets}` : ''
  const key = `${engine} ${readOnly} ${ends}`
  let texts = readTexts.get(key)
  if (!texts) {
    texts = new RememberedTexts(STATEMENTS_KEPT)
    readTexts.set(key, texts)
  }
  return texts
}

function readText(sql: string, { engine, quoting }: Dialect, readOnly: boolean): ReadText {
  // It would end the text early in a driver's protocol.
  if (sql.includes('\0')) throw invalidParameters('The query holds a NUL character; take it out.')
  const tokens = scan(sql, engine, quoting)
  const code = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  if (code.length === 0) throw invalidParameters('The query is empty; give one SQL statement.')
  const words = firstWords(code)
  const several = isSeveral(code, words, engine)
  if (several && (engine === 'sqlite' || !COMPOUND.has(words[0] ?? ''))) throw severalStatements()
  refuseTransactions(words)
  if (engine === 'postgresql' && words[0] === 'copy') throw noCopy()
  if (engine !== 'sqlite' && readOnly) refuseWriting(words, code, engine, sql)
  const isReading = reads(words, code)
  return {
    template: templateOf(tokens),
    source: sql,
    words,
    several,
    reads: isReading,
    leavable: LEAVABLE.has(words[0] ?? '') && isReading && !locksOrNotifies(code),
    changesSession: changesSession(words, code),
    tables: code.some(({ kind, text }) => kind === 'word' && BEFORE_TABLE.test(text)),
  }
}

/** What stands before the name of a table, a view or a function that is read like one. */
const BEFORE_TABLE = /^(?:from|into|update|table|using)$/i

export const severalStatements = (): ConnectorsError =>
  invalidParameters('The query holds several statements; run them one by one, each in a call of its own.')

/** The first words, or an opening parenthesis in their place; a hint of MySQL (`/*! … *\/`) counts as a word of its own. */
function firstWords(code: readonly Token[]): string[] {
  return code.slice(0, 4).map(({ kind, text }) => (kind === 'executable' ? '/*!' : text.toLowerCase()))
}

function isSeveral(code: readonly Token[], words: readonly string[], engine: DatabaseEngine): boolean {
  const trigger = engine === 'sqlite' && /^create (?:temp(?:orary)? )?trigger\b/.test(words.join(' '))
  const end = code.findIndex(
    ({ text }, index) =>
      text === ';' && (!trigger || (code[index - 1]?.text.toLowerCase() === 'end' && code[index - 2]?.text === ';')),
  )
  return end !== -1 && code.slice(end).some(({ text }) => text !== ';')
}

/** A `with` may end in a statement that writes; the function `replace(…)` is none. */
function reads([first]: readonly string[], code: readonly Token[]): boolean {
  if (first !== 'with') return READING.has(first ?? '')
  return !code.some(
    ({ text }, index) => /^(?:insert|update|delete|replace|merge)$/i.test(text) && code[index + 1]?.text !== '(',
  )
}

const LEAVABLE = new Set(['select', 'with', 'values', 'table', '('])

/** `for update` and its like, and `pg_notify`, whose message waits for the commit. */
const locksOrNotifies = (code: readonly Token[]): boolean =>
  code.some(({ text }, index) => {
    const word = unquoted(text)
    const next = code[index + 1]?.text.toLowerCase() ?? ''
    return word === 'pg_notify' || (word === 'for' && ['update', 'share', 'no', 'key'].includes(next))
  })

function refuseTransactions([first, second]: readonly string[]): void {
  if (!TRANSACTION.has(first ?? '')) return
  if ((first === 'begin' && second === 'not') || (first === 'start' && second !== 'transaction')) return
  throw spanningTransaction()
}

export const spanningTransaction = (): ConnectorsError =>
  invalidParameters(
    'Transactions cannot span queries: each query is committed on its own. Put the work into one statement.',
  )

/**
 * The driver ends a text at its first NUL, and puts a replacement character in place of half a surrogate pair, without a
 * word.
 */
function refuseUnboundText(sql: string, variables: Record<string, Json>): void {
  if (!isWellFormed(sql)) throw invalidParameters('The query holds half a surrogate pair; take it out.')
  for (const [name, value] of Object.entries(variables)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (typeof item === 'string' && (item.includes('\0') || !isWellFormed(item))) throw unboundText(name)
      if (typeof item === 'number' && item > 0 && item < Number.EPSILON) throw tinyNumber(name)
    }
  }
}

/** `String.isWellFormed`, which the types of Node 20 lack. */
const isWellFormed = (text: string): boolean => (text as unknown as { isWellFormed(): boolean }).isWellFormed()

const unboundText = (name: string): ConnectorsError =>
  invalidParameters(
    `The variable "${name}" holds a NUL character or half a surrogate pair, which cannot be sent as text; give its bytes as hexadecimal digits and write cast(unhex(:${name}) as text).`,
    [{ field: `variables.${name}`, message: 'cannot be sent as text' }],
  )

const tinyNumber = (name: string): ConnectorsError =>
  invalidParameters(
    `The variable "${name}" is a number so small that the driver would send 0; give it as text and write cast(:${name} as real).`,
    [{ field: `variables.${name}`, message: 'is too small a number' }],
  )

const noCopy = (): ConnectorsError =>
  invalidParameters('COPY cannot be used here; read with SELECT and write with INSERT.')

const unquoted = (text: string): string => text.replace(/^["'`[](.*)["'`\]]$/s, '$1').toLowerCase()

function refuseWriting(
  [first]: readonly string[],
  code: readonly Token[],
  engine: DatabaseEngine,
  source: string,
): void {
  // MySQL writes files of the server even in a read-only transaction, and runs what such comments hide.
  const hidden = engine === 'mysql' && (code.some(({ kind }) => kind === 'executable') || mayWriteFile(source))
  if (!READING.has(first ?? '') || hidden) throw readOnlyAccount()
  refuseActing(code, engine)
}

/**
 * Whether the text holds `into … outfile`, in a string too: where one ends depends on settings of the server, and where
 * a number does (`1.into`) on more of its grammar than is known here.
 */
function mayWriteFile(source: string): boolean {
  const text = source.toLowerCase()
  const from = text.indexOf('into')
  return from !== -1 && (text.includes('outfile', from) || text.includes('dumpfile', from))
}

/** `details.reason` of what a read-only account refuses. */
export const READ_ONLY_ACCOUNT = 'read_only_account'

/** The account is read-only, as the person who linked it chose. */
export const readOnlyAccount = (upstream?: Record<string, unknown>): ConnectorsError =>
  new ConnectorsError(
    'FORBIDDEN',
    'This database account is linked read-only, so nothing was changed. Only the person who linked it can allow changes, by linking it again with write access.',
    { details: { reason: READ_ONLY_ACCOUNT, ...(upstream ? { upstream } : {}) } },
  )

function changesSession(words: readonly string[], code: readonly Token[]): boolean {
  const temporary = words[0] === 'create' && words.slice(1).some((word) => word === 'temp' || word === 'temporary')
  return temporary || SESSION.has(words[0] ?? '') || code.some(({ text }) => SESSION_FUNCTION.test(unquoted(text)))
}

/** Locks that a rollback leaves, which would be held as long as the connection is kept, and settings. */
const SESSION_FUNCTION = /^(?:pg_(?:try_)?advisory_lock(?:_shared)?|get_lock|set_config|dblink_connect(?:_u)?)$/i
