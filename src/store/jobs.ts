import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { ownerExists } from './owner.js'
import { ofPresentClient } from './removal.js'
import { type JobTable, type Schema, toFlag } from './schema.js'
import type { JobRow, Store } from './store.js'

/** What actions gather in the background. A job is held until the millisecond `heldUntil`, and kept until `expiresAt`. */
export function createJobs(db: Kysely<Schema>): Store['jobs'] {
  return { ...lifeOf(db), ...housekeepingOf(db) }
}

function lifeOf(
  db: Kysely<Schema>,
): Pick<Store['jobs'], 'find' | 'begin' | 'renew' | 'end' | 'letGo' | 'markReported'> {
  /** An update of one run of a job; the run is over for a process that another one has replaced. */
  const ofRun = ({ id, run }: Pick<JobRow, 'id' | 'run'>) =>
    db.updateTable('jobs').where('id', '=', id).where('run', '=', run)
  return {
    async find(id) {
      const found = await db
        .selectFrom('jobs')
        .selectAll()
        .where('id', '=', id)
        .where(ofPresentClient)
        .executeTakeFirst()
      return found && toJobRow(found)
    },
    begin: (row, replaced) => db.transaction().execute((transaction) => begin(transaction, row, replaced)),
    async renew(of, { heldUntil, done, total }) {
      const change = { held_until: heldUntil, items_done: done, items_total: total }
      const { numUpdatedRows } = await ofRun(of).where('state', '=', 'running').set(change).executeTakeFirst()
      return numUpdatedRows > 0n
    },
    end: (of, { state, sealed, endedAt, expiresAt }) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('jobs')
          .set({ state, sealed, ended_at: endedAt, expires_at: expiresAt })
          .where('id', '=', of.id)
          .where('run', '=', of.run)
          .where('state', '=', 'running')
          .executeTakeFirst()
        if (numUpdatedRows === 0n) return false
        await transaction
          .updateTable('callbacks')
          .set({ due_at: endedAt })
          .where('job_id', '=', of.id)
          .where('run', '=', of.run)
          .where('due_at', 'is', null)
          .execute()
        return true
      }),
    async letGo(of) {
      await ofRun(of).where('state', '=', 'running').set({ held_until: 0 }).execute()
    },
    async markReported(of) {
      await ofRun(of).set({ is_reported: 1 }).execute()
    },
  }
}

function housekeepingOf(db: Kysely<Schema>): Pick<Store['jobs'], 'countHeld' | 'deleteExpired' | 'trim'> {
  return {
    async countHeld(userId, now) {
      const { held } = await db
        .selectFrom('jobs')
        .select(sql<number>`count(*)`.as('held'))
        .where('user_id', '=', userId)
        .where('state', '=', 'running')
        .where('held_until', '>', now)
        .executeTakeFirstOrThrow()
      return Number(held)
    },
    async deleteExpired(now) {
      await db.deleteFrom('jobs').where('expires_at', '<=', now).execute()
    },
    async trim(userId, most) {
      const tooMany = await db
        .selectFrom('jobs')
        .select('id')
        .where('user_id', '=', userId)
        .where('state', '!=', 'running')
        .orderBy('ended_at', 'desc')
        .orderBy('id')
        .limit(1_000_000)
        .offset(most)
        .execute()
      const ids = tooMany.map(({ id }) => id)
      if (ids.length > 0) await db.deleteFrom('jobs').where('id', 'in', ids).execute()
    },
  }
}

async function begin(
  transaction: Transaction<Schema>,
  row: JobRow,
  replaced: string | undefined,
): ReturnType<Store['jobs']['begin']> {
  if (!(await ownerExists(transaction, row)) || !(await accountExists(transaction, row))) return 'no owner'
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('jobs')
    .values(fromRow(row))
    .onConflict((conflict) =>
      replaced === undefined
        ? conflict.doNothing()
        : conflict.column('id').doUpdateSet(fromRow(row)).where('jobs.run', '=', replaced),
    )
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows !== 1n) return 'taken'
  if (replaced !== undefined) {
    // What was not posted yet waits for this run.
    await transaction
      .updateTable('callbacks')
      .set({ run: row.run, due_at: null })
      .where('job_id', '=', row.id)
      .where('run', '=', replaced)
      .execute()
  }
  return 'begun'
}

async function accountExists(
  transaction: Transaction<Schema>,
  { integrationId, userId }: Pick<JobRow, 'integrationId' | 'userId'>,
): Promise<boolean> {
  if (integrationId === null) return true
  const found = await transaction
    .selectFrom('integrations')
    .select('id')
    .where('id', '=', integrationId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return found !== undefined
}

const fromRow = (row: JobRow): Selectable<JobTable> => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  integration_id: row.integrationId,
  run: row.run,
  state: row.state,
  held_until: row.heldUntil,
  sealed: row.sealed,
  is_reported: toFlag(row.isReported),
  items_done: row.done,
  items_total: row.total,
  ended_at: row.endedAt,
  expires_at: row.expiresAt,
})

const toJobRow = (found: Selectable<JobTable>): JobRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  integrationId: found.integration_id,
  run: found.run,
  state: found.state,
  heldUntil: found.held_until,
  sealed: found.sealed,
  isReported: found.is_reported === 1,
  done: found.items_done,
  total: found.items_total,
  endedAt: found.ended_at,
  expiresAt: found.expires_at,
})
