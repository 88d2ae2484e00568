import { describe, expect } from 'vitest'
import {
  addTenant,
  everythingOf,
  type NewStore,
  newClient,
  newIntegration,
  newLink,
  newUser,
  sceneTest,
} from './scene.js'

/** `meta`, `clients` and `users`. */
export function peopleSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  describe('values of the store itself', () => {
    scene('a value is stored once, and later attempts keep the first one', async ({ store, openAgain }) => {
      expect(await store.meta.get('root_key')).toBeUndefined()
      expect(await store.meta.putIfAbsent('root_key', 'one')).toBe('one')
      expect(await (await openAgain()).meta.putIfAbsent('root_key', 'two')).toBe('one')
      expect(await store.meta.get('root_key')).toBe('one')
      expect(await store.meta.get('ROOT_KEY')).toBeUndefined()
    })

    scene('concurrent attempts to store a value all get the same one', async ({ store, openAgain }) => {
      const stores = [store, await openAgain()]
      const puts = Array.from({ length: 20 }, (_, index) =>
        stores[index % 2]?.meta.putIfAbsent('key', `value ${index}`),
      )
      const values = await Promise.all(puts)
      expect(new Set(values).size).toBe(1)
      expect(await store.meta.get('key')).toBe(values[0])
    })

    scene('a value is replaced only if it equals the expected old value', async ({ store }) => {
      expect(await store.meta.replace('key', 'one', 'two')).toBe(false)
      expect(await store.meta.get('key')).toBeUndefined()
      await store.meta.putIfAbsent('key', 'one')
      expect(await store.meta.replace('key', 'other', 'two')).toBe(false)
      expect(await store.meta.replace('key', 'one', 'two')).toBe(true)
      expect(await store.meta.replace('key', 'one', 'three')).toBe(false)
      expect(await store.meta.get('key')).toBe('two')
    })

    scene('of many concurrent replacements, one succeeds', async ({ store, openAgain }) => {
      const stores = [store, await openAgain()]
      await store.meta.putIfAbsent('key', 'one')
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, index) => stores[index % 2]?.meta.replace('key', 'one', `value ${index}`)),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await store.meta.get('key')).toBe(`value ${done.indexOf(true)}`)
    })
  })

  describe('clients', () => {
    scene('a client is read back as it was inserted', async ({ store, mine, theirs }) => {
      const client = newClient({
        isActive: false,
        createdAt: 1_764_000_000_003,
        name: 'Zürich – 東京',
        callbackOrigins: ['https://b.example', 'https://a.example'],
      })
      expect(await store.clients.insert(client)).toBe(true)
      expect(await store.clients.find(client.id)).toEqual(client)
      const ids = (await store.clients.list()).map(({ id }) => id)
      expect(ids).toHaveLength(3)
      expect(new Set(ids)).toEqual(new Set([mine.client.id, theirs.client.id, client.id]))
      expect(ids.at(-1)).toBe(client.id)
    })

    scene('a client with an id or a name that is taken is not stored', async ({ store, mine, theirs }) => {
      expect(await store.clients.insert(newClient({ id: theirs.client.id }))).toBe(false)
      expect(await store.clients.insert(newClient({ name: mine.client.name }))).toBe(false)
      expect(await store.clients.insert(newClient({ name: mine.client.name.toUpperCase() }))).toBe(true)
      expect(await store.clients.find(mine.client.id)).toEqual(mine.client)
    })

    scene('a data key is rewrapped only if it equals the expected old one', async ({ store, mine, openAgain }) => {
      const { id, dataKey } = mine.client
      expect(await store.clients.rewrap(id, 'another', 'new')).toBe(false)
      expect(await store.clients.rewrap('nobody', dataKey, 'new')).toBe(false)
      const other = await openAgain()
      const done = await Promise.all([store.clients.rewrap(id, dataKey, 'a'), other.clients.rewrap(id, dataKey, 'b')])
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await store.clients.find(id)).toEqual({ ...mine.client, dataKey: done[0] ? 'a' : 'b' })
    })

    scene('callback origins are replaced as a whole', async ({ store, mine, openAgain }) => {
      const { id } = mine.client
      for (const callbackOrigins of [['https://b.example', 'http://127.0.0.1'], ['https://a.example'], []]) {
        expect(await store.clients.setCallbackOrigins(id, callbackOrigins)).toBe(true)
        expect(await store.clients.find(id)).toEqual({ ...mine.client, callbackOrigins })
        expect(await (await openAgain()).clients.find(id)).toEqual({ ...mine.client, callbackOrigins })
      }
      expect(await store.clients.setCallbackOrigins('nobody', ['https://a.example'])).toBe(false)
    })

    scene(
      'deleting a client deletes everything that belongs to it, and nothing else',
      async ({ store, mine, theirs }) => {
        await store.users.insert(newUser(mine.client.id, { identifier: 'bob' }))
        expect(await store.clients.delete(mine.client.id)).toBe(true)
        expect(await everythingOf(store, mine)).toEqual({
          client: undefined,
          users: [],
          integrations: [],
          link: undefined,
          revocations: [],
          skills: { rows: [], total: 0 },
        })
        expect(await store.users.find(mine.user.id)).toBeUndefined()
        expect(await store.integrations.listOfUser(mine.user.id)).toEqual([])
        expect(await store.clients.list()).toEqual([theirs.client])
        expect(await store.clients.delete(mine.client.id)).toBe(false)
      },
    )

    scene('writes for a deleted client are ignored without an error', async ({ store, mine }) => {
      await store.clients.delete(mine.client.id)
      expect(await store.users.insert(newUser(mine.client.id))).toBe(false)
      expect(await store.integrations.insert(newIntegration(mine.user))).toBeUndefined()
      expect(await store.skills.insert(mine.skill)).toBe(false)
      const link = newLink(mine.user)
      await store.links.insert(link)
      expect(await store.links.find(link.id)).toBeUndefined()
      expect((await store.users.list(mine.client.id)).length).toBe(0)
    })

    scene('the name of a client can be used again after the client is deleted', async ({ store, mine }) => {
      await store.clients.delete(mine.client.id)
      expect(await store.clients.insert(newClient({ name: mine.client.name }))).toBe(true)
    })
  })

  describe('users', () => {
    scene('a user is read back as it was inserted', async ({ store, mine }) => {
      const user = newUser(mine.client.id, { identifier: 'bob@example.com', isActive: false })
      expect(await store.users.insert(user)).toBe(true)
      expect(await store.users.find(user.id)).toEqual(user)
      expect(await store.users.findByIdentifier(mine.client.id, 'bob@example.com')).toEqual(user)
      expect(await store.users.list(mine.client.id)).toEqual(expect.arrayContaining([mine.user, user]))
      expect(await store.users.list(mine.client.id)).toHaveLength(2)
    })

    scene('an identifier is unique within its client only', async ({ store, mine, theirs }) => {
      expect(mine.user.identifier).toBe(theirs.user.identifier)
      expect(await store.users.insert(newUser(mine.client.id))).toBe(false)
      expect(await store.users.findByIdentifier(mine.client.id, 'ann')).toEqual(mine.user)
      expect(await store.users.findByIdentifier(theirs.client.id, 'ann')).toEqual(theirs.user)
    })

    scene('a user gets another secret, and nobody else does', async ({ store, mine, theirs, openAgain }) => {
      const secret = { secretHash: 'another hash', secretPreview: 'sk-user-...another', secretSerial: 'serial-2' }
      expect(await store.users.find(mine.user.id)).toEqual(mine.user)
      expect(await store.users.setSecret(mine.user.id, secret)).toBe(true)
      expect(await (await openAgain()).users.find(mine.user.id)).toEqual({ ...mine.user, ...secret })
      expect(await store.users.find(mine.user.id)).toEqual({ ...mine.user, ...secret })
      expect(await store.users.find(theirs.user.id)).toEqual(theirs.user)
      expect(await store.users.setSecret('nobody', secret)).toBe(false)
    })

    scene('an id that a user of another client has cannot be taken over', async ({ store, mine, theirs }) => {
      const user = newUser(mine.client.id, { id: theirs.user.id, identifier: 'eve' })
      expect(await store.users.insert(user)).toBe(false)
      expect(await store.users.find(theirs.user.id)).toEqual(theirs.user)
    })

    scene('identifiers are compared byte by byte', async ({ store, mine }) => {
      const identifiers = ['Ann', 'ANN', ' ann', 'ann ', 'änn', 'a\u0308nn', '％', '%', '_nn', 'a%', '東京', '👩‍💻', '']
      for (const identifier of identifiers) {
        expect(await store.users.insert(newUser(mine.client.id, { identifier })), identifier).toBe(true)
        expect(await store.users.insert(newUser(mine.client.id, { identifier })), identifier).toBe(false)
      }
      for (const identifier of identifiers) {
        expect((await store.users.findByIdentifier(mine.client.id, identifier))?.identifier).toBe(identifier)
      }
      expect(await store.users.list(mine.client.id)).toHaveLength(identifiers.length + 1)
    })

    scene('an identifier that many register at once goes to one of them', async ({ store, mine, openAgain }) => {
      const stores = [store, await openAgain()]
      const users = Array.from({ length: 10 }, () => newUser(mine.client.id, { identifier: 'new' }))
      const done = await Promise.all(users.map((user, index) => stores[index % 2]?.users.insert(user)))
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await store.users.findByIdentifier(mine.client.id, 'new')).toEqual(users[done.indexOf(true)])
    })

    scene("the pages of a client's users contain each user once", async ({ store, mine, theirs }) => {
      const ids = [mine.user.id]
      for (let index = 0; index < 6; index++) {
        const user = newUser(mine.client.id, { identifier: `user ${index}` })
        await store.users.insert(user)
        ids.push(user.id)
      }
      for (const limit of [1, 2, 7, 100]) {
        const seen: string[] = []
        for (let last: string | undefined; ; ) {
          const page = await store.users.page(mine.client.id, last, limit)
          expect(page.length).toBeLessThanOrEqual(limit)
          if (page.length === 0) break
          seen.push(...page.map(({ id }) => id))
          last = seen.at(-1)
        }
        expect(seen).toEqual(ids.toSorted())
      }
      expect(await store.users.page(theirs.client.id, undefined, 5)).toEqual([theirs.user])
      expect(await store.users.page('nobody', undefined, 5)).toEqual([])
    })

    scene('reading a missing user finds nothing', async ({ store, mine }) => {
      expect(await store.users.find('nobody')).toBeUndefined()
      expect(await store.users.findByIdentifier(mine.client.id, 'nobody')).toBeUndefined()
      expect(await store.users.findByIdentifier('nobody', 'ann')).toBeUndefined()
      expect(await store.users.list('nobody')).toEqual([])
    })

    scene('a store that is opened again contains everything', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      expect(await everythingOf(other, mine)).toEqual(await everythingOf(store, mine))
      const third = await addTenant(other)
      expect(await everythingOf(store, third)).toEqual(await everythingOf(other, third))
    })
  })
}
