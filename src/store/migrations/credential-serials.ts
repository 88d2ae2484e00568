import type { Migration } from 'kysely'

/**
 * Sealed credentials get the serial that they are bound to. Those that are there have none until a process that holds the keys
 * seals them again (`service/vault/seal-upgrade.ts`).
 */
export const credentialSerials: Migration = {
  async up(db) {
    for (const table of ['integrations', 'revocations']) {
      await db.schema
        .alterTable(table)
        .addColumn('credential_serial', 'text', (column) => column.notNull().defaultTo(''))
        .execute()
    }
  },
}
