import type { Migration } from 'kysely'

/** Clients get the list of origins that their callback URLs may lead to, as a JSON array; an empty one allows any. */
export const callbackOriginsColumn: Migration = {
  async up(db) {
    await db.schema
      .alterTable('clients')
      .addColumn('callback_origins', 'text', (column) => column.notNull().defaultTo('[]'))
      .execute()
  },
}
