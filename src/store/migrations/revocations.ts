import type { Migration } from 'kysely'

/** Grants of removed accounts that are still to be ended at the third party. */
export const revocations: Migration = {
  async up(db) {
    await db.schema
      .createTable('revocations')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('connector', 'text', (column) => column.notNull())
      .addColumn('user_identifier', 'text', (column) => column.notNull())
      .addColumn('credential', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('due_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addForeignKeyConstraint(
        'revocations_owner',
        ['user_id', 'client_id'],
        'users',
        ['id', 'client_id'],
        (constraint) => constraint.onDelete('cascade'),
      )
      .execute()
    await db.schema.createIndex('revocations_by_time').on('revocations').column('due_at').execute()
    await db.schema.createIndex('revocations_of_client').on('revocations').column('client_id').execute()
  },
}
