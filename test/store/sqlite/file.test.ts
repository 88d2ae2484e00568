import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Kysely, Migrator, sql } from 'kysely'
import Database from 'libsql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { migrations } from '../../../src/store/migrations/index.js'
import type { Schema } from '../../../src/store/schema.js'
import { StoreDialect } from '../../../src/store/sqlite/dialect.js'
import { storeError } from '../../../src/store/sqlite/errors.js'
import { PreparedStatements } from '../../../src/store/sqlite/statements.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { addTenant, everythingOf, newClient, newRevocation } from '../scene.js'

let folder: string
let files = 0
const newFile = (): string => join(folder, `${files++}.db`)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const errorOf = (file: string): Promise<ConnectorsError> =>
  openSqliteStore(file).then(
    async (store) => {
      await store.close()
      throw new Error('the file was opened')
    },
    (error: unknown) => {
      if (error instanceof ConnectorsError) return error
      throw error
    },
  )

/** The file is refused with a sentence that holds `words`, and stays as it is. */
async function refused(file: string, words: string): Promise<void> {
  const bytes = readFileSync(file)
  const error = await errorOf(file)
  expect(error.code).toBe('MISCONFIGURED')
  expect(error.message).toContain(words)
  expect(error.message).toContain(file)
  expect(error.message).toMatch(/; [^;.]+\.$/)
  expect(readFileSync(file).equals(bytes)).toBe(true)
}

test('the store file and its side files are accessible to their owner only', async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  await store.meta.putIfAbsent('key', 'value')
  for (const name of [file, `${file}-wal`, `${file}-shm`]) expect(statSync(name).mode & 0o777, name).toBe(0o600)
  await store.close()
})

test('the file mode that an operator set is kept', async () => {
  const file = newFile()
  await (await openSqliteStore(file)).close()
  chmodSync(file, 0o640)
  await (await openSqliteStore(file)).close()
  expect(statSync(file).mode & 0o777).toBe(0o640)
})

test('an empty file is opened as a new store', async () => {
  const file = newFile()
  writeFileSync(file, '')
  const store = await openSqliteStore(file)
  expect(await store.clients.list()).toEqual([])
  await store.close()
})

test('everything written is there after reopening, whether or not the store was closed', async () => {
  const file = newFile()
  const first = await openSqliteStore(file)
  const tenant = await addTenant(first)
  const everything = await everythingOf(first, tenant)
  const second = await openSqliteStore(file)
  expect(await everythingOf(second, tenant)).toEqual(everything)
  await first.close()
  await second.close()
  const third = await openSqliteStore(file)
  expect(await everythingOf(third, tenant)).toEqual(everything)
  await third.close()
})

test('after close, one file holds everything, and closing again does nothing', async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  const tenant = await addTenant(store)
  await Promise.all([store.close(), store.close()])
  await store.close()
  const copy = newFile()
  writeFileSync(copy, readFileSync(file))
  const other = await openSqliteStore(copy)
  expect(await other.clients.find(tenant.client.id)).toEqual(tenant.client)
  await other.close()
  await expect(store.clients.list()).rejects.toThrow()
})

test('a store path with special characters is taken literally', async () => {
  for (const name of ['http:', 'libsql:x', 'file:x?mode=memory', 'a?b=c', '#a%20', 'ü']) {
    const inside = join(folder, name)
    await (await openSqliteStore(inside)).close()
    expect(readdirSync(folder)).toContain(name)
  }
})

test("a deleted client's data key is erased from the file once a concurrent reader has finished", async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  const client = newClient({ dataKey: 'v1.the-data-key-of-this-client' })
  await store.clients.insert(client)
  const reader = new Database(file)
  reader.exec('begin')
  reader.prepare('select count(*) from clients').get()
  // By the process's clock the reader goes after five seconds.
  let looks = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
    looks += 1
    if (looks === 50) reader.exec('commit')
    return looks * 100
  })
  expect(await store.clients.delete(client.id)).toBe(true)
  clock.mockRestore()
  expect(looks).toBeGreaterThanOrEqual(50)
  expect(readFileSync(`${file}-wal`)).toHaveLength(0)
  expect(readFileSync(file).includes(client.dataKey)).toBe(false)
  reader.close()
  await store.close()
})

