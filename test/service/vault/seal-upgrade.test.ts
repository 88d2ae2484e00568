import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, onTestFinished, test } from 'vitest'
import { KeyRing, KeySource } from '../../../src/crypto/index.js'
import { rewrapAll } from '../../../src/service/index.js'
import { openSealedLink } from '../../../src/service/linking/sealed-link.js'
import { Tenants } from '../../../src/service/tenants/tenants.js'
import { Users } from '../../../src/service/tenants/users.js'
import { Credentials } from '../../../src/service/upstream/credentials.js'
import { openVault, type Vault } from '../../../src/service/vault/vault.js'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import type { Store } from '../../../src/store/store.js'
import { change, FIRST_RELEASE, putRows, writeFirstRelease } from './first-release.js'

const { tables, secrets, apiKey, credentials: CREDENTIALS } = FIRST_RELEASE
const ring = () => KeyRing.parse(FIRST_RELEASE.key)
const [ADA = expect.fail()] = tables.users
const [LINK = expect.fail()] = tables.links

/** What of the old store works: each entry is what it should be, or the error's code. */
async function whatWorks(store: Store, vault: Vault): Promise<Record<string, unknown>> {
  const [tenants, users] = [
    new Tenants({ store, vault, clock: Date.now }),
    new Users({ store, vault, clock: Date.now }),
  ]
  const credentials = new Credentials({ vault })
  const code = (error: { code?: string }) => error.code
  const accounts = await store.integrations.listOfUser(ADA.id)
  const pending = await store.revocations.listOfClient(ADA.client_id)
  const link = await store.links.find(LINK.id)
  if (!link) expect.fail()
  return {
    'the API key': await tenants.byApiKey(apiKey).then(({ name }) => name, code),
    'the API key of the default client': await tenants
      .byApiKey((await tenants.defaultApiKey()).reveal())
      .then(({ name }) => name, code),
    'the login of ada': await users.login('ada@example.com', secrets.ada, undefined).then(({ user }) => user.id, code),
    'the login of bob': await users.login('bob', secrets.bob, undefined).then(({ user }) => user.identifier, code),
    accounts: await Promise.all(accounts.map((row) => credentials.open(row).catch(code))),
    revocations: await Promise.all(pending.map((row) => credentials.open(row).catch(code))),
    link: await openSealedLink(vault, link).then((opened) => opened.code, code),
  }
}

const ALL_WORKS = {
  'the API key': 'team',
  'the API key of the default client': 'default',
  'the login of ada': ADA.id,
  'the login of bob': 'bob',
  accounts: CREDENTIALS,
  revocations: [CREDENTIALS[1]],
  link: 'FAKE-CODE',
}

