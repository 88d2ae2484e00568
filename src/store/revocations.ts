import type { Kysely, Selectable, Transaction } from 'kysely'
import { ownerExists } from './owner.js'
import { ofPresentClient } from './removal.js'
import type { RevocationTable, Schema } from './schema.js'
import type { RevocationRow, Store } from './store.js'

/** The grants of removed accounts that must still be revoked. One is due from the millisecond `dueAt` on. */
export function createRevocations(db: Kysely<Schema>): Store['revocations'] {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        return (await ownerExists(transaction, row)) && (await insertRevocation(transaction, row))
      }),
    async due(now, limit) {
      const found = await db
        .selectFrom('revocations')
        .selectAll()
        .where('due_at', '<=', now)
        .where(ofPresentClient)
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit)
        .execute()
      return found.map(toRevocationRow)
    },
    async listOfClient(clientId) {
      const found = await db
        .selectFrom('revocations')
        .selectAll()
        .where('client_id', '=', clientId)
        .where(ofPresentClient)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return found.map(toRevocationRow)
    },
    async putOff({ id, dueAt }, next) {
      const { numUpdatedRows } = await db
        .updateTable('revocations')
        .set({ attempts: next.attempts, due_at: next.dueAt })
        .where('id', '=', id)
        .where('due_at', '=', dueAt)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async delete(id) {
      await db.deleteFrom('revocations').where('id', '=', id).execute()
    },
  }
}

/** Adds a revocation as part of a transaction; false when the id is taken. */
export async function insertRevocation(transaction: Transaction<Schema>, row: RevocationRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto('revocations')
    .values(fromRow(row))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  return numInsertedOrUpdatedRows === 1n
}

const fromRow = (row: RevocationRow): Selectable<RevocationTable> => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  connector: row.connector,
  user_identifier: row.userIdentifier,
  credential: row.credential,
  credential_serial: row.credentialSerial,
  attempts: row.attempts,
  due_at: row.dueAt,
  created_at: row.createdAt,
})

export const toRevocationRow = (found: Selectable<RevocationTable>): RevocationRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  connector: found.connector,
  userIdentifier: found.user_identifier,
  credential: found.credential,
  credentialSerial: found.credential_serial,
  attempts: found.attempts,
  dueAt: found.due_at,
  createdAt: found.created_at,
})
