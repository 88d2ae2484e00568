import type { Transaction } from 'kysely'
import { ofPresentClient } from './removal.js'
import type { Schema } from './schema.js'

/** Whether the client is there and has this user, to whom a new row is to belong. */
export async function ownerExists(
  transaction: Transaction<Schema>,
  { userId, clientId }: { userId: string; clientId: string },
): Promise<boolean> {
  const found = await transaction
    .selectFrom('users')
    .select('id')
    .where('id', '=', userId)
    .where('client_id', '=', clientId)
    .where(ofPresentClient)
    .executeTakeFirst()
  return found !== undefined
}
