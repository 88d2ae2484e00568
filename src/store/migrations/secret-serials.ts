import type { Migration } from 'kysely'

/** The secret of a user gets a serial, which logins name. Users that are there have none until they get another secret. */
export const secretSerials: Migration = {
  async up(db) {
    await db.schema
      .alterTable('users')
      .addColumn('secret_serial', 'text', (column) => column.notNull().defaultTo(''))
      .execute()
  },
}
