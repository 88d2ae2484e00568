import type { Kysely, Selectable, Transaction } from 'kysely'
import type { KeptLimits, KeptRow, KeptStore } from './kept-rows.js'
import { ownerExists } from './owner.js'
import { ofPresentClient } from './removal.js'
import type { KeptTable, Schema } from './schema.js'

/** Before every time: what expires then has expired, whatever clock is asked. */
const LONG_AGO = 0

/** What is kept for users. A thing is there until the millisecond `expiresAt`. */
export function createKept(db: Kysely<Schema>): KeptStore {
  return {
    begin: (row, limits) =>
      db.transaction().execute(async (transaction) => {
        if (!(await ownerExists(transaction, row))) return false
        await makeRoom(transaction, row, limits)
        await transaction.insertInto('kept').values(fromRow(row)).execute()
        return true
      }),
    addPart: (id, number, sealed, now) =>
      db.transaction().execute(async (transaction) => {
        const alive = transaction
          .selectFrom('kept')
          .select('id')
          .where('id', '=', id)
          .where('expires_at', '>', now)
          .where(ofPresentClient)
        if (!(await alive.executeTakeFirst())) return false
        await transaction
          .insertInto('kept_parts')
          .values({ kept_id: id, number, sealed: Buffer.from(sealed, 'latin1') })
          .execute()
        return true
      }),
    async find(id) {
      const found = await db
        .selectFrom('kept')
        .selectAll()
        .where('id', '=', id)
        .where(ofPresentClient)
        .executeTakeFirst()
      return found && toKeptRow(found)
    },
    async part(id, number) {
      const found = await db
        .selectFrom('kept_parts')
        .select('sealed')
        .where('kept_id', '=', id)
        .where('number', '=', number)
        .executeTakeFirst()
      // Some drivers have bytes as an ArrayBuffer.
      return found && Buffer.from(found.sealed).toString('latin1')
    },
    async expire(id) {
      await db.updateTable('kept').set({ expires_at: LONG_AGO }).where('id', '=', id).execute()
    },
    async expireOfClient(clientId) {
      await db.updateTable('kept').set({ expires_at: LONG_AGO }).where('client_id', '=', clientId).execute()
    },
    sweep: (now, parts) => db.transaction().execute((transaction) => sweep(transaction, now, parts)),
  }
}

/** Lets the oldest things of the user expire until there is room for one more. What was begun and never finished counts, too. */
async function makeRoom(transaction: Transaction<Schema>, row: KeptRow, limits: KeptLimits): Promise<void> {
  const newestFirst = await transaction
    .selectFrom('kept')
    .select(['id', 'size'])
    .where('user_id', '=', row.userId)
    .where('expires_at', '>', row.createdAt)
    .orderBy('created_at', 'desc')
    .orderBy('id')
    .execute()
  let bytes = row.size
  const fitting = newestFirst.findIndex(({ size }, before) => {
    bytes += size
    return bytes > limits.bytes || before + 2 > limits.things
  })
  const displaced = fitting === -1 ? [] : newestFirst.slice(fitting).map(({ id }) => id)
  if (displaced.length === 0) return
  await transaction.updateTable('kept').set({ expires_at: LONG_AGO }).where('id', 'in', displaced).execute()
}

async function sweep(transaction: Transaction<Schema>, now: number, most: number): Promise<boolean> {
  const expired = await transaction
    .selectFrom('kept')
    .select('id')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .orderBy('id')
    .executeTakeFirst()
  if (!expired) return false
  const parts = await transaction
    .selectFrom('kept_parts')
    .select('number')
    .where('kept_id', '=', expired.id)
    .orderBy('number')
    .limit(most)
    .execute()
  const last = parts.at(-1)?.number ?? -1
  await transaction.deleteFrom('kept_parts').where('kept_id', '=', expired.id).where('number', '<=', last).execute()
  if (parts.length < most) await transaction.deleteFrom('kept').where('id', '=', expired.id).execute()
  return true
}

const fromRow = (row: KeptRow): Selectable<KeptTable> => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  kind: row.kind,
  sealed: row.sealed,
  size: row.size,
  parts: row.parts,
  created_at: row.createdAt,
  expires_at: row.expiresAt,
})

const toKeptRow = (found: Selectable<KeptTable>): KeptRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  kind: found.kind,
  sealed: found.sealed,
  size: found.size,
  parts: found.parts,
  createdAt: found.created_at,
  expiresAt: found.expires_at,
})