async function oldStore() {
  const folder = mkdtempSync(join(tmpdir(), 'seal-upgrade-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'store.db')
  await writeFirstRelease(file)
  return {
    file,
    async open() {
      const store = await openSqliteStore(file)
      onTestFinished(() => store.close())
      return store
    },
  }
}

const contentOf = (file: string): unknown => {
  const database = new Database(file, { readonly: true })
  const rows = Object.keys(tables).map((table) => database.prepare(`select * from ${table} order by rowid`).all())
  database.close()
  return rows
}

describe('a store written by the first release', () => {
  test('is sealed again when it is opened, and everything in it works', async () => {
    const { open } = await oldStore()
    const store = await open()
    expect(await whatWorks(store, await openVault(store, KeySource.fixed(ring())))).toEqual(ALL_WORKS)
    // Once: what was sealed anew stays as it is.
    const after = await store.integrations.listOfUser(ADA.id)
    expect(await whatWorks(store, await openVault(store, KeySource.fixed(ring()), false))).toEqual(ALL_WORKS)
    expect(await store.integrations.listOfUser(ADA.id)).toEqual(after)
  })

  test('contains no readable hash and no old sealed text after it is opened', async () => {
    const { open, file } = await oldStore()
    const store = await open()
    await openVault(store, KeySource.fixed(ring()))
    const now = JSON.stringify(contentOf(file))
    const hashes = [...tables.users.map((row) => row.secret_hash), ...tables.clients.map((row) => row.key_hash)]
    const sealed = [...tables.integrations, ...tables.revocations].map((row) => row.credential)
    for (const text of [...hashes, ...sealed, LINK.sealed]) expect(now).not.toContain(text)
  })

  test('is upgraded correctly when several processes open it at once', async () => {
    const { open } = await oldStore()
    const stores = await Promise.all([open(), open(), open()])
    const vaults = await Promise.all(stores.map((store) => openVault(store, KeySource.fixed(ring()))))
    for (const [index, store] of stores.entries())
      expect(await whatWorks(store, vaults[index] ?? expect.fail())).toEqual(ALL_WORKS)
  })

  test('still works after this release rotates its keys', async () => {
    const { open } = await oldStore()
    const store = await open()
    const rotated = ring().rotate().ring
    expect(await rewrapAll(store, KeySource.fixed(rotated), async () => undefined)).toBe(3)
    const alone = rotated.without([ring().currentId]).ring
    expect(await whatWorks(store, await openVault(store, KeySource.fixed(alone)))).toEqual(ALL_WORKS)
  })

  test('with one damaged credential keeps all others', async () => {
    const { open, file } = await oldStore()
    change(file, (database) => database.exec("update integrations set credential = 'x' where connector = 'sql'"))
    const store = await open()
    const works = await whatWorks(store, await openVault(store, KeySource.fixed(ring())))
    expect(works).toEqual({ ...ALL_WORKS, accounts: ['MISCONFIGURED', CREDENTIALS[1]] })
  })

  test('is left unchanged when the data key of a client cannot be opened', async () => {
    const { open, file } = await oldStore()
    const [first, second] = tables.clients
    putRows(file, { clients: [{ ...first, data_key: second?.data_key }] })
    const store = await open()
    const before = contentOf(file)
    await expect(openVault(store, KeySource.fixed(ring()))).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    expect(contentOf(file)).toEqual(before)
  })
})

describe('after a store was sealed again', () => {
  const upgraded = async () => {
    const { open, file } = await oldStore()
    const store = await open()
    const vault = await openVault(store, KeySource.fixed(ring()))
    return { store, vault, file }
  }

  test('no row of the old store works any more', async () => {
    const { store, vault, file } = await upgraded()
    const { meta: _, ...rows } = tables
    putRows(file, rows)
    const works = await whatWorks(store, vault)
    expect(works).toEqual({
      'the API key': 'INVALID_API_KEY',
      'the API key of the default client': 'INVALID_API_KEY',
      'the login of ada': 'INVALID_CREDENTIALS',
      'the login of bob': 'INVALID_CREDENTIALS',
      accounts: ['MISCONFIGURED', 'MISCONFIGURED'],
      revocations: ['MISCONFIGURED'],
      link: 'MISCONFIGURED',
    })
  })

  test('the old store put back in its place is refused where the upgrade was recorded', async () => {
    const { store, file } = await upgraded()
    putRows(file, tables)
    change(file, (database) =>
      database.exec(
        "delete from meta where key = 'seal_form'; update integrations set credential_serial = ''; update revocations set credential_serial = ''",
      ),
    )
    const before = contentOf(file)
    await expect(openVault(store, KeySource.fixed(ring()), false)).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringContaining('remove the file store.form next to it'),
    })
    expect(contentOf(file)).toEqual(before)
    // Without the note it is what the person put back.
    expect(await whatWorks(store, await openVault(store, KeySource.fixed(ring())))).toEqual(ALL_WORKS)
  })

  test.each([
    ['nothing', ''],
    ['a hash of their own', "update users set secret_hash = 'x'"],
    ['hashes of their own for all', "update users set secret_hash = 'x'; update clients set key_hash = 'x'"],
    ['serials of no credential', "update integrations set credential_serial = ''"],
  ])('removing the upgrade record does not make it an old store, even if somebody inserts %s', async (_what, sql) => {
    const { store, file } = await upgraded()
    change(file, (database) => database.exec(`delete from meta where key = 'seal_form'; ${sql}`))
    const before = contentOf(file)
    await expect(openVault(store, KeySource.fixed(ring()))).rejects.toMatchObject({ code: 'MISCONFIGURED' })
    expect(contentOf(file)).toEqual(before)
  })

  test('a forged upgrade record is refused', async () => {
    const { store, file } = await upgraded()
    change(file, (database) => database.exec("update meta set value = '2' where key = 'seal_form'"))
    await expect(openVault(store, KeySource.fixed(ring()))).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })

  test('a removed root key is not created a second time', async () => {
    const { store, file } = await upgraded()
    change(file, (database) => database.exec("delete from meta where key = 'root_key'"))
    await expect(openVault(store, KeySource.fixed(ring()))).rejects.toMatchObject({
      code: 'MISCONFIGURED',
      message: expect.stringContaining('its root key is gone'),
    })
  })
})
