import { closeSync, openSync, statSync } from 'node:fs'
import { type Kysely, Migrator, type RawBuilder, sql } from 'kysely'
import Database from 'libsql'
import { ConnectorsError } from '../../base/errors.js'
import { migrations } from '../migrations/index.js'
import type { Schema } from '../schema.js'
import { storeDamaged, storeUnreachable } from './errors.js'

/** In the header of our files, so that another program's database is not taken for ours: "cmcp" in ASCII. */
const APPLICATION_ID = 0x636d6370
const MIGRATIONS = migrations({ sequence: 'integer', bytes: 'blob' })

/**
 * Opens the file, creating it with mode 0600 if it does not exist; SQLite gives its side files the same mode.
 * @throws MISCONFIGURED when it cannot be created or opened
 */
export function openFile(path: string, subject: string): Database.Database {
  try {
    if (path !== ':memory:') createFile(path)
    if (!isTooSmall(path)) return new Database(path)
  } catch (error) {
    throw storeUnreachable(subject, error)
  }
  throw storeDamaged(subject)
}

/** SQLite takes a file of a single byte for an empty one. A database has a page of at least 512 bytes. */
function isTooSmall(path: string): boolean {
  const size = path === ':memory:' ? 0 : statSync(path).size
  return size > 0 && size < 512
}

/**
 * Only creates a new file, and closes it at once: closing a second descriptor of a database that this process has open would
 * give up SQLite's locks on it.
 * @see https://www.sqlite.org/howtocorrupt.html section 2.2
 */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * Makes sure, without changing anything, that the file is ours, is intact and was not written by a newer build.
 * @param check says whether it is intact
 * @returns whether tables still have to be created or changed
 * @throws MISCONFIGURED with what to do
 */
export async function inspectFile(
  db: Kysely<Schema>,
  subject: string,
  check: (db: Kysely<Schema>) => Promise<boolean>,
): Promise<{ outdated: boolean }> {
  // Tables first: the process that creates them writes the application id in the same transaction.
  const tables = await count(db, sql`select count(*) as found from sqlite_master where type = 'table'`)
  if (tables === 0) return { outdated: true }
  const header = await sql<{ application_id: number }>`pragma application_id`.execute(db)
  if (header.rows[0]?.application_id !== APPLICATION_ID) {
    throw new ConnectorsError('MISCONFIGURED', `${subject} is the database of another program; choose another file.`)
  }
  if (!(await check(db))) throw storeDamaged(subject)

  const known = Object.keys(await MIGRATIONS.getMigrations())
  const applied = await count(db, sql`select count(*) as found from kysely_migration`)
  const ours = await count(db, sql`select count(*) as found from kysely_migration where name in (${sql.join(known)})`)
  if (applied > ours) {
    throw new ConnectorsError(
      'MISCONFIGURED',
      `${subject} was written by a newer version of connectors-mcp; start that version, or restore an older backup.`,
    )
  }
  return { outdated: ours < known.length }
}

async function count(db: Kysely<Schema>, query: RawBuilder<unknown>): Promise<number> {
  const { rows } = await query.$castTo<{ found: number }>().execute(db)
  return rows[0]?.found ?? 0
}

/**
 * Creates and changes the tables. The write lock is held throughout, so of several processes the first does it and the
 * others find it done; a process that dies in between changes nothing.
 * @throws UNAVAILABLE when another process kept the lock
 */
export async function migrate(db: Kysely<Schema>): Promise<void> {
  await db.connection().execute(async (connection) => {
    await sql`begin immediate`.execute(connection)
    try {
      const { error } = await new Migrator({ db: connection, provider: MIGRATIONS }).migrateToLatest()
      if (error) throw error
      await sql`pragma application_id = ${sql.lit(APPLICATION_ID)}`.execute(connection)
      await sql`commit`.execute(connection)
    } catch (error) {
      await sql`rollback`.execute(connection)
      throw error
    }
  })
}
