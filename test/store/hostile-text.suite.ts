import { describe, expect } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import type { Store } from '../../src/store/store.js'
import {
  type NewStore,
  newClient,
  newIntegration,
  newLink,
  newRevocation,
  newSealed,
  newSkill,
  newUser,
  type Scene,
  sceneTest,
} from './scene.js'

const ATTEMPTS = [
  "' or '1'='1",
  "'; drop table users; --",
  "x' union select id, data_key from clients --",
  '" or ""="',
  '"users"; delete from clients; --',
  '\\',
  "\\' or 1=1 --",
  '%',
  '_',
  '*',
  '?',
  ':id',
  '$1',
  '@x',
  '/* */',
  'null',
  '1; attach database "x" as y',
  '\u2019 or 1=1',
  '{"toOperationNode":1}',
  '__proto__',
  'x'.repeat(100_000),
]

/** Every method with the same text in each place that takes one. What it gives back for a text that nothing has. */
const SEARCHES: Record<string, (store: Store, text: string) => Promise<unknown>> = {
  'meta.get': (store, text) => store.meta.get(text),
  'meta.replace': (store, text) => store.meta.replace(text, text, text),
  'clients.find': (store, text) => store.clients.find(text),
  'clients.rewrap': (store, text) => store.clients.rewrap(text, text, text),
  'clients.delete': (store, text) => store.clients.delete(text),
  'users.find': (store, text) => store.users.find(text),
  'users.findByIdentifier': (store, text) => store.users.findByIdentifier(text, text),
  'users.list': (store, text) => store.users.list(text),
  'integrations.listOfUser': (store, text) => store.integrations.listOfUser(text),
  'integrations.pageOfGrants': async (store, text) => (await store.integrations.pageOfGrants(text, 0, 9)).rows,
  'integrations.find': (store, text) => store.integrations.find(text, text, text),
  'integrations.findSelected': (store, text) => store.integrations.findSelected(text, text),
  'integrations.updateCredential': (store, text) => store.integrations.updateCredential(text, 1, newSealed(text), 1),
  'integrations.setStatus': (store, text) => store.integrations.setStatus(text, 1, 'reconnect_required', 1),
  'integrations.select': (store, text) => store.integrations.select(text, text, text),
  'integrations.delete': (store, text) => store.integrations.delete(text, text, text),
  'links.find': (store, text) => store.links.find(text),
  'links.start': (store, text) => store.links.start(text, text, text),
  'links.take': (store, text) => store.links.take(text, 1),
  'links.finish': (store, text) => store.links.finish(text, { error: text }),
  'revocations.listOfClient': (store, text) => store.revocations.listOfClient(text),
  'revocations.putOff': (store, text) => store.revocations.putOff({ id: text, dueAt: 1 }, { attempts: 1, dueAt: 2 }),
  'revocations.delete': (store, text) => store.revocations.delete(text),
  'leases.release': (store, text) => store.leases.release(text, text),
  'skills.list': (store, text) => store.skills.list(text, 10, 0),
  'skills.find': (store, text) => store.skills.find(text, text),
}
const NOTHING = [undefined, false, [], { rows: [], total: 0 }]

