import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kysely, Migrator, sql } from 'kysely'
import Database from 'libsql'
import { expect, onTestFinished, test } from 'vitest'
import { migrations } from '../../src/store/migrations/index.js'
import { StoreDialect } from '../../src/store/sqlite/dialect.js'
import { openFile } from '../../src/store/sqlite/file.js'
import { PreparedStatements } from '../../src/store/sqlite/statements.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import { newClient } from './scene.js'

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'older-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'store.db')
}

/** A store as the first release left it: its one migration, and rows. */
async function firstRelease(file: string): Promise<void> {
  const db = new Kysely<unknown>({ dialect: new StoreDialect(new PreparedStatements(openFile(file, file))) })
  const all = await migrations({ sequence: 'integer', bytes: 'blob' }).getMigrations()
  const initial = all['0001_initial'] ?? expect.fail('there is no first migration')
  const provider = { getMigrations: async () => ({ '0001_initial': initial }) }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  expect(error).toBeUndefined()
  // "cmcp"; by this the file is known as one of ours.
  await sql`pragma application_id = 1668113264`.execute(db)
  await sql`insert into clients values ('one', 'team one', 'key-hash', 'v1.wrapped', 1, 1764000000000)`.execute(db)
  await sql`insert into users values ('ann', 'one', 'ann@example.com', 'secret-hash', 'preview', 1, 2)`.execute(db)
  const values = ['custom', '[]', 'active', 1, 'v1.sealed', 1, 5, 6].map((value) => sql.lit(value))
  await sql`insert into integrations (id, client_id, user_id, connector, user_identifier, auth_type, auth_scopes, auth_status,
    selected, credential, version, created_at, updated_at)
    values ('acc', 'one', 'ann', 'sql', 'b_ro', ${sql.join(values)})`.execute(db)
  await db.destroy()
}

test('a store of the first release is upgraded when it is opened, and keeps its rows', async () => {
  const file = newFile()
  await firstRelease(file)
  const before = { id: 'one', name: 'team one', keyHash: 'key-hash', dataKey: 'v1.wrapped', isActive: true }
  const client = { ...before, createdAt: 1_764_000_000_000, callbackOrigins: [] as string[] }

  const store = await openSqliteStore(file)
  expect(await store.clients.list()).toEqual([client])
  expect(await store.users.findByIdentifier('one', 'ann@example.com')).toMatchObject({
    id: 'ann',
    isActive: true,
    secretSerial: '',
  })
  expect(await store.integrations.listOfUser('ann')).toMatchObject([
    { userIdentifier: 'b_ro', title: null, accountId: null, readOnly: null, selected: true, credential: 'v1.sealed' },
  ])
  expect(await store.clients.setCallbackOrigins('one', ['https://app.example'])).toBe(true)
  expect(await store.clients.insert(newClient({ name: 'team two' }))).toBe(true)
  await store.close()

  const again = await openSqliteStore(file)
  expect(await again.clients.find('one')).toEqual({ ...client, callbackOrigins: ['https://app.example'] })
  expect(await again.clients.list()).toHaveLength(2)
  await again.close()
})

test('two processes that open an older store at once both see it upgraded', async () => {
  const file = newFile()
  await firstRelease(file)
  const stores = await Promise.all([openSqliteStore(file), openSqliteStore(file)])
  for (const store of stores) expect((await store.clients.find('one'))?.callbackOrigins).toEqual([])
  for (const store of stores) await store.close()
  const database = new Database(file, { readonly: true })
  const applied = database.prepare('select name from kysely_migration order by name').all() as { name: string }[]
  database.close()
  expect(applied.map(({ name }) => name)).toEqual(
    Object.keys(await migrations({ sequence: 'integer', bytes: 'blob' }).getMigrations()).toSorted(),
  )
})