test("a deleted client's data key is erased from the file", async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  const client = newClient({ dataKey: 'v1.the-data-key-of-this-client' })
  await store.clients.insert(client)
  await store.clients.insert(newClient({ dataKey: 'v1.another-data-key' }))
  const onDisk = (text: string) => [file, `${file}-wal`].some((name) => readFileSync(name).includes(text))
  expect(onDisk(client.dataKey)).toBe(true)
  await store.clients.delete(client.id)
  expect(onDisk(client.dataKey)).toBe(false)
  expect(onDisk('v1.another-data-key')).toBe(true)
  await store.close()
})

test('the data key of a client whose rows are still there is erased from the file', async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  const { client, user } = await addTenant(store)
  await store.clients.rewrap(client.id, client.dataKey, 'v1.the-data-key-of-this-client')
  for (let index = 0; index < 1_010; index++) await store.revocations.insert(newRevocation(user))
  const onDisk = (text: string) => [file, `${file}-wal`].some((name) => readFileSync(name).includes(text))
  expect(onDisk('v1.the-data-key-of-this-client')).toBe(true)
  await store.clients.delete(client.id)
  expect(onDisk('v1.the-data-key-of-this-client')).toBe(false)
  expect(await store.clients.removeSome()).toBe(true)
  await store.close()
})

test('a file that is not a database is refused and left as it is', async () => {
  for (const content of [
    'x',
    '\u0000',
    'x'.repeat(511),
    'hello world\n'.repeat(1000),
    'SQLite format 3\u0000',
    '\u0000'.repeat(8192),
  ]) {
    const file = newFile()
    writeFileSync(file, content)
    await refused(file, 'is damaged or not a database')
  }
})

test('the database of another program is refused and left as it is', async () => {
  const file = newFile()
  const other = new Database(file)
  other.exec('create table clients (id text)')
  other.close()
  await refused(file, 'is the database of another program')
})

test('a store of a newer build is refused and left as it is', async () => {
  const file = newFile()
  await (await openSqliteStore(file)).close()
  const newer = new Database(file)
  const applied = 'select name from kysely_migration order by name'
  const before = newer.prepare(applied).all()
  newer.exec(`insert into kysely_migration values ('9999_later', '2030-01-01T00:00:00.000Z')`)
  newer.pragma('wal_checkpoint(truncate)')
  newer.close()
  const error = await errorOf(file)
  expect(error).toMatchObject({
    code: 'MISCONFIGURED',
    message: expect.stringContaining('newer version of connectors-mcp'),
  })
  const again = new Database(file)
  expect(again.prepare(applied).all()).toEqual([...before, { name: '9999_later' }])
  again.close()
})

