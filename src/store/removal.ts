import { type Kysely, sql, type Transaction } from 'kysely'
import type { Schema } from './schema.js'

/** Rows that are deleted in one transaction, which other processes wait for. */
export const ROWS_AT_ONCE = 1_000
/** Users whose rows are looked for together. */
const USERS_AT_ONCE = 200

/** In place of the data key of a client that is being removed: its row stays until everything that refers to it is gone. */
const NO_KEY = ''

/** A condition on rows of clients: the client is not being removed. */
export const isPresent = sql<boolean>`data_key <> ${sql.lit(NO_KEY)}`

/** A condition on rows that belong to a client: it is not being removed. What belongs to one that is, is as good as gone. */
export const ofPresentClient = sql<boolean>`exists (
  select 1 from clients as owner where owner.id = client_id and owner.data_key <> ${sql.lit(NO_KEY)})`

/**
 * Destroys all that makes a client work, in the transaction that makes its first rows go. Its name can be used again from then on.
 * @returns false when there was no such client
 */
export async function beginRemoval(transaction: Transaction<Schema>, id: string): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('clients')
    // No client gets a name as long as this by the service.
    .set({
      name: `removed ${id} `.padEnd(120, '-'),
      key_hash: '',
      data_key: NO_KEY,
      is_active: 0,
      callback_origins: '[]',
    })
    .where('id', '=', id)
    .where(isPresent)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * Deletes up to about a thousand rows of a client that is being removed, and its own with the last one.
 * @returns false when nothing is left to delete of any client
 */
export async function removeSome(db: Kysely<Schema>, most: number): Promise<boolean> {
  // Most of the time there is none, and then this is all.
  const removed = db.selectFrom('clients').select('id').where('data_key', '=', NO_KEY).orderBy('id')
  const client = await removed.executeTakeFirst()
  if (!client) return false
  await db.transaction().execute((transaction) => removeRows(transaction, client.id, most))
  return true
}

/** Deletes rows of one client: first what belongs to its users, so that no user takes more along than is deleted here. */
export async function removeRows(transaction: Transaction<Schema>, clientId: string, most: number): Promise<void> {
  let left = most
  for (const table of ['revocations', 'callbacks', 'skills'] as const) {
    if (left > 0) left -= await deleteFrom(transaction, table, sql`client_id = ${clientId}`, left)
  }
  while (left > 0) {
    for (const table of ['links', 'jobs', 'integrations', 'kept'] as const) {
      if (left > 0) left -= await deleteFrom(transaction, table, ofFirstUsers(clientId), left)
    }
    if (left <= 0) return
    const users = await deleteFrom(transaction, 'users', sql`client_id = ${clientId}`, Math.min(left, USERS_AT_ONCE))
    left -= users
    if (users === 0) {
      await transaction.deleteFrom('clients').where('id', '=', clientId).execute()
      return
    }
  }
}

/** The users that come first by their names, which are deleted first: an index of a database holds them in that order. */
const ofFirstUsers = (clientId: string) => sql`user_id in (
  select id from users where client_id = ${clientId} order by identifier limit ${sql.lit(USERS_AT_ONCE)})`

type Belonging = 'revocations' | 'callbacks' | 'skills' | 'links' | 'jobs' | 'integrations' | 'kept' | 'users'

/** @returns how many rows were deleted, `most` at the most */
async function deleteFrom(
  transaction: Transaction<Schema>,
  table: Belonging,
  which: ReturnType<typeof sql>,
  most: number,
): Promise<number> {
  const order = table === 'users' ? sql`order by identifier` : sql``
  const { numAffectedRows } = await sql`
    delete from ${sql.table(table)} where id in (select id from ${sql.table(table)} where ${which} ${order} limit ${most})
  `.execute(transaction)
  return Number(numAffectedRows ?? 0)
}
