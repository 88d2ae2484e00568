import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { UserRow } from '../../src/store/store.js'
import { type NewStore, newIntegration, newRevocation, sceneTest } from './scene.js'

export function revocationsSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)
  const planned = (id = randomUUID()) => ({ id, dueAt: 5000, createdAt: 4000 })

  describe('pending revocations', () => {
    scene('the credential of a removed account becomes a pending revocation', async ({ store, mine, openAgain }) => {
      const account = newIntegration(mine.user, { userIdentifier: 'new', credential: 'v1.mine' })
      await store.integrations.insert(account)
      const plan = planned()
      const done = await store.integrations.delete(mine.user.id, 'github', 'new', plan)
      expect(done?.removed).toMatchObject({ id: account.id, credential: 'v1.mine' })
      const other = await openAgain()
      expect(await other.integrations.find(mine.user.id, 'github', 'new')).toBeUndefined()
      expect(await other.revocations.listOfClient(mine.client.id)).toEqual([
        newRevocation(mine.user, { ...plan, userIdentifier: 'new', credential: 'v1.mine' }),
      ])
    })

    scene(
      'an account without OAuth, without the request to revoke, or missing leaves no pending revocation',
      async ({ store, mine }) => {
        const pasted = newIntegration(mine.user, { userIdentifier: 'pasted', authType: 'custom' })
        await store.integrations.insert(pasted)
        expect(await store.integrations.delete(mine.user.id, 'github', 'pasted', planned())).toBeDefined()
        expect(await store.integrations.delete(mine.user.id, 'github', 'nothing', planned())).toBeUndefined()
        expect(await store.integrations.delete(mine.user.id, 'github', 'work')).toBeDefined()
        expect(await store.revocations.listOfClient(mine.client.id)).toEqual([])
      },
    )

    scene(
      'a revocation is due from its time on, and the one overdue the longest comes first',
      async ({ store, mine }) => {
        const rows = [300, 100, 200].map((dueAt) => newRevocation(mine.user, { dueAt }))
        for (const row of rows) expect(await store.revocations.insert(row)).toBe(true)
        const due = async (now: number, limit = 10) =>
          (await store.revocations.due(now, limit)).map(({ dueAt }) => dueAt)
        expect(await due(99)).toEqual([])
        expect(await due(200)).toEqual([100, 200])
        expect(await due(1000, 2)).toEqual([100, 200])
        expect(await store.revocations.due(100, 10)).toEqual([rows[1]])
      },
    )

    scene("a revocation is found only for its own user and that user's client", async ({ store, mine, theirs }) => {
      expect(await store.revocations.insert(newRevocation(mine.user, { clientId: theirs.client.id }))).toBe(false)
      expect(await store.revocations.insert(newRevocation({ id: 'nobody', clientId: 'x' } as UserRow))).toBe(false)
      const row = newRevocation(mine.user)
      expect(await store.revocations.insert(row)).toBe(true)
      expect(await store.revocations.insert(newRevocation(theirs.user, { id: row.id }))).toBe(false)
      expect(await store.revocations.listOfClient(mine.client.id)).toEqual([row])
      expect(await store.revocations.listOfClient(theirs.client.id)).toEqual([])
    })

    scene('of many concurrent postponements of one revocation, one succeeds', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      const row = newRevocation(mine.user, { dueAt: 100 })
      await store.revocations.insert(row)
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? store : other).revocations.putOff(row, { attempts: 1, dueAt: 1000 + index }),
        ),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
      const dueAt = 1000 + done.indexOf(true)
      expect(await store.revocations.listOfClient(mine.client.id)).toEqual([{ ...row, attempts: 1, dueAt }])
      expect(await store.revocations.due(999, 10)).toEqual([])
    })

    scene('deleting a revocation keeps the others', async ({ store, mine }) => {
      const [gone, stays] = [newRevocation(mine.user), newRevocation(mine.user)]
      for (const row of [gone, stays]) await store.revocations.insert(row)
      await store.revocations.delete(gone.id)
      await store.revocations.delete(gone.id)
      expect(await store.revocations.putOff(gone, { attempts: 1, dueAt: 1 })).toBe(false)
      expect(await store.revocations.listOfClient(mine.client.id)).toEqual([stays])
    })

    scene('deleting a client deletes its revocations', async ({ store, mine }) => {
      await store.revocations.insert(newRevocation(mine.user))
      await store.clients.delete(mine.client.id)
      expect(await store.revocations.due(10_000, 10)).toEqual([])
      expect(await store.revocations.insert(newRevocation(mine.user))).toBe(false)
    })
  })
}
