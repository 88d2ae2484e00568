import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kysely, sql } from 'kysely'
import { ConnectorsError } from '../../base/errors.js'
import { once } from '../../base/once.js'
import { createKyselyStore } from '../kysely-store.js'
import { withReadCache } from '../read-cache.js'
import type { Schema } from '../schema.js'
import type { Store } from '../store.js'
import { StoreDialect } from './dialect.js'
import { sqliteCode, storeDamaged, storeError } from './errors.js'
import { inspectFile, migrate, openFile } from './file.js'
import { PreparedStatements } from './statements.js'

/**
 * Opens the store in one SQLite file, for one or more processes of one machine. A missing file is created, with
 * mode 0600; a file that is not an intact store of this or an older build is left as it is.
 * @param file a path, or `:memory:` for a store that ends with the process
 * @throws MISCONFIGURED with one sentence that says what to do about the file; UNAVAILABLE when other processes keep it locked
 */
export async function openSqliteStore(file: string): Promise<Store> {
  const path = file === ':memory:' ? file : resolve(file)
  const subject = `The file ${path}`
  const statements = new PreparedStatements(openFile(path, subject))
  const db = new Kysely<Schema>({ dialect: new StoreDialect(statements) })
  try {
    const { outdated } = await inspectFile(db, subject)
    for (const setting of SETTINGS) await setting.execute(db)
    if (outdated) await migrate(db)
  } catch (error) {
    await db.destroy()
    throw errorAtOpen(error, subject)
  }
  return withReadCache(withClosing(db), () => statements.version())
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

function withClosing(db: Kysely<Schema>): Store {
  const store = createKyselyStore(db)
  return {
    ...store,
    clients: {
      ...store.clients,
      async delete(id) {
        const existed = await store.clients.delete(id)
        // The log still holds the data key as it was.
        if (existed) await checkpoint(db, DELETION_TIME)
        return existed
      },
    },
    // libsql keeps the file open until its statements are collected, so SQLite's own checkpoint would come too late.
    close: once(() => checkpoint(db, CLOSING_TIME).finally(() => db.destroy())),
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
