import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { KeptRow } from '../../src/store/kept-rows.js'
import type { Store, UserRow } from '../../src/store/store.js'
import { type NewStore, newUser, sceneTest } from './scene.js'

const LIMITS = { things: 3, bytes: 100 }
const ROOMY = { things: 100, bytes: 10_000 }

const newKept = (user: UserRow, over: Partial<KeptRow> = {}): KeptRow => ({
  id: `file_${randomUUID()}`,
  clientId: user.clientId,
  userId: user.id,
  kind: 'file',
  sealed: 'v1.head',
  size: 10,
  parts: 1,
  createdAt: 1000,
  expiresAt: 5000,
  ...over,
})

/** How many steps it takes until nothing is left to delete. */
async function sweepAll({ kept }: Store, now: number, parts = 4): Promise<number> {
  let steps = 0
  while (await kept.sweep(now, parts)) steps += 1
  return steps
}

export function keptSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  describe('what is kept', () => {
    scene('is read again as it was stored, by every process', async ({ store, mine, openAgain }) => {
      const row = newKept(mine.user, { kind: 'result', parts: 2, size: 2 ** 25 })
      expect(await store.kept.begin(row, { things: 1, bytes: 2 ** 28 })).toBe(true)
      expect(await store.kept.addPart(row.id, 0, 'v1.first', 1001)).toBe(true)
      expect(await store.kept.addPart(row.id, 1, 'v1.second', 1001)).toBe(true)
      const other = await openAgain()
      expect(await other.kept.find(row.id)).toEqual(row)
      expect(await other.kept.part(row.id, 0)).toBe('v1.first')
      expect(await other.kept.part(row.id, 1)).toBe('v1.second')
      expect(await other.kept.part(row.id, 2)).toBeUndefined()
      expect(await other.kept.find('file_unknown')).toBeUndefined()
      await expect(store.kept.addPart(row.id, 1, 'v1.third', 1001)).rejects.toThrow()
      expect(await store.kept.part(row.id, 1)).toBe('v1.second')
    })

    scene('belongs to a user, and goes with the client', async ({ store, mine, theirs }) => {
      const foreign = newKept(mine.user, { clientId: theirs.client.id })
      expect(await store.kept.begin(foreign, ROOMY)).toBe(false)
      expect(await store.kept.begin(newKept({ id: 'gone', clientId: 'gone' } as UserRow), ROOMY)).toBe(false)
      const row = newKept(mine.user)
      await store.kept.begin(row, ROOMY)
      await store.kept.addPart(row.id, 0, 'v1.part', 1001)
      await store.clients.delete(mine.client.id)
      expect(await store.kept.find(row.id)).toBeUndefined()
      expect(await store.kept.part(row.id, 0)).toBeUndefined()
      expect(await store.kept.addPart(row.id, 1, 'v1.part', 1001)).toBe(false)
    })

    scene('makes room for a new thing, the oldest first, by number', async ({ store, mine, theirs }) => {
      const other = newUser(mine.client.id, { identifier: 'bob' })
      await store.users.insert(other)
      const untouched = [newKept(theirs.user, { createdAt: 1 }), newKept(other, { createdAt: 1 })]
      const rows = [3, 1, 2, 4, 5].map((createdAt) => newKept(mine.user, { createdAt }))
      for (const row of [...untouched, ...rows]) expect(await store.kept.begin(row, LIMITS)).toBe(true)
      const left = await Promise.all([...untouched, ...rows].map(({ id }) => store.kept.find(id)))
      expect(left.map((row) => row?.expiresAt)).toEqual([5000, 5000, 5000, 0, 0, 5000, 5000])
    })

    scene('makes room by bytes, down to nothing else', async ({ store, mine }) => {
      const sizes = [40, 30, 30]
      const rows = sizes.map((size, at) => newKept(mine.user, { size, createdAt: at }))
      for (const row of rows) await store.kept.begin(row, LIMITS)
      const expiries = async () =>
        (await Promise.all(rows.map(({ id }) => store.kept.find(id)))).map((r) => r?.expiresAt)
      expect(await expiries()).toEqual([5000, 5000, 5000])
      await store.kept.begin(newKept(mine.user, { size: 0, createdAt: 10 }), { ...LIMITS, things: 4 })
      expect(await expiries()).toEqual([5000, 5000, 5000])
      await store.kept.begin(newKept(mine.user, { size: 1, createdAt: 11 }), { ...LIMITS, things: 9 })
      expect(await expiries()).toEqual([0, 5000, 5000])
      await store.kept.begin(newKept(mine.user, { size: 100, createdAt: 12 }), { ...LIMITS, things: 9 })
      expect(await expiries()).toEqual([0, 0, 0])
    })

    scene('counts what has expired no longer', async ({ store, mine }) => {
      const old = newKept(mine.user, { createdAt: 1, expiresAt: 50 })
      const alive = newKept(mine.user, { createdAt: 2, size: 60 })
      await store.kept.begin(old, LIMITS)
      await store.kept.begin(alive, LIMITS)
      const next = newKept(mine.user, { createdAt: 50, size: 40 })
      await store.kept.begin(next, LIMITS)
      expect(await store.kept.find(alive.id)).toEqual(alive)
      expect(await store.kept.find(old.id)).toEqual(old)
    })

    scene('stays within the limits when two processes add at once', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      const rows = Array.from({ length: 20 }, (_, at) => newKept(mine.user, { createdAt: 100 + at }))
      await Promise.all(rows.map((row, at) => (at % 2 ? store : other).kept.begin(row, LIMITS)))
      const found = await Promise.all(rows.map(({ id }) => store.kept.find(id)))
      expect(found.filter((row) => row?.expiresAt === 5000)).toHaveLength(LIMITS.things)
    })

    scene('takes no part once it has expired or made room', async ({ store, mine }) => {
      const row = newKept(mine.user, { parts: 2 })
      await store.kept.begin(row, ROOMY)
      expect(await store.kept.addPart(row.id, 0, 'v1.part', 4999)).toBe(true)
      expect(await store.kept.addPart(row.id, 1, 'v1.part', 5000)).toBe(false)
      await store.kept.expire(row.id)
      expect(await store.kept.addPart(row.id, 1, 'v1.part', 1001)).toBe(false)
    })

    scene('expires alone, or with all of its client', async ({ store, mine, theirs }) => {
      const [one, two] = [newKept(mine.user), newKept(mine.user)]
      const foreign = newKept(theirs.user)
      for (const row of [one, two, foreign]) await store.kept.begin(row, ROOMY)
      await store.kept.expire(one.id)
      expect(await store.kept.find(one.id)).toEqual({ ...one, expiresAt: 0 })
      expect(await store.kept.find(two.id)).toEqual(two)
      await store.kept.expireOfClient(mine.client.id)
      expect(await store.kept.find(two.id)).toEqual({ ...two, expiresAt: 0 })
      expect(await store.kept.find(foreign.id)).toEqual(foreign)
    })

    scene(
      'is deleted a few parts at a time when it has expired, and nothing else is',
      async ({ store, mine, theirs }) => {
        const large = newKept(mine.user, { parts: 9, expiresAt: 4000 })
        const small = newKept(mine.user, { parts: 0, expiresAt: 4001 })
        const alive = [newKept(mine.user, { expiresAt: 4002 }), newKept(theirs.user)]
        for (const row of [large, small, ...alive]) {
          await store.kept.begin(row, ROOMY)
          for (let at = 0; at < row.parts; at++) await store.kept.addPart(row.id, at, `v1.${at}`, 1)
        }
        expect(await store.kept.sweep(3999, 4)).toBe(false)
        expect(await store.kept.sweep(4001, 4)).toBe(true)
        const numbers = async () => {
          const parts = await Promise.all(Array.from({ length: 9 }, (_, at) => store.kept.part(large.id, at)))
          return parts.flatMap((part, at) => (part === undefined ? [] : [at]))
        }
        expect(await numbers()).toEqual([4, 5, 6, 7, 8])
        expect(await store.kept.find(large.id)).toEqual(large)
        // Two more for the large one, the last with its row, and one for the small one.
        expect(await sweepAll(store, 4001)).toBe(3)
        expect(await numbers()).toEqual([])
        expect(await store.kept.find(large.id)).toBeUndefined()
        expect(await store.kept.find(small.id)).toBeUndefined()
        for (const row of alive) {
          expect(await store.kept.find(row.id)).toEqual(row)
          expect(await store.kept.part(row.id, 0)).toBe('v1.0')
        }
      },
    )

    scene('is deleted by two processes at once', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      const rows = Array.from({ length: 6 }, () => newKept(mine.user, { parts: 3 }))
      for (const row of rows) {
        await store.kept.begin(row, ROOMY)
        for (let at = 0; at < row.parts; at++) await store.kept.addPart(row.id, at, 'v1.part', 1)
      }
      await Promise.all([sweepAll(store, 5000, 2), sweepAll(other, 5000, 2)])
      for (const { id } of rows) expect(await other.kept.find(id)).toBeUndefined()
    })
  })
}
