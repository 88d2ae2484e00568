import type { Transaction } from 'kysely'
import type { Schema } from './schema.js'

/** Whether there is such a user of such a client, to whom something may belong. */
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