test('a store of an older build is upgraded and keeps everything in it', async () => {
  const file = newFile()
  const { '0001_initial': initial = expect.fail() } = await migrations({
    sequence: 'integer',
    bytes: 'blob',
  }).getMigrations()
  const db = new Kysely<Schema>({ dialect: new StoreDialect(new PreparedStatements(new Database(file))) })
  const provider = { getMigrations: async () => ({ '0001_initial': initial }) }
  const { error } = await new Migrator({ db, provider }).migrateToLatest()
  expect(error).toBeUndefined()
  await sql`pragma application_id = 1668113264`.execute(db)
  await db.destroy()
  const rows = new Database(file)
  rows.pragma('foreign_keys = on')
  rows.exec(`
    insert into clients (id, name, key_hash, data_key, is_active, created_at) values ('c', 'team', 'h', 'v1.key', 1, 1);
    insert into users values ('u', 'c', 'ann', 'h', 'sk-...', 1, 2);
    insert into integrations values (7, 'i', 'c', 'u', 'github', 'octocat', 'oauth2', '["repo"]', 'active', 1, 'v1.x', 3, 4, 5);
    insert into links values ('l', 'c', 'u', 'github', 's', '', 1, 'v1.y', 'linked', 'octocat', null, 6, 7);
    insert into leases values ('refresh:i', 'p', 8);
    insert into skills values ('k', 'c', 'notes', 'd', 'text', 9, 10);`)
  rows.close()
  const [store, other] = await Promise.all([openSqliteStore(file), openSqliteStore(file)])
  const account = await store.integrations.find('u', 'github', 'octocat')
  expect(account).toMatchObject({ id: 'i', authScopes: ['repo'], credential: 'v1.x', version: 3, selected: true })
  expect(await store.clients.find('c')).toMatchObject({ name: 'team', dataKey: 'v1.key' })
  expect(await store.links.find('l')).toMatchObject({ status: 'linked', userIdentifier: 'octocat' })
  expect((await store.skills.list('c', 10, 0)).total).toBe(1)
  expect(await store.leases.acquire('refresh:i', 'q', 9, 7)).toBe(false)
  await store.integrations.delete('u', 'github', 'octocat', { id: 'r', dueAt: 20, createdAt: 10 })
  expect(await other.revocations.due(20, 10)).toMatchObject([{ id: 'r', credential: 'v1.x', userId: 'u' }])
  await Promise.all([store.close(), other.close()])
})

test('a path where no file can be created is refused', async () => {
  mkdirSync(join(folder, 'a-folder'))
  for (const place of ['nowhere/store.db', 'a-folder', `${'x'.repeat(300)}.db`]) {
    const error = await errorOf(join(folder, place))
    expect(error).toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringContaining('check that its folder exists'),
    })
  }
})

/** libsql ends the process at text that is not UTF-8, so a test that fails here may take the whole run along. */
test('a damaged file is refused, or read without any unexpected error', async () => {
  const whole = newFile()
  const store = await openSqliteStore(whole)
  const tenant = await addTenant(store)
  for (let index = 0; index < 5; index++) await addTenant(store)
  await store.close()
  const bytes = readFileSync(whole)
  const place = fc.integer({ min: 0, max: bytes.length - 1 })
  await fc.assert(
    fc.asyncProperty(place, fc.uint8Array({ minLength: 1, maxLength: 100 }), async (at, garbage) => {
      const file = newFile()
      const damaged = Buffer.from(bytes)
      damaged.set(garbage.subarray(0, bytes.length - at), at)
      writeFileSync(file, damaged)
      const opened = await openSqliteStore(file).catch((error: unknown) => error)
      if (opened instanceof Error) {
        expect(opened).toMatchObject({ name: 'ConnectorsError', code: 'MISCONFIGURED' })
        expect(opened.message).toMatch(/is damaged or not a database|another program|newer version/)
        expect(readFileSync(file).equals(damaged)).toBe(true)
      } else {
        const readable = opened as typeof store
        await everythingOf(readable, tenant).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
        await readable.close()
      }
    }),
    { numRuns: 60 },
  )
})

test('a truncated file is refused and left as it is', async () => {
  const whole = newFile()
  const store = await openSqliteStore(whole)
  for (let index = 0; index < 3; index++) await addTenant(store)
  await store.close()
  const bytes = readFileSync(whole)
  for (const length of [1, 99, 100, 4095, 4096, 8192, 20_000, bytes.length - 4096]) {
    const file = newFile()
    writeFileSync(file, bytes.subarray(0, length))
    await refused(file, 'is damaged or not a database')
  }
})

test('text that is not UTF-8 anywhere in a table is reported as damage', async () => {
  const whole = newFile()
  const store = await openSqliteStore(whole)
  for (let index = 0; index < 120; index++) await store.meta.putIfAbsent(`key ${index}`, 'zürich')
  await store.meta.putIfAbsent('marked', 'MARK-MARK')
  await store.close()
  const bytes = readFileSync(whole)
  for (const garbage of [[0xff], [0xc3], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0x80], [0]]) {
    const file = newFile()
    const damaged = Buffer.from(bytes)
    damaged.set(garbage, bytes.lastIndexOf('MARK-MARK') + 4)
    writeFileSync(file, damaged)
    await refused(file, 'is damaged or not a database')
  }
})

