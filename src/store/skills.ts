import type { Kysely, Selectable } from 'kysely'
import { isPresent, ofPresentClient } from './removal.js'
import type { Schema } from './schema.js'
import type { SkillRow, Store } from './store.js'

/** The skills of all tenants, listed by name. A tenant has one skill of a name. */
export function createSkills(db: Kysely<Schema>): Store['skills'] {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        const client = transaction.selectFrom('clients').select('id').where('id', '=', row.clientId).where(isPresent)
        if (!(await client.executeTakeFirst())) return false
        const { numInsertedOrUpdatedRows } = await transaction
          .insertInto('skills')
          .values(fromRow(row))
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirstOrThrow()
        return numInsertedOrUpdatedRows === 1n
      }),
    async list(clientId, limit, offset) {
      const ofClient = db.selectFrom('skills').where('client_id', '=', clientId).where(ofPresentClient)
      const found = await ofClient.selectAll().orderBy('name').limit(limit).offset(offset).execute()
      const count = await ofClient.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
      return { rows: found.map(toRow), total: Number(count.total) }
    },
    async find(clientId, id) {
      const found = await db
        .selectFrom('skills')
        .selectAll()
        .where('client_id', '=', clientId)
        .where(ofPresentClient)
        .where('id', '=', id)
        .executeTakeFirst()
      return found && toRow(found)
    },
  }
}

const fromRow = (row: SkillRow): Selectable<Schema['skills']> => ({
  id: row.id,
  client_id: row.clientId,
  name: row.name,
  description: row.description,
  content: row.content,
  created_at: row.createdAt,
  updated_at: row.updatedAt,
})

const toRow = (found: Selectable<Schema['skills']>): SkillRow => ({
  id: found.id,
  clientId: found.client_id,
  name: found.name,
  description: found.description,
  content: found.content,
  createdAt: found.created_at,
  updatedAt: found.updated_at,
})
