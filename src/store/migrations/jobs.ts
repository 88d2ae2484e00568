import type { CreateTableBuilder, Migration } from 'kysely'

/** What actions gather in the background, and where its results are still to be posted. */
export const jobs: Migration = {
  async up(db) {
    await ownedBy('jobs_owner', db.schema.createTable('jobs'))
      .addColumn('integration_id', 'text', (column) => column.references('integrations.id').onDelete('cascade'))
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('held_until', 'bigint', (column) => column.notNull())
      .addColumn('sealed', 'text')
      .addColumn('is_reported', 'integer', (column) => column.notNull())
      .addColumn('items_done', 'bigint')
      .addColumn('items_total', 'bigint')
      .addColumn('ended_at', 'bigint')
      .addColumn('expires_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('jobs_of_user').on('jobs').column('user_id').execute()
    await db.schema.createIndex('jobs_of_integration').on('jobs').column('integration_id').execute()
    await db.schema.createIndex('jobs_by_expiry').on('jobs').column('expires_at').execute()
    await ownedBy('callbacks_owner', db.schema.createTable('callbacks'))
      .addColumn('job_id', 'text', (column) => column.notNull().references('jobs.id').onDelete('cascade'))
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('due_at', 'bigint')
      .execute()
    await db.schema.createIndex('callbacks_of_job').on('callbacks').columns(['job_id', 'run']).execute()
    await db.schema.createIndex('callbacks_by_time').on('callbacks').column('due_at').execute()
  },
}

const ownedBy = <Table extends string>(name: string, table: CreateTableBuilder<Table>) =>
  table
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('client_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addForeignKeyConstraint(name, ['user_id', 'client_id'], 'users', ['id', 'client_id'], (constraint) =>
      constraint.onDelete('cascade'),
    )
