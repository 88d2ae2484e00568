import { setImmediate as nextTurn } from 'node:timers/promises'
import type Database from 'libsql'
import { describe, expect, test } from 'vitest'
import { hashSecret, KeySource } from '../../../src/crypto/index.js'
import { openSealedLink, sealLink } from '../../../src/service/linking/sealed-link.js'
import { Tenants } from '../../../src/service/tenants/tenants.js'
import { Users } from '../../../src/service/tenants/users.js'
import { type AccountCredential, Credentials } from '../../../src/service/upstream/credentials.js'
import { userContext } from '../../../src/service/vault/seal-contexts.js'
import { SecretHashes } from '../../../src/service/vault/secret-hashes.js'
import { openVault } from '../../../src/service/vault/vault.js'
import type { LinkRow } from '../../../src/store/store.js'
import { newScene } from '../scene.js'
import { change } from './first-release.js'

/** A store with two clients, and two users of the first, as somebody sees it who may write the file and has no key. */
async function world() {
  const { store, ring, file } = await newScene()
  const vault = await openVault(store, KeySource.fixed(ring.ring))
  const [tenants, users] = [
    new Tenants({ store, vault, clock: Date.now }),
    new Users({ store, vault, clock: Date.now }),
  ]
  const [one, other] = [await tenants.create('one'), await tenants.create('other')]
  const [ada, bob] = [await users.create(one, 'ada'), await users.create(one, 'bob')]
  /** Reads of the same turn of the event loop may still see what was there. */
  const write = async (sql: string, ...values: unknown[]): Promise<void> => {
    change(file, (database: Database.Database) => void database.prepare(sql).run(...values))
    await nextTurn()
  }
  const login = () => users.login('bob', bob.secret.reveal(), undefined)
  return { store, vault, tenants, users, one, other, ada, bob, write, login, file }
}

describe('the hash of a secret', () => {
  test('copied from another row, or in a row that was changed, does not allow a login', async () => {
    const { users, ada, bob, other, write, login } = await world()
    expect((await login()).user.id).toBe(bob.user.id)
    const refused = async (what: string) =>
      expect(
        await login().then(
          () => 'in',
          ({ code }) => code,
        ),
        what,
      ).toBe('INVALID_CREDENTIALS')
    const set = (column: string, value: unknown) =>
      write(`update users set ${column} = ? where id = ?`, value, bob.user.id)

    await set('secret_hash', ada.user.secretHash)
    await refused("another user's hash")
    // Even with the secret that it is the hash of.
    await expect(users.login('bob', ada.secret.reveal(), undefined)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    })
    await set('secret_hash', bob.user.secretHash)
    await set('client_id', other.id)
    await refused('another client')
    await set('client_id', bob.user.clientId)
    await set('identifier', 'bobby')
    await refused('another name')
    await expect(users.login('bobby', bob.secret.reveal(), undefined)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    })
    await set('identifier', 'bob')
    await set('secret_hash', '')
    await refused('no hash')
    await set('secret_hash', bob.user.secretHash)
    expect((await login()).user.id).toBe(bob.user.id)
  })

  test('of an inactive user does not work after the row is changed to active', async () => {
    const { store, vault, users, bob, write } = await world()
    const hashes = new SecretHashes(vault)
    const inactive = { ...bob.user, isActive: false }
    const sealed = hashes.seal(userContext(inactive), hashSecret(bob.secret.reveal()))
    await write('update users set is_active = 0, secret_hash = ? where id = ?', sealed, bob.user.id)
    expect((await store.users.find(bob.user.id))?.isActive).toBe(false)
    await write('update users set is_active = 1 where id = ?', bob.user.id)
    await expect(users.login('bob', bob.secret.reveal(), undefined)).rejects.toMatchObject({
      code: 'INVALID_CREDENTIALS',
    })
  })

  test('of an API key works for its own client only', async () => {
    const { store, tenants, one, other, write } = await world()
    const [ones, others] = [await store.clients.find(one.id), await store.clients.find(other.id)]
    await write('update clients set key_hash = ? where id = ?', others?.keyHash, one.id)
    await expect(tenants.byApiKey(one.apiKey.reveal())).rejects.toMatchObject({ code: 'INVALID_API_KEY' })
    await write('update clients set key_hash = ?, name = ? where id = ?', ones?.keyHash, 'renamed', one.id)
    await expect(tenants.byApiKey(one.apiKey.reveal())).rejects.toMatchObject({ code: 'INVALID_API_KEY' })
    await write('update clients set name = ? where id = ?', 'one', one.id)
    expect(await tenants.byApiKey(one.apiKey.reveal())).toEqual({ id: one.id, name: 'one' })
  })
})

describe('what is sealed with an account', () => {
  const credential = (token: string): AccountCredential => ({
    kind: 'oauth2',
    issuer: 'https://notes.example',
    tokens: { access_token: token, token_type: 'bearer', scopes: undefined },
  })

  test('opens with its own serial number only, so that an older credential cannot be restored', async () => {
    const { vault, ada } = await world()
    const credentials = new Credentials({ vault })
    const owner = { clientId: ada.user.clientId, userId: ada.user.id, connector: 'notes', userIdentifier: 'ada' }
    const [older, newer] = [
      await credentials.seal(owner, credential('older')),
      await credentials.seal(owner, credential('newer')),
    ]
    expect(older.credentialSerial).not.toBe(newer.credentialSerial)
    // Opened before, so that it is among those that are kept.
    expect(await credentials.open({ ...owner, ...older })).toEqual(credential('older'))
    expect(await credentials.open({ ...owner, ...newer })).toEqual(credential('newer'))
    for (const credentialSerial of [newer.credentialSerial, '', 'x'])
      await expect(
        credentials.open({ ...owner, credential: older.credential, credentialSerial }),
      ).rejects.toMatchObject({
        code: 'MISCONFIGURED',
      })
    for (const moved of [{ userId: 'x' }, { connector: 'x' }, { userIdentifier: 'x' }])
      await expect(credentials.open({ ...owner, ...newer, ...moved })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })
})

describe('what is sealed with a link', () => {
  test.each<[string, Partial<LinkRow>]>([
    ['another link', { id: '20000000-0000-4000-8000-000000000001' }],
    ['another user', { userId: '50000000-0000-4000-8000-000000000001' }],
    ['another connector', { connector: 'github' }],
    ['another callback URL', { callbackUrl: 'https://evil.example/' }],
    ['leave to replace an account', { replaceDuplicate: true }],
    ['another state', { stateHash: 'x' }],
    ['no state', { stateHash: null }],
  ])('does not open with %s', async (_what, changed) => {
    const { vault, ada } = await world()
    const { id: userId, clientId } = ada.user
    const bound = {
      ...{ id: '20000000-0000-4000-8000-000000000000', clientId, userId, connector: 'notes' },
      ...{ callbackUrl: 'https://app.example/', replaceDuplicate: false, stateHash: 'hash' },
    }
    const sealed = await sealLink(vault, bound, { caller: { clientId, userId, identifier: 'ada' }, code: 'CODE' })
    const status = { status: 'pending', userIdentifier: null, error: null, createdAt: 1, expiresAt: 2 } as const
    const link: LinkRow = { ...bound, ...status, sealed }
    expect((await openSealedLink(vault, link)).code).toBe('CODE')
    await expect(openSealedLink(vault, { ...link, ...changed })).rejects.toMatchObject({ code: 'MISCONFIGURED' })
  })
})