test('bytes may be any, but text in their place is reported as damage', async () => {
  const file = newFile()
  const store = await openSqliteStore(file)
  const { user, client } = await addTenant(store)
  const owner = { userId: user.id, clientId: client.id, kind: 'file' as const, sealed: 'v1.head' }
  const row = { ...owner, id: 'file_1', size: 1, parts: 1, createdAt: 1, expiresAt: 9 }
  await store.kept.begin(row, { things: 9, bytes: 9 })
  await store.kept.addPart(row.id, 0, 'v1.part', 1)
  await store.close()
  const replaced = (sealed: Buffer | string) => {
    const database = new Database(file)
    database.prepare('update kept_parts set sealed = ?').run([sealed])
    database.close()
  }
  replaced(Buffer.from([0xff, 0, 0xc3]))
  const again = await openSqliteStore(file)
  expect(await again.kept.part(row.id, 0)).toBe('\u00ff\0\u00c3')
  await again.close()
  for (const wrong of ['v1.part', '']) {
    replaced(wrong)
    await refused(file, 'is damaged or not a database')
  }
})

test('values that libsql cannot store unchanged are refused before they reach it', () => {
  const statements = new PreparedStatements(new Database(':memory:'))
  const echo = statements.prepare('select ? as value')
  for (const value of ['', 'a', 0, -1, Number.MAX_SAFE_INTEGER, null]) expect(echo.all([value])).toEqual([{ value }])
  // Also a piece of a larger buffer, and bytes that are no text.
  for (const bytes of [
    new Uint8Array(),
    Buffer.from('a\0b'),
    Buffer.from([0xff, 0xc3]),
    Buffer.from('abcdef').subarray(2, 4),
  ]) {
    const [{ value }] = echo.all([bytes]) as [{ value: Uint8Array }]
    expect(Buffer.from(value).equals(bytes)).toBe(true)
  }
  for (const value of [true, false, undefined, 1.5, Number.NaN, 2 ** 53, 1n, {}, [], new Date(0)]) {
    expect(() => echo.all([value]), String(value)).toThrow(TypeError)
    expect(() => echo.run([value]), String(value)).toThrow(TypeError)
  }
  statements.close()
})

test("an error of SQLite becomes our own message, with SQLite's text as its cause only", () => {
  const sqlite = (code: string) => Object.assign(new Error('SQLite says something'), { code })
  const cases: [string, string, string][] = [
    ['SQLITE_BUSY', 'UNAVAILABLE', 'The store is busy with other processes; try again.'],
    ['SQLITE_BUSY_SNAPSHOT', 'UNAVAILABLE', 'The store is busy'],
    ['SQLITE_LOCKED', 'UNAVAILABLE', 'The store is busy'],
    ['SQLITE_CORRUPT_INDEX', 'MISCONFIGURED', 'is damaged'],
    ['SQLITE_NOTADB', 'MISCONFIGURED', 'is damaged'],
    ['SQLITE_FULL', 'MISCONFIGURED', 'a full disk'],
    ['SQLITE_IOERR_WRITE', 'MISCONFIGURED', 'check the disk'],
    ['SQLITE_READONLY', 'MISCONFIGURED', 'may read and write'],
  ]
  for (const [sqliteCode, code, words] of cases) {
    const error = storeError(sqlite(sqliteCode))
    expect(error).toMatchObject({ code, message: expect.stringContaining(words), retryable: code === 'UNAVAILABLE' })
    expect((error as Error).message).not.toContain('SQLite says')
  }
  for (const other of [sqlite('SQLITE_ERROR'), sqlite('SQLITE_CONSTRAINT'), new Error('x'), 'text', undefined]) {
    expect(storeError(other)).toBe(other)
  }
})