/** Text that tries to be more than text: it is stored, compared and read back as it is, and does nothing else. */
export function hostileTextSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  describe('hostile text', () => {
    scene('in a search finds and changes nothing', async ({ store }) => {
      for (const text of ATTEMPTS) {
        for (const [method, search] of Object.entries(SEARCHES)) {
          expect(NOTHING, `${method} ${text.slice(0, 40)}`).toContainEqual(await search(store, text))
        }
      }
      expect(await store.clients.list()).toHaveLength(2)
    })

    scene('next to a real name finds and changes nothing', async ({ store, mine }) => {
      const { id } = mine.user
      for (const text of ATTEMPTS) {
        const answers = [
          await store.users.findByIdentifier(mine.client.id, text),
          await store.integrations.find(id, text, 'octocat'),
          await store.integrations.find(id, 'github', text),
          await store.integrations.findSelected(id, text),
          await store.integrations.select(id, 'github', text),
          await store.integrations.select(id, text, 'octocat'),
          await store.integrations.delete(id, 'github', text),
          await store.clients.rewrap(mine.client.id, text, 'x'),
          await store.skills.find(mine.client.id, text),
        ]
        for (const answer of answers) expect(NOTHING).toContainEqual(answer)
      }
      expect(await store.integrations.listOfUser(id)).toHaveLength(3)
    })

    scene('as a value is stored unchanged', async (scene) => {
      for (const text of ATTEMPTS) await keep(scene, text)
    })

    scene('that cannot be stored unchanged is refused, and changes nothing', async ({ store, mine }) => {
      const texts = ['a\u0000', '\u0000', 'a\ud800', '\udc00b', `${'x'.repeat(5000)}\u0000`]
      for (const text of texts) {
        const writes = [
          store.meta.putIfAbsent('key', text),
          store.clients.insert(newClient({ name: text })),
          store.users.insert(newUser(mine.client.id, { identifier: text })),
          store.integrations.insert(newIntegration(mine.user, { userIdentifier: text })),
          store.skills.insert(newSkill(mine.client.id, { name: 'x', content: text })),
          store.revocations.insert(newRevocation(mine.user, { credential: text })),
        ]
        for (const write of writes) {
          const error = await write.catch((thrown: unknown) => thrown)
          expect(error).toBeInstanceOf(ConnectorsError)
          expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
        }
      }
      expect(await store.meta.get('key')).toBeUndefined()
      expect(await store.clients.list()).toHaveLength(2)
      expect(await store.users.list(mine.client.id)).toEqual([mine.user])
      expect(await store.integrations.listOfUser(mine.user.id)).toHaveLength(3)
      expect((await store.skills.list(mine.client.id, 10, 0)).total).toBe(1)
    })
  })
}

async function keep({ store, mine }: Scene, text: string): Promise<void> {
  expect(await store.meta.putIfAbsent(text, text)).toBe(text)
  expect(await store.meta.get(text)).toBe(text)

  const client = newClient({ name: text, keyHash: text, dataKey: text })
  expect(await store.clients.insert(client)).toBe(true)
  expect(await store.clients.find(client.id)).toEqual(client)

  const user = newUser(mine.client.id, { identifier: text, secretHash: text, secretPreview: text })
  expect(await store.users.insert(user)).toBe(true)
  expect(await store.users.findByIdentifier(mine.client.id, text)).toEqual(user)

  const row = newIntegration(user, { connector: text, userIdentifier: text, authScopes: [text], credential: text })
  expect(await store.integrations.insert(row)).toBeDefined()
  expect(await store.integrations.find(user.id, text, text)).toMatchObject(row)
  expect(await store.integrations.findSelected(user.id, text)).toMatchObject(row)
  expect(await store.integrations.delete(user.id, text, text)).toMatchObject({ removed: row, newDefault: null })

  const link = newLink(user, { connector: text, stateHash: text, callbackUrl: text, sealed: text })
  await store.links.insert(link)
  expect(await store.links.take(text, 1500)).toEqual({ ...link, status: 'consumed', expiresAt: 1500 })
  await store.links.finish(link.id, { userIdentifier: text })
  expect(await store.links.find(link.id)).toEqual({ ...link, status: 'linked', expiresAt: 1500, userIdentifier: text })

  expect(await store.leases.acquire(text, text, 2000, 1000)).toBe(true)
  expect(await store.leases.acquire(text, `${text}.`, 2000, 1000)).toBe(false)
  await store.leases.release(text, text)

  const skill = newSkill(mine.client.id, { name: text, description: text, content: text })
  expect(await store.skills.insert(skill)).toBe(true)
  expect(await store.skills.find(mine.client.id, skill.id)).toEqual(skill)
}
