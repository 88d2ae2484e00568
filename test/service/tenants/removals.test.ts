import { expect, onTestFinished, test, vi } from 'vitest'
import { SWEEP_INTERVAL } from '../../../src/base/sweeping.js'
import { KeySource } from '../../../src/crypto/index.js'
import { sweepRemovals } from '../../../src/service/tenants/removals.js'
import { Tenants } from '../../../src/service/tenants/tenants.js'
import { Users } from '../../../src/service/tenants/users.js'
import { openVault } from '../../../src/service/vault/vault.js'
import { newRevocation } from '../../store/scene.js'
import { newScene } from '../scene.js'
import { ManualTime } from '../upstream/time.js'

/** More than the deletion itself takes. */
const REVOCATIONS = 1_010

async function newWorld() {
  const { store, ring } = await newScene()
  const time = new ManualTime()
  const vault = await openVault(store, KeySource.fixed(ring.ring))
  const tenants = new Tenants({ store, vault, clock: time.clock })
  const users = new Users({ store, vault, clock: time.clock })
  const log = { warn: vi.fn() }
  const sweep = (of: Parameters<typeof sweepRemovals>[0]['store'] = store) => {
    const sweeping = sweepRemovals({ store: of, schedule: time.schedule, log })
    onTestFinished(() => sweeping.stop())
    return sweeping
  }
  /** A user of a client that is too large to be deleted in one step. */
  const largeClient = async (name: string) => {
    const tenant = name === 'default' ? await defaultClient() : await tenants.create(name)
    const { user, secret } = await users.create(tenant, 'ada')
    for (let index = 0; index < REVOCATIONS; index++) await store.revocations.insert(newRevocation(user))
    return { tenant, secret: secret.reveal(), login: await users.login('ada', secret.reveal(), undefined) }
  }
  const defaultClient = async () => {
    const apiKey = await tenants.defaultApiKey()
    return { ...(await tenants.byApiKey(apiKey.reveal())), apiKey }
  }
  return { store, time, tenants, users, log, sweep, largeClient, defaultClient }
}

test('from its deletion on, nothing of a client lets anybody in, though its rows are still there', async () => {
  const { store, tenants, users, largeClient } = await newWorld()
  const { tenant, secret, login } = await largeClient('one')
  expect((await users.byToken(login.token.reveal())).userId).toBe(login.user.id)
  expect(await tenants.remove(tenant.id)).toBe(true)
  await expect(tenants.byApiKey(tenant.apiKey.reveal())).rejects.toMatchObject({ code: 'INVALID_API_KEY' })
  await expect(users.byToken(login.token.reveal())).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
  await expect(users.login('ada', secret, undefined)).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
  expect(await tenants.list()).toEqual([])
  expect(await tenants.create('one')).toMatchObject({ name: 'one' })
  expect(await store.clients.removeSome()).toBe(true)
})

test('what it leaves goes by itself, also in the next process, and a failure is tried again', async () => {
  const { store, time, tenants, sweep, log, largeClient } = await newWorld()
  const { tenant } = await largeClient('one')
  await tenants.remove(tenant.id)
  let fails = true
  const removeSome = vi.fn(async () => {
    if (fails) throw new Error('busy')
    return store.clients.removeSome()
  })
  const sweeping = sweep({ clients: { ...store.clients, removeSome } })
  sweeping.soon()
  expect(time.pending).toBe(0)
  sweeping.start()
  await time.pass(0)
  expect(log.warn).toHaveBeenCalledOnce()
  fails = false
  await time.pass(SWEEP_INTERVAL)
  await vi.waitFor(() => expect(removeSome).toHaveBeenCalledTimes(3))
  expect(await store.clients.removeSome()).toBe(false)
  await sweeping.stop()
  expect(time.pending).toBe(0)
})

test('the default client is there again at once, under another id', async () => {
  const { store, tenants, users, largeClient, defaultClient } = await newWorld()
  const { tenant } = await largeClient('default')
  await tenants.remove(tenant.id)
  const [next, same] = await Promise.all([defaultClient(), defaultClient()])
  expect(next.id).not.toBe(tenant.id)
  expect(same).toEqual(next)
  expect(await users.list(next)).toEqual([])
  while (await store.clients.removeSome());
  expect((await defaultClient()).id).toBe(next.id)
})
