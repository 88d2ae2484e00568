/**
 * The entry of the process that runs SQLite. A file is read by native code that nothing in the same process can stop,
 * neither a timer nor the end of a worker thread, so it runs where the parent can kill it. Killing is safe: SQLite
 * rolls back what was not committed when the file is opened next.
 */
import { statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import Database from 'libsql'
import type { Json } from '../kit/index.js'
import type { Bound } from './bind.js'
import { float, integer } from './rows.js'
import { READY, type SqliteAnswer, type SqliteRequest } from './sqlite-protocol.js'

/** How long a statement waits for another writer. Milliseconds. */
const BUSY_TIME = 2_000
/** The most memory SQLite takes in this process. Bytes. */
const MEMORY = 256 * 1024 * 1024
/** Files kept open, by path and mode. */
const KEPT = 16
/** Rows the driver fetches at a time. */
const BATCH = 100
/** Statements whose count of rows means something; for others the answer is -1. */
const COUNTED = new Set(['insert', 'update', 'delete', 'replace', 'with'])

interface Opened {
  database: Database.Database
  /** Which file it is, so that another one put in its place is noticed. */
  inode: string
}

/** The driver's types are those of another driver, which has no such method. */
type Interruptible = Database.Database & { interrupt(): void }

/** The driver's iterator, of which more is used than its types say. */
interface Rows extends Iterator<unknown[]> {
  nextRows: unknown[]
  nextRowIndex: number
}

const kept = new Map<string, Opened>()

function open({ file, readOnly }: SqliteRequest): Database.Database {
  const { dev, ino } = statFile(file)
  const key = `${readOnly ? 'ro' : 'rw'}:${file}`
  const inode = `${dev}:${ino}`
  const known = kept.get(key)
  if (known?.inode === inode) return known.database
  forget(key)
  const [oldest] = kept.keys()
  if (kept.size >= KEPT && oldest !== undefined) forget(oldest)
  // The modes that create no file. @see https://www.sqlite.org/uri.html
  const database = new Database(`${pathToFileURL(file).href}?mode=${readOnly ? 'ro' : 'rw'}`)
  database.pragma(`busy_timeout=${BUSY_TIME}`)
  database.pragma(`hard_heap_limit=${MEMORY}`)
  // Views and triggers of a file from elsewhere get only harmless functions. @see https://www.sqlite.org/security.html
  database.pragma('trusted_schema=0')
  if (readOnly) database.pragma('query_only=1')
  kept.set(key, { database, inode })
  return database
}

function statFile(file: string) {
  const stats = statSync(file)
  if (!stats.isFile()) throw Object.assign(new Error('not a file'), { code: 'EISDIR' })
  return stats
}

function forget(key: string): void {
  kept.get(key)?.database.close()
  kept.delete(key)
}

function run(request: SqliteRequest): SqliteAnswer {
  const database = open(request)
  const statement = database.prepare(request.text)
  const values = request.values.map(toSqlite)
  if (!statement.reader) {
    const { changes } = statement.run(values)
    return { kind: 'affected', affectedRows: COUNTED.has(request.word) ? changes : -1 }
  }
  statement.safeIntegers(true)
  statement.raw(true)
  const columns = statement.columns()
  const { rows, truncated } = fetch(database, statement.iterate(values) as unknown as Rows, request)
  return {
    kind: 'rows',
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows,
    truncated,
  }
}

function fetch(database: Database.Database, found: Rows, { limit, reads }: SqliteRequest) {
  const wanted = limit + 1
  const rows: Json[][] = []
  // The driver looks ahead by a batch; a smaller one keeps it from computing rows that nobody asked for.
  if (wanted < BATCH) found.nextRows = new Array(wanted)
  while (rows.length < wanted) {
    const { done, value } = found.next()
    if (done) break
    rows.push(value.map(toJson))
  }
  const truncated = rows.length > limit
  if (truncated) {
    rows.pop()
    finish(database, found, reads)
  }
  return { rows, truncated }
}

/**
 * Ends a statement that has more rows, which would hold its lock otherwise. One that reads is interrupted; one that
 * writes must come to its end, or its changes would be undone.
 */
function finish(database: Database.Database, found: Rows, reads: boolean): void {
  found.nextRowIndex = BATCH
  if (!reads) {
    found.nextRows = new Array(BATCH)
    while (!found.next().done);
    return
  }
  ;(database as Interruptible).interrupt()
  try {
    while (!found.next().done);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_INTERRUPT') throw error
  }
}

/** Whole numbers as such: the driver would store them as floating point. */
function toSqlite(value: Bound): string | number | bigint | null {
  if (typeof value === 'boolean') return value ? 1n : 0n
  return typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
}

function toJson(value: unknown): Json {
  if (value === null || value === undefined || typeof value === 'string') return value ?? null
  if (typeof value === 'bigint') return integer(value)
  if (typeof value === 'number') return float(value)
  return Buffer.from(value as ArrayBuffer).toString('base64')
}

function answer(request: SqliteRequest): SqliteAnswer {
  try {
    return run(request)
  } catch (thrown) {
    const { code = null, message } = thrown as Error & { code?: string }
    const unopened = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR' || code === 'EACCES'
    return unopened ? { kind: 'unopened', code, message } : { kind: 'failed', code, message }
  } finally {
    if (request.changesSession) for (const key of kept.keys()) if (key.endsWith(`:${request.file}`)) forget(key)
  }
}

/** A statement may run when the parent dies without a word; this thread then ends the process all the same. */
const WATCH = `
const { workerData: parent } = require('node:worker_threads')
const gone = () => { try { process.kill(parent, 0); return process.ppid !== parent } catch { return true } }
setInterval(() => { if (gone()) process.kill(process.pid, 'SIGKILL') }, 1000)
`

new Worker(WATCH, { eval: true, workerData: process.ppid, execArgv: [] }).unref()
process.on('disconnect', () => process.exit(0))
process.on('message', (request: SqliteRequest) => {
  process.send?.(answer(request))
})
process.send?.(READY)
