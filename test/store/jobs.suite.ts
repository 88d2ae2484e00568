import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { CallbackRow, JobRow, UserRow } from '../../src/store/store.js'
import { type NewStore, newIntegration, sceneTest } from './scene.js'

const newJob = (user: UserRow, over: Partial<JobRow> = {}): JobRow => ({
  id: randomUUID(),
  run: randomUUID(),
  clientId: user.clientId,
  userId: user.id,
  integrationId: null,
  state: 'running',
  heldUntil: 1000,
  sealed: null,
  isReported: false,
  done: null,
  total: null,
  endedAt: null,
  expiresAt: 5000,
  ...over,
})

const newCallback = (job: JobRow, over: Partial<CallbackRow> = {}): CallbackRow => ({
  id: randomUUID(),
  clientId: job.clientId,
  userId: job.userId,
  jobId: job.id,
  run: job.run,
  sealed: 'v1.sealed',
  attempts: 0,
  dueAt: 100,
  ...over,
})

const OUTCOME = { state: 'done' as const, sealed: 'v1.outcome', endedAt: 700, expiresAt: 900 }

export function jobsSuite(newStore: NewStore): void {
  const scene = sceneTest(newStore)

  describe('jobs', () => {
    scene('of many processes that begin one job, one does', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      const id = randomUUID()
      const rows = Array.from({ length: 20 }, () => newJob(mine.user, { id }))
      const begun = await Promise.all(rows.map((row, at) => (at % 2 ? store : other).jobs.begin(row, undefined)))
      expect(begun.filter((outcome) => outcome === 'begun')).toHaveLength(1)
      expect(begun.filter((outcome) => outcome === 'taken')).toHaveLength(19)
      expect(await other.jobs.find(id)).toEqual(rows[begun.indexOf('begun')])
    })

    scene('a run is replaced once, by one that knows it; the replaced one can end nothing', async ({ store, mine }) => {
      const first = newJob(mine.user)
      await store.jobs.begin(first, undefined)
      const next = { ...first, run: 'second', heldUntil: 2000 }
      expect(await store.jobs.begin(next, 'unknown')).toBe('taken')
      expect(await store.jobs.begin(next, first.run)).toBe('begun')
      expect(await store.jobs.begin({ ...next, run: 'third' }, first.run)).toBe('taken')
      expect(await store.jobs.renew(first, { heldUntil: 9000, done: 1, total: 2 })).toBe(false)
      expect(await store.jobs.end(first, OUTCOME)).toBe(false)
      await store.jobs.letGo(first)
      await store.jobs.markReported(first)
      expect(await store.jobs.find(first.id)).toEqual(next)
    })

    scene('a run says that it is alive and how far it is, ends once, and is told', async ({ store, mine }) => {
      const job = newJob(mine.user)
      await store.jobs.begin(job, undefined)
      expect(await store.jobs.renew(job, { heldUntil: 3000, done: 7, total: 30 })).toBe(true)
      expect(await store.jobs.find(job.id)).toEqual({ ...job, heldUntil: 3000, done: 7, total: 30 })
      expect(await store.jobs.end(job, OUTCOME)).toBe(true)
      expect(await store.jobs.end(job, { ...OUTCOME, state: 'failed' })).toBe(false)
      expect(await store.jobs.renew(job, { heldUntil: 4000, done: 8, total: 30 })).toBe(false)
      await store.jobs.markReported(job)
      const ended = { ...job, ...OUTCOME, heldUntil: 3000, done: 7, total: 30, isReported: true }
      expect(await store.jobs.find(job.id)).toEqual(ended)
    })

    scene('a run that is let go is held no longer', async ({ store, mine }) => {
      const jobs = [newJob(mine.user, { heldUntil: 1000 }), newJob(mine.user, { heldUntil: 2000 })]
      for (const job of jobs) await store.jobs.begin(job, undefined)
      expect(await store.jobs.countHeld(mine.user.id, 999)).toBe(2)
      expect(await store.jobs.countHeld(mine.user.id, 1000)).toBe(1)
      for (const job of jobs) await store.jobs.letGo(job)
      expect(await store.jobs.countHeld(mine.user.id, 1)).toBe(0)
    })

    scene('a job belongs to a user and an account, and goes with them', async ({ store, mine, theirs }) => {
      const account = newIntegration(mine.user, { userIdentifier: 'new' })
      await store.integrations.insert(account)
      const job = newJob(mine.user, { integrationId: account.id })
      const foreign = newJob(theirs.user, { integrationId: account.id })
      expect(await store.jobs.begin(foreign, undefined)).toBe('no owner')
      expect(await store.jobs.begin(newJob({ id: 'nobody', clientId: 'x' } as UserRow), undefined)).toBe('no owner')
      expect(await store.jobs.begin(newJob(mine.user, { clientId: theirs.client.id }), undefined)).toBe('no owner')
      expect(await store.jobs.begin(job, undefined)).toBe('begun')
      expect(await store.callbacks.insert(newCallback(job))).toBe(true)
      await store.integrations.delete(mine.user.id, 'github', 'new')
      expect(await store.jobs.find(job.id)).toBeUndefined()
      expect(await store.jobs.begin(job, undefined)).toBe('no owner')
      const other = newJob(mine.user)
      await store.jobs.begin(other, undefined)
      await store.clients.delete(mine.client.id)
      expect(await store.jobs.find(other.id)).toBeUndefined()
    })

    scene('what has expired is deleted, and of the ended ones the oldest beyond a number', async ({ store, mine }) => {
      const [old, ...others] = [100, 200, 300, 400].map((endedAt) => newJob(mine.user, { expiresAt: endedAt + 1000 }))
      for (const job of [old, ...others]) {
        if (!job) continue
        await store.jobs.begin(job, undefined)
        await store.jobs.end(job, { ...OUTCOME, endedAt: job.expiresAt - 1000, expiresAt: job.expiresAt })
      }
      const running = newJob(mine.user)
      await store.jobs.begin(running, undefined)
      const left = async () => {
        const found = await Promise.all([old, ...others, running].map((job) => store.jobs.find(job?.id ?? '')))
        return found.map((job) => job?.endedAt ?? (job ? 'running' : undefined))
      }
      await store.jobs.deleteExpired(1100)
      expect(await left()).toEqual([undefined, 200, 300, 400, 'running'])
      await store.jobs.trim(mine.user.id, 2)
      expect(await left()).toEqual([undefined, undefined, 300, 400, 'running'])
      await store.jobs.trim(mine.user.id, 0)
      expect(await left()).toEqual([undefined, undefined, undefined, undefined, 'running'])
    })
  })

  describe('callbacks', () => {
    scene('a callback is due when its job has ended, and at once where it has', async ({ store, mine }) => {
      const job = newJob(mine.user)
      await store.jobs.begin(job, undefined)
      const first = newCallback(job)
      expect(await store.callbacks.insert(first)).toBe(true)
      expect(await store.callbacks.due(10_000, 10)).toEqual([])
      expect(await store.callbacks.nextDue()).toBeUndefined()
      await store.jobs.end(job, OUTCOME)
      const second = newCallback(job, { dueAt: 750 })
      expect(await store.callbacks.insert(second)).toBe(true)
      expect(await store.callbacks.nextDue()).toBe(700)
      expect(await store.callbacks.due(749, 10)).toEqual([{ ...first, dueAt: 700 }])
      expect(await store.callbacks.due(750, 10)).toEqual([{ ...first, dueAt: 700 }, second])
      await store.callbacks.delete(first.id)
      expect(await store.callbacks.due(750, 10)).toEqual([second])
    })

    scene('what was not posted yet waits for the run in place of the earlier one', async ({ store, mine }) => {
      const job = newJob(mine.user)
      await store.jobs.begin(job, undefined)
      const waiting = newCallback(job, { id: 'a' })
      await store.callbacks.insert(waiting)
      const next = { ...job, run: 'second' }
      await store.jobs.begin(next, job.run)
      const late = newCallback(job, { id: 'b' })
      expect(await store.callbacks.insert(late)).toBe(true)
      await store.jobs.end(next, OUTCOME)
      const due = [waiting, late].map((row) => ({ ...row, run: 'second', dueAt: 700 }))
      expect(await store.callbacks.due(700, 10)).toEqual(due)
      // The receiver was not there, and meanwhile it is gathered again.
      await store.callbacks.putOff({ id: 'a', dueAt: 700 }, { attempts: 1, dueAt: 800 })
      const third = { ...job, run: 'third' }
      await store.jobs.begin(third, next.run)
      expect(await store.callbacks.due(10_000, 10)).toEqual([])
      await store.jobs.end(third, OUTCOME)
      expect(await store.callbacks.due(700, 10)).toEqual([
        { ...waiting, run: 'third', dueAt: 700, attempts: 1 },
        { ...late, run: 'third', dueAt: 700 },
      ])
      await store.jobs.deleteExpired(900)
      expect(await store.callbacks.due(10_000, 10)).toEqual([])
    })

    scene('of many processes that put a callback off, one does', async ({ store, mine, openAgain }) => {
      const other = await openAgain()
      const job = newJob(mine.user)
      await store.jobs.begin(job, undefined)
      await store.jobs.end(job, OUTCOME)
      const row = newCallback(job)
      await store.callbacks.insert(row)
      const done = await Promise.all(
        Array.from({ length: 20 }, (_, at) =>
          (at % 2 ? store : other).callbacks.putOff(row, { attempts: 1, dueAt: 1000 + at }),
        ),
      )
      expect(done.filter(Boolean)).toHaveLength(1)
      expect(await other.callbacks.nextDue()).toBe(1000 + done.indexOf(true))
    })
  })
}
