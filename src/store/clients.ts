import type { Kysely, Selectable } from 'kysely'
import { prepared } from './prepared.js'
import { beginRemoval, isPresent, ROWS_AT_ONCE, removeRows, removeSome } from './removal.js'
import { type Schema, toFlag } from './schema.js'
import type { ClientRow, Store } from './store.js'

/** The tenants. Everything but `meta` and `leases` is deleted with its tenant. */
export function createClients(db: Kysely<Schema>): Store['clients'] {
  const byId = prepared(db, (id: string) => db.selectFrom('clients').selectAll().where('id', '=', id).where(isPresent))
  const find = async (id: string) => (await byId(id)).map(toClientRow)[0]

  return {
    async insert(row) {
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('clients')
        .values(fromRow(row))
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    find,
    findRecent: find,
    async list() {
      const found = await db
        .selectFrom('clients')
        .selectAll()
        .where(isPresent)
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return found.map(toClientRow)
    },
    async rewrap(id, before, after) {
      const { numUpdatedRows } = await db
        .updateTable('clients')
        .set({ data_key: after })
        .where('id', '=', id)
        .where('data_key', '=', before)
        .where(isPresent)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async setCallbackOrigins(id, origins) {
      const { numUpdatedRows } = await db
        .updateTable('clients')
        .set({ callback_origins: JSON.stringify(origins) })
        .where('id', '=', id)
        .where(isPresent)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    delete: (id) =>
      db.transaction().execute(async (transaction) => {
        if (!(await beginRemoval(transaction, id))) return false
        await removeRows(transaction, id, ROWS_AT_ONCE)
        return true
      }),
    removeSome: () => removeSome(db, ROWS_AT_ONCE),
  }
}

const fromRow = (row: ClientRow): Selectable<Schema['clients']> => ({
  id: row.id,
  name: row.name,
  key_hash: row.keyHash,
  data_key: row.dataKey,
  is_active: toFlag(row.isActive),
  created_at: row.createdAt,
  callback_origins: JSON.stringify(row.callbackOrigins),
})

export const toClientRow = (found: Selectable<Schema['clients']>): ClientRow => ({
  id: found.id,
  name: found.name,
  keyHash: found.key_hash,
  dataKey: found.data_key,
  isActive: found.is_active === 1,
  createdAt: found.created_at,
  callbackOrigins: JSON.parse(found.callback_origins),
})
