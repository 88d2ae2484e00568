import type { Transaction } from 'kysely'
import type { Schema } from './schema.js'

/** Whether the client has this user, to whom a new row is to belong. */
export async function ownerExists(
  transaction: Transaction<Schema>,
  { userId, clientId }: { userId: string; clientId: string },
): Promise<boolean> {
  const found = await transaction
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('client_id', '=', clientId)
    .executeTakeFirst()
  return found !== undefined
}
