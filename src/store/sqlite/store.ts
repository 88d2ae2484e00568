import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { ConnectorsError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import { once } from '../../base/once.js'
import { createKyselyStore } from '../kysely-store.js'
import { withReadCache } from '../read-cache.js'
import type { Schema } from '../schema.js'
import type { Store } from '../store.js'
import { isIntact, isSound } from './check.js'
import { checkApart } from './check-apart.js'
import { StoreDialect } from './dialect.js'
import { sqliteCode, storeDamaged, storeError } from './errors.js'
import { inspectFile, migrate, openFile } from './file.js'
import { openLogIndex } from './log-index.js'
import { PreparedStatements } from './statements.js'
import { type StoreUse, useFile, useOfMemory } from './use.js'

export interface OpeningOptions {
  /** True to check the whole file now, whatever is known of it and however long that takes. */
  checkWhole?: boolean
  /** Learns what a check finds that runs beside the work. */
  log?: Pick<Logger, 'warn' | 'error'>
  /** Up to this size a file is checked at once. Bytes. */
  checkedAtOnce?: number
}

/** Checking this much takes half a second. Bytes. */
const CHECKED_AT_ONCE = 64 * 1024 * 1024

/**
 * Opens the store in one SQLite file, for one or more processes of one machine. A missing file is created, with
 * mode 0600; a file that is not an intact store of this or an older build is left as it is.
 *
 * The structure is checked at each opening. The whole file is checked where it is not known to be as the last process left it: after a
 * crash, and when it was put there. A large one is then checked in a process of its own beside the work; if it is damaged, every later
 * call is refused with the error that opening it would have had.
 * @param file a path, or `:memory:` for a store that ends with the process
 * @throws MISCONFIGURED with one sentence that says what to do about the file; UNAVAILABLE when other processes keep it locked
 */
export async function openSqliteStore(file: string, options: OpeningOptions = {}): Promise<Store> {
  const path = file === ':memory:' ? file : resolve(file)
  const subject = `The file ${path}`
  const statements = new PreparedStatements(openFile(path, subject))
  const db = new Kysely<Schema>({ dialect: new StoreDialect(statements) })
  let use = useOfMemory
  let later = false
  try {
    if (path !== ':memory:') use = await useFile(path, subject, !options.checkWhole)
    const isLarge = path !== ':memory:' && statSync(path).size > (options.checkedAtOnce ?? CHECKED_AT_ONCE)
    later = !use.isKnown && isLarge && !options.checkWhole
    const atOnce = options.checkWhole || !(use.isKnown || later)
    const { outdated } = await inspectFile(db, subject, atOnce ? isIntact : isSound)
    for (const setting of SETTINGS) await setting.execute(db)
    if (outdated) await migrate(db)
    const index = path === ':memory:' ? undefined : openLogIndex(path)
    if (index) statements.watch(index)
    if (!use.isKnown && !later) use.note()
  } catch (error) {
    use.end(false)
    await db.destroy()
    throw errorAtOpen(error, subject)
  }
  const checking = later ? checkBeside({ path, subject, statements, use, log: options.log }) : undefined
  return withReadCache(withClosing({ db, use, checking }), () => statements.version())
}

interface CheckingBeside {
  /** Ends the check. @returns whether the whole file is known to be intact; undefined where that is not known */
  end(): Promise<boolean | undefined>
}

interface Unchecked {
  path: string
  subject: string
  statements: PreparedStatements
  use: StoreUse
  log: OpeningOptions['log']
}

function checkBeside({ path, subject, statements, use, log }: Unchecked): CheckingBeside {
  let ended = false
  const check = checkApart(path)
  const found = check.result.then((isWhole) => {
    if (isWhole) use.note()
    else if (isWhole === false) {
      const error = storeDamaged(subject)
      statements.refuse(error)
      log?.error({ err: error }, 'the store is damaged; every call is refused')
    } else if (!ended) log?.warn({ file: path }, 'the store could not be checked; the next opening tries again')
    return isWhole
  })
  return {
    end() {
      ended = true
      check.stop()
      return found
    },
  }
}

/**
 * With a write-ahead log, readers and the writer do not wait for each other; FULL syncs it at each commit. Overwriting
 * deleted content makes a destroyed data key unreadable.
 * @see https://www.sqlite.org/pragma.html
 */
const SETTINGS = [
  sql`pragma journal_mode = wal`,
  sql`pragma synchronous = full`,
  sql`pragma foreign_keys = on`,
  sql`pragma secure_delete = on`,
]

/** Names the file where the sentence would not; everything else that SQLite finds wrong with the file is damage. */
function errorAtOpen(error: unknown, subject: string): unknown {
  if (error instanceof ConnectorsError) return error.cause === undefined ? error : storeError(error.cause, subject)
  return sqliteCode(error) === 'SQLITE_ERROR' ? storeDamaged(subject, error) : error
}

interface Opened {
  db: Kysely<Schema>
  use: StoreUse
  checking: CheckingBeside | undefined
}

function withClosing({ db, use, checking }: Opened): Store {
  const store = createKyselyStore(db)
  return {
    ...store,
    clients: {
      ...store.clients,
      async delete(id) {
        const existed = await store.clients.delete(id)
        if (!existed) return false
        // A check beside the work reads the file as it was for seconds, and the log cannot be emptied meanwhile. The next opening checks.
        await checking?.end()
        // The log still holds the data key as it was.
        await checkpoint(db, DELETION_TIME)
        return true
      },
    },
    close: once(async () => {
      let isSound = false
      try {
        const isWhole = checking === undefined || (await checking.end())
        // libsql keeps the file open until its statements are collected, so SQLite's own checkpoint would come too late.
        if (isWhole !== false) await checkpoint(db, CLOSING_TIME)
        isSound = isWhole === true
      } finally {
        use.end(isSound)
        await db.destroy()
      }
    }),
  }
}

/** How long to wait to empty the log after a client was deleted while others read the store, in milliseconds. */
const DELETION_TIME = 10_000
/** The same when the store is closed. */
const CLOSING_TIME = 250

/** Moves the log into the file and empties it, unless other processes keep the store busy for this many milliseconds. */
async function checkpoint(db: Kysely<Schema>, within: number): Promise<void> {
  const giveUp = performance.now() + within
  while (performance.now() < giveUp) {
    const { rows } = await sql<{ busy: number }>`pragma wal_checkpoint(truncate)`.execute(db)
    if (rows[0]?.busy === 0) return
    await wait(1 + Math.random() * 9)
  }
}
