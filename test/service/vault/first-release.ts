import { Kysely, Migrator, sql } from 'kysely'
import Database from 'libsql'
import { expect } from 'vitest'
import { migrations } from '../../../src/store/migrations/index.js'
import { StoreDialect } from '../../../src/store/sqlite/dialect.js'
import { openFile } from '../../../src/store/sqlite/file.js'
import { PreparedStatements } from '../../../src/store/sqlite/statements.js'
import written from '../first-release.json' with { type: 'json' }

export const FIRST_RELEASE = written
/** The migrations that the first release knew. */
const KNOWN = ['0001_initial', '0002_callback_origins', '0003_revocations']

/** Makes a store in a new file as the first release left it: its tables, and rows that it wrote. */
export async function writeFirstRelease(file: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new StoreDialect(new PreparedStatements(openFile(file, file))) })
  const all = await migrations({ sequence: 'integer', bytes: 'blob' }).getMigrations()
  const then = Object.fromEntries(KNOWN.map((name) => [name, all[name] ?? expect.fail(`there is no ${name}`)]))
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => then } }).migrateToLatest()
  expect(error).toBeUndefined()
  // "cmcp"; by this the file is known as one of ours.
  await sql`pragma application_id = 1668113264`.execute(db)
  await db.destroy()
  putRows(file, written.tables)
}

/** Writes rows into the file as somebody could who has no key: those of the same id or key are replaced. */
export function putRows(file: string, tables: Record<string, Record<string, unknown>[]>): void {
  change(file, (database) => {
    for (const [table, rows] of Object.entries(tables))
      for (const row of rows) {
        const columns = Object.keys(row)
        const places = columns.map(() => '?').join(', ')
        const update = columns.map((column) => `${column} = excluded.${column}`).join(', ')
        const unique = table === 'meta' ? 'key' : 'id'
        database
          .prepare(
            `insert into ${table} (${columns.join(', ')}) values (${places}) on conflict (${unique}) do update set ${update}`,
          )
          .run(...Object.values(row))
      }
  })
}

/** Changes the file as somebody could who has no key. */
export function change(file: string, run: (database: Database.Database) => void): void {
  const database = new Database(file)
  try {
    run(database)
  } finally {
    database.close()
  }
}
