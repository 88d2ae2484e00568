import type { Kysely, Selectable } from 'kysely'
import { prepared } from './prepared.js'
import { isPresent, ofPresentClient } from './removal.js'
import { type Schema, toFlag } from './schema.js'
import type { Store, UserRow } from './store.js'

/** The users of all tenants. */
export function createUsers(db: Kysely<Schema>): Store['users'] {
  return { ...reads(db), ...writes(db) }
}

function reads(db: Kysely<Schema>): Pick<Store['users'], 'find' | 'findByIdentifier' | 'list' | 'page'> {
  const byId = prepared(db, (id: string) =>
    db.selectFrom('users').selectAll().where('id', '=', id).where(ofPresentClient),
  )

  return {
    find: async (id) => (await byId(id)).map(toUserRow)[0],
    async findByIdentifier(clientId, identifier) {
      const found = await db
        .selectFrom('users')
        .selectAll()
        .where('client_id', '=', clientId)
        .where(ofPresentClient)
        .where('identifier', '=', identifier)
        .executeTakeFirst()
      return found && toUserRow(found)
    },
    async list(clientId) {
      const found = await db
        .selectFrom('users')
        .selectAll()
        .where('client_id', '=', clientId)
        .where(ofPresentClient)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return found.map(toUserRow)
    },
    async page(clientId, afterId, limit) {
      const found = await db
        .selectFrom('users')
        .selectAll()
        .where('client_id', '=', clientId)
        .where(ofPresentClient)
        .$if(afterId !== undefined, (query) => query.where('id', '>', afterId ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute()
      return found.map(toUserRow)
    },
  }
}

function writes(db: Kysely<Schema>): Pick<Store['users'], 'insert' | 'setSecret'> {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        const client = transaction.selectFrom('clients').select('id').where('id', '=', row.clientId).where(isPresent)
        if (!(await client.executeTakeFirst())) return false
        // A user whose client is being removed may come back in another one.
        await transaction
          .deleteFrom('users')
          .where('id', '=', row.id)
          .where(({ not }) => not(ofPresentClient))
          .execute()
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('users')
          .values(fromRow(row))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),
    async setSecret(id, { secretHash, secretPreview, secretSerial }) {
      const { numUpdatedRows } = await db
        .updateTable('users')
        .set({ secret_hash: secretHash, secret_preview: secretPreview, secret_serial: secretSerial })
        .where('id', '=', id)
        .executeTakeFirst()
      return numUpdatedRows === 1n
    },
  }
}

const fromRow = (row: UserRow): Selectable<Schema['users']> => ({
  id: row.id,
  client_id: row.clientId,
  identifier: row.identifier,
  secret_hash: row.secretHash,
  secret_preview: row.secretPreview,
  secret_serial: row.secretSerial,
  is_active: toFlag(row.isActive),
  created_at: row.createdAt,
})

export const toUserRow = (found: Selectable<Schema['users']>): UserRow => ({
  id: found.id,
  clientId: found.client_id,
  identifier: found.identifier,
  secretHash: found.secret_hash,
  secretPreview: found.secret_preview,
  secretSerial: found.secret_serial,
  isActive: found.is_active === 1,
  createdAt: found.created_at,
})
