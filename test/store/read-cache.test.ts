import { expect, test } from 'vitest'
import { withReadCache } from '../../src/store/read-cache.js'
import { openSqliteStore } from '../../src/store/sqlite/store.js'
import { newClient, newIntegration, newUser } from './scene.js'

/** A store with a cache whose version the test decides, and a count of what was read from it. */
async function cachedStore() {
  const inner = await openSqliteStore(':memory:')
  const client = newClient()
  const user = newUser(client.id)
  await inner.clients.insert(client)
  await inner.users.insert(user)
  const version = { now: 1 }
  let reads = 0
  const counted = <Texts extends string[], Answer>(read: (...texts: Texts) => Promise<Answer>) => {
    return async (...texts: Texts) => {
      reads++
      // The store has a cache of its own, which is not the one that is tested.
      return structuredClone(await read(...texts))
    }
  }
  const { clients, users, integrations } = inner
  const counting = {
    ...inner,
    clients: { ...clients, find: counted(clients.find), findRecent: counted(clients.findRecent) },
    users: { ...users, find: counted(users.find) },
    integrations: {
      ...integrations,
      find: counted(integrations.find),
      findSelected: counted(integrations.findSelected),
      listOfUser: counted(integrations.listOfUser),
    },
  }
  const store = withReadCache(counting, () => version.now)
  const readsOf = async (run: () => Promise<unknown>): Promise<number> => {
    const before = reads
    await run()
    return reads - before
  }
  return { store, client, user, version, readsOf }
}

test('what was read is the same object until the version changes', async () => {
  const { store, client, user, version } = await cachedStore()
  const account = newIntegration(user, { connector: 'github', userIdentifier: 'one' })
  await store.integrations.insert(account)
  const readAll = () =>
    Promise.all([
      store.clients.findRecent(client.id),
      store.users.find(user.id),
      store.integrations.find(user.id, 'github', 'one'),
      store.integrations.findSelected(user.id, 'github'),
      store.integrations.listOfUser(user.id),
    ])
  const first = await readAll()
  const second = await readAll()
  for (const [at, answer] of first.entries()) expect(second[at]).toBe(answer)
  version.now++
  const third = await readAll()
  expect(third).toEqual(first)
  for (const [at, answer] of first.entries()) expect(third[at]).not.toBe(answer)
})

test('whether a client is there is asked each time where something depends on it', async () => {
  const { store, client, readsOf } = await cachedStore()
  expect(await store.clients.find(client.id)).toBeDefined()
  expect(await readsOf(() => store.clients.find(client.id))).toBe(1)
})

test('a missing row is looked for each time', async () => {
  const { store, readsOf } = await cachedStore()
  expect(await store.clients.findRecent('none')).toBeUndefined()
  expect(await readsOf(() => store.clients.findRecent('none'))).toBe(1)
})

test('what was written during a read is not taken for older', async () => {
  const { store, user, version, readsOf } = await cachedStore()
  await readsOf(() => {
    const reading = store.users.find(user.id)
    version.now++
    return reading
  })
  expect(await readsOf(() => store.users.find(user.id))).toBe(1)
  expect(await readsOf(() => store.users.find(user.id))).toBe(0)
})

test('a long list is read each time, an empty one is remembered', async () => {
  const { store, user, readsOf } = await cachedStore()
  expect(await store.integrations.listOfUser(user.id)).toEqual([])
  expect(await readsOf(() => store.integrations.listOfUser(user.id))).toBe(0)
  const { user: other, store: full } = await cachedStore()
  for (let count = 0; count < 21; count++)
    await full.integrations.insert(newIntegration(other, { userIdentifier: `${count}` }))
  expect(await full.integrations.listOfUser(other.id)).toHaveLength(21)
  expect(await full.integrations.listOfUser(other.id)).not.toBe(await full.integrations.listOfUser(other.id))
})

test('a store that refuses to be read rejects, and throws nothing at once', async () => {
  const { store, user } = await cachedStore()
  const refusing = withReadCache(store, () => {
    throw new Error('refused')
  })
  await expect(refusing.users.find(user.id)).rejects.toThrow('refused')
})
