import type { Migration } from 'kysely'

/**
 * Accounts get what people call them, where that could not be their name; the third party's own id of them; and whether anything
 * can be changed through them. None of it is known of the accounts that are there.
 */
export const accountTitles: Migration = {
  async up(db) {
    await db.schema.alterTable('integrations').addColumn('title', 'text').execute()
    await db.schema.alterTable('integrations').addColumn('account_id', 'text').execute()
    await db.schema.alterTable('integrations').addColumn('read_only', 'integer').execute()
  },
}
