import type { Kysely, Selectable } from 'kysely'
import { ownerExists } from './owner.js'
import { ofPresentClient } from './removal.js'
import type { CallbackTable, Schema } from './schema.js'
import type { CallbackRow, Store } from './store.js'

/** Where results of jobs are still to be posted. One is due from the millisecond `dueAt` on, and not before its job has ended. */
export function createCallbacks(db: Kysely<Schema>): Store['callbacks'] {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        if (!(await ownerExists(transaction, row))) return false
        const found = transaction.selectFrom('jobs').select(['run', 'state']).where('id', '=', row.jobId)
        const job = await found.executeTakeFirst()
        if (job === undefined) return false
        // Another call may have begun it again meanwhile.
        const dueAt = job.state === 'running' ? null : row.dueAt
        const values = fromRow({ ...row, run: job.run, dueAt })
        await transaction.insertInto('callbacks').values(values).execute()
        return true
      }),
    async due(now, limit) {
      const found = await db
        .selectFrom('callbacks')
        .selectAll()
        .where('due_at', '<=', now)
        .where(ofPresentClient)
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit)
        .execute()
      return found.map(toCallbackRow)
    },
    async nextDue() {
      const found = await db
        .selectFrom('callbacks')
        .select('due_at')
        .where('due_at', 'is not', null)
        .where(ofPresentClient)
        .orderBy('due_at')
        .executeTakeFirst()
      return found?.due_at ?? undefined
    },
    async putOff({ id, dueAt }, next) {
      const { numUpdatedRows } = await db
        .updateTable('callbacks')
        .set({ attempts: next.attempts, due_at: next.dueAt })
        .where('id', '=', id)
        .where('due_at', '=', dueAt)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async delete(id) {
      await db.deleteFrom('callbacks').where('id', '=', id).execute()
    },
  }
}

const fromRow = (row: CallbackRow): Selectable<CallbackTable> => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  job_id: row.jobId,
  run: row.run,
  sealed: row.sealed,
  attempts: row.attempts,
  due_at: row.dueAt,
})

const toCallbackRow = (found: Selectable<CallbackTable>): CallbackRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  jobId: found.job_id,
  run: found.run,
  sealed: found.sealed,
  attempts: found.attempts,
  dueAt: found.due_at,
})
