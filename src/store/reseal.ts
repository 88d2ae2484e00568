import type { Kysely, Selectable, Transaction } from 'kysely'
import { toClientRow } from './clients.js'
import { toIntegrationRow } from './integrations.js'
import { toLinkRow } from './links.js'
import { toRevocationRow } from './revocations.js'
import type { Schema } from './schema.js'
import type { Resealing, SealedCredential, Store } from './store.js'
import { toUserRow } from './users.js'

/** Rows read together. */
const PAGE = 500

type Sealed = 'clients' | 'users' | 'integrations' | 'revocations' | 'links'

/** @see Store.reseal */
export function resealAll(
  db: Kysely<Schema>,
  value: Parameters<Store['reseal']>[0],
  resealing: Resealing,
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('meta')
      .values(value)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== 1n) return false
    await resealOwners(transaction, resealing)
    await resealCredentials(transaction, resealing)
    await eachRow(transaction, 'links', (row) =>
      transaction
        .updateTable('links')
        .set({ sealed: resealing.link(toLinkRow(row)) })
        .where('id', '=', row.id)
        .execute(),
    )
    return true
  })
}

async function resealOwners(transaction: Transaction<Schema>, resealing: Resealing): Promise<void> {
  await eachRow(transaction, 'clients', (row) =>
    transaction
      .updateTable('clients')
      .set({ key_hash: resealing.client(toClientRow(row)) })
      .where('id', '=', row.id)
      .execute(),
  )
  await eachRow(transaction, 'users', (row) =>
    transaction
      .updateTable('users')
      .set({ secret_hash: resealing.user(toUserRow(row)) })
      .where('id', '=', row.id)
      .execute(),
  )
}

async function resealCredentials(transaction: Transaction<Schema>, resealing: Resealing): Promise<void> {
  await eachRow(transaction, 'integrations', (row) =>
    transaction
      .updateTable('integrations')
      // A process that is about to replace the old credential must not overwrite the new one.
      .set({ ...columnsOf(resealing.credential(toIntegrationRow(row))), version: row.version + 1 })
      .where('id', '=', row.id)
      .execute(),
  )
  await eachRow(transaction, 'revocations', (row) =>
    transaction
      .updateTable('revocations')
      .set(columnsOf(resealing.credential(toRevocationRow(row))))
      .where('id', '=', row.id)
      .execute(),
  )
}

const columnsOf = ({ credential, credentialSerial }: SealedCredential) => ({
  credential,
  credential_serial: credentialSerial,
})

async function eachRow<Table extends Sealed>(
  transaction: Transaction<Schema>,
  table: Table,
  change: (row: Selectable<Schema[Table]>) => Promise<unknown>,
): Promise<void> {
  let last = ''
  for (;;) {
    const rows = await transaction
      .selectFrom(table as Sealed)
      .selectAll()
      .where('id', '>', last)
      .orderBy('id')
      .limit(PAGE)
      .execute()
    for (const row of rows) await change(row as unknown as Selectable<Schema[Table]>)
    const end = rows.at(-1)?.id
    if (end === undefined) return
    last = end
  }
}
