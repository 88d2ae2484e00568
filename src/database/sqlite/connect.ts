import { pathToFileURL } from 'node:url'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { SqliteAuthorizer } from './authorizer.js'
import { checkOpenedFiles, checkOwn, checkSideFiles, type DatabaseFile, locate } from './files.js'
import { LARGEST_VALUE, LONGEST_STATEMENT, type SqliteRequest } from './protocol.js'

/** How long a statement waits for another writer. Milliseconds. */
const BUSY_TIME = 2_000
/** Connections kept open, by path and mode. */
const KEPT = 16

/**
 * What one statement may grow to. @see https://www.sqlite.org/limits.html
 * The rest is as SQLite has it: 2,000 columns, expressions 1,000 deep, 500 parts of a compound, 32,766 variables. Memory as a
 * whole is watched by `watch.ts`, since the driver is built without SQLite's own count of it.
 */
const LIMITS = {
  /** The largest text, blob or row. Bytes. */
  length: LARGEST_VALUE,
  /** Bytes; the form in which a statement runs is longer than itself. */
  sqlLength: LONGEST_STATEMENT + 1024 * 1024,
  functionArg: 500,
  likePatternLength: 10_000,
  vdbeOp: 5_000_000,
  triggerDepth: 100,
  attach: 0,
}

/** The number of the limit on attached files. @see https://www.sqlite.org/c3ref/c_limit_attached.html */
const ATTACHED = 7

export interface SqliteConnection {
  readonly database: DatabaseSyncInstance
  readonly authorizer: SqliteAuthorizer
  /** How the file holds text. */
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
  /** Runs what this service wrote itself. */
  own(sql: string): void
}

const kept = new Map<string, { identity: string; connection: SqliteConnection }>()

/**
 * The connection to the file that a request names: a kept one when the path still means the same file.
 * @throws with a system's code, one of `FileFault`, or SQLite's error
 */
export function connectionOf(request: SqliteRequest): SqliteConnection {
  const located = locate(request.file)
  checkSideFiles(located, request.ownFolder)
  const key = `${request.readOnly ? 'ro' : 'rw'}:${located.path}`
  const known = kept.get(key)
  if (known?.identity === located.identity) return known.connection
  close(key)
  checkOwn(located, request.ownFolder)
  const [oldest] = kept.keys()
  if (kept.size >= KEPT && oldest !== undefined) close(oldest)
  const connection = open(located, request)
  kept.set(key, { identity: located.identity, connection })
  return connection
}

/**
 * The whole code of an error that came without it: what SQLite says when it reads the file once more.
 * @returns undefined when that works
 */
export function reasonOf({ database, authorizer }: SqliteConnection): unknown {
  try {
    authorizer.own(() => database.prepare('select count(*) from sqlite_schema').get())
    return undefined
  } catch (error) {
    return error
  }
}

/** Closes a connection for good, so that nothing a statement set in it meets the next. */
export function closeConnection(connection: SqliteConnection): void {
  for (const [key, known] of kept) if (known.connection === connection) close(key)
}

function close(key: string): void {
  kept.get(key)?.connection.database.close()
  kept.delete(key)
}

/** Sets what the next statement may do: only VACUUM attaches a file, one of its own. */
export function expectStatement({ database, authorizer }: SqliteConnection, vacuum: boolean): void {
  database.setLimit(ATTACHED, vacuum ? 1 : LIMITS.attach)
  authorizer.expect(vacuum)
}

function open(located: DatabaseFile, { readOnly, ownFolder }: SqliteRequest): SqliteConnection {
  // The modes that create no file. @see https://www.sqlite.org/uri.html
  const database = new DatabaseSync(`${pathToFileURL(located.path).href}?mode=${readOnly ? 'ro' : 'rw'}`, {
    readOnly,
    timeout: BUSY_TIME,
    // Neither the schema nor the tables of virtual tables can be written as tables. @see https://www.sqlite.org/security.html
    defensive: true,
    allowExtension: false,
    enableForeignKeyConstraints: true,
    readBigInts: true,
    returnArrays: true,
    limits: LIMITS,
  })
  try {
    const authorizer = new SqliteAuthorizer(readOnly)
    const own = (sql: string): void => authorizer.own(() => database.exec(sql))
    // Views and triggers of a file from elsewhere get only harmless functions.
    own('pragma trusted_schema=0; pragma cell_size_check=1; pragma mmap_size=0; pragma temp_store=default')
    if (readOnly) own('pragma query_only=1')
    database.setAuthorizer(authorizer.answer)
    // Reads the schema, and with it opens what lies beside the file.
    const encoding = encodingOf(database)
    checkOpenedFiles(located, ownFolder)
    return { database, authorizer, encoding, own }
  } catch (error) {
    database.close()
    throw error
  }
}

function encodingOf(database: DatabaseSyncInstance): SqliteConnection['encoding'] {
  // Of the driver's ways to run a statement this is the one that tells the whole code of an error.
  const [name] = (database.prepare('pragma encoding').get() ?? []) as string[]
  switch (name) {
    case 'UTF-16le':
      return 'utf-16le'
    case 'UTF-16be':
      return 'utf-16be'
    default:
      return 'utf-8'
  }
}
