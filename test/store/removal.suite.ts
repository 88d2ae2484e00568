import { randomUUID } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { Store } from '../../src/store/store.js'
import {
  everythingOf,
  type NewStore,
  newIntegration,
  newLink,
  newRevocation,
  newSkill,
  newUser,
  sceneTest,
  type Tenant,
} from './scene.js'

/** The transaction that deletes a client deletes a thousand rows, and these go first. */
const REVOCATIONS = 1_010

/** Adds what one transaction cannot delete, and a user with something of every kind that it does not reach. */
async function grow(store: Store, { client, user }: Tenant): Promise<{ userId: string; identifier: string }> {
  const zoe = newUser(client.id, { identifier: 'zoe' })
  await store.users.insert(zoe)
  await store.integrations.insert(newIntegration(zoe, { connector: 'linear' }))
  await store.links.insert(newLink(zoe, { id: 'link of zoe', stateHash: 'state of zoe' }))
  await store.jobs.begin(jobOf(client.id, zoe.id), undefined)
  for (let index = 0; index < REVOCATIONS; index++) await store.revocations.insert(newRevocation(user))
  await store.callbacks.insert({ ...callbackOf(client.id, zoe.id), dueAt: 1 })
  return { userId: zoe.id, identifier: zoe.identifier }
}

const jobOf = (clientId: string, userId: string) => ({
  id: 'job of zoe',
  run: 'run',
  clientId,
  userId,
  integrationId: null,
  state: 'done' as const,
  heldUntil: 1,
  sealed: null,
  isReported: false,
  done: null,
  total: null,
  endedAt: 1,
  expiresAt: 9,
})

const callbackOf = (clientId: string, userId: string) => ({
  id: 'callback of zoe',
  clientId,
  userId,
  jobId: 'job of zoe',
  run: 'run',
  sealed: 'v1.sealed',
  attempts: 0,
})

/** Large clients, whose rows go in several transactions. */
export function removalSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  describe('deleting a large client', () => {
    scene('lets nobody find anything of it from then on', async ({ store, mine, theirs, openAgain }) => {
      const zoe = await grow(store, mine)
      const { id } = mine.client
      const other = await openAgain()
      expect(await other.users.find(zoe.userId)).toBeDefined()
      expect(await store.clients.delete(id)).toBe(true)
      // A write of another process is noticed by the next turn of the event loop.
      await nextTurn()
      for (const each of [store, other]) {
        expect(await each.clients.find(id)).toBeUndefined()
        expect(await each.clients.list()).toEqual([theirs.client])
        expect(await each.users.find(zoe.userId)).toBeUndefined()
        expect(await each.users.findByIdentifier(id, zoe.identifier)).toBeUndefined()
        expect(await each.users.list(id)).toEqual([])
        expect(await each.users.page(id, undefined, 10)).toEqual([])
        expect(await each.integrations.listOfUser(zoe.userId)).toEqual([])
        expect(await each.integrations.find(zoe.userId, 'linear', 'octocat')).toBeUndefined()
        expect(await each.integrations.findSelected(zoe.userId, 'linear')).toBeUndefined()
        expect(await each.links.find('link of zoe')).toBeUndefined()
        expect(await each.links.findByState('state of zoe')).toBeUndefined()
        expect(await each.links.take('state of zoe', 1)).toBeUndefined()
        expect(await each.links.claim('link of zoe', 1)).toBeUndefined()
        expect(await each.jobs.find('job of zoe')).toBeUndefined()
        expect(await each.revocations.due(10_000, 10)).toEqual([])
        expect(await each.revocations.listOfClient(id)).toEqual([])
        expect(await each.callbacks.due(10_000, 10)).toEqual([])
        expect(await each.callbacks.nextDue()).toBeUndefined()
        expect(await each.skills.list(id, 9, 0)).toEqual({ rows: [], total: 0 })
      }
    })

    scene('lets nobody write anything of it from then on', async ({ store, mine }) => {
      const zoe = { ...newUser(mine.client.id), id: (await grow(store, mine)).userId }
      const { id, dataKey } = mine.client
      await store.clients.delete(id)
      expect(await store.clients.delete(id)).toBe(false)
      expect(await store.clients.rewrap(id, '', 'key')).toBe(false)
      expect(await store.clients.rewrap(id, dataKey, 'key')).toBe(false)
      expect(await store.clients.setCallbackOrigins(id, [])).toBe(false)
      expect(await store.users.insert(newUser(id, { identifier: 'new' }))).toBe(false)
      expect(await store.integrations.insert(newIntegration(zoe, { connector: 'slack' }))).toBeUndefined()
      expect(await store.integrations.put(newIntegration(zoe, { connector: 'linear' }))).toBeUndefined()
      expect(await store.integrations.select(zoe.id, 'linear', 'octocat')).toBe(false)
      expect(await store.integrations.delete(zoe.id, 'linear', 'octocat')).toBeUndefined()
      expect(await store.revocations.insert(newRevocation(zoe))).toBe(false)
      expect(await store.jobs.begin({ ...jobOf(id, zoe.id), id: 'another' }, undefined)).toBe('no owner')
      expect(await store.skills.insert(newSkill(id, { name: 'another' }))).toBe(false)
    })

    scene(
      'removes its rows in steps, by any process, and everything in the end',
      async ({ store, mine, openAgain }) => {
        await grow(store, mine)
        for (let index = 0; index < 500; index++) {
          const user = newUser(mine.client.id, { identifier: `user ${index}` })
          await store.users.insert(user)
          await store.integrations.insert(newIntegration(user))
        }
        expect(await store.clients.removeSome()).toBe(false)
        await store.clients.delete(mine.client.id)
        const other = await openAgain()
        let steps = 0
        while (await (steps % 2 ? store : other).clients.removeSome()) steps += 1
        // About two thousand rows, of which the deletion itself takes half.
        expect(steps).toBe(2)
        // The id is free again, and nothing of it comes back.
        expect(await store.clients.insert(mine.client)).toBe(true)
        expect(await everythingOf(store, mine)).toMatchObject({ users: [], link: undefined, revocations: [] })
        expect(await store.users.insert(mine.user)).toBe(true)
        expect(await store.integrations.listOfUser(mine.user.id)).toEqual([])
      },
    )

    scene('frees its name and its users for another client at once', async ({ store, mine }) => {
      const zoe = await grow(store, mine)
      await store.clients.delete(mine.client.id)
      const next = { ...mine.client, id: randomUUID() }
      expect(await store.clients.insert(mine.client)).toBe(false)
      expect(await store.clients.insert(next)).toBe(true)
      const moved = newUser(next.id, { id: zoe.userId, identifier: 'zoe' })
      expect(await store.users.insert(moved)).toBe(true)
      while (await store.clients.removeSome());
      expect(await store.users.list(next.id)).toEqual([moved])
      expect(await store.clients.delete(next.id)).toBe(true)
    })
  })
}
