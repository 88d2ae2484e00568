import type { Migration } from 'kysely'
import type { ColumnTypes } from './column-types.js'

/** Files and results that are kept for users for a while. */
export const kept = (types: ColumnTypes): Migration => ({
  async up(db) {
    await db.schema
      .createTable('kept')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('client_id', 'text', (column) => column.notNull())
      .addColumn('user_id', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('size', 'bigint', (column) => column.notNull())
      .addColumn('parts', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .addForeignKeyConstraint('kept_owner', ['user_id', 'client_id'], 'users', ['id', 'client_id'], (constraint) =>
        constraint.onDelete('cascade'),
      )
      .execute()
    await db.schema.createIndex('kept_of_user').on('kept').column('user_id').execute()
    await db.schema.createIndex('kept_by_expiry').on('kept').column('expires_at').execute()
    await db.schema
      .createTable('kept_parts')
      .addColumn('kept_id', 'text', (column) => column.notNull().references('kept.id').onDelete('cascade'))
      .addColumn('number', 'integer', (column) => column.notNull())
      .addColumn('sealed', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('kept_parts_key', ['kept_id', 'number'])
      .execute()
  },
})
