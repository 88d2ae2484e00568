import type { Kysely, Selectable, Transaction } from 'kysely'
import { ConnectorsError } from '../base/errors.js'
import { ownerExists } from './owner.js'
import { ofPresentClient } from './removal.js'
import { type LinkTable, type Schema, toFlag } from './schema.js'
import type { LinkRow, Store } from './store.js'

/** The most pending links that a search looks at: a user with more gets a new one. */
const MOST_PENDING = 20

/** The links that browsers finish. A link has expired from the millisecond `expiresAt` on. */
export function createLinks(db: Kysely<Schema>): Store['links'] {
  return { ...lifeOf(db), ...stepsOf(db) }
}

function lifeOf(
  db: Kysely<Schema>,
): Pick<Store['links'], 'insert' | 'find' | 'findPending' | 'findByState' | 'deleteExpired'> {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        if (!(await ownerExists(transaction, row))) return
        await transaction
          .insertInto('links')
          .values(fromRow(row))
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }),
    async find(id) {
      const found = await db
        .selectFrom('links')
        .selectAll()
        .where('id', '=', id)
        .where(ofPresentClient)
        .executeTakeFirst()
      return found && toLinkRow(found)
    },
    async findPending({ userId, connector, callbackUrl, replaceDuplicate }, until) {
      const found = await db
        .selectFrom('links')
        .selectAll()
        .where('user_id', '=', userId)
        .where(ofPresentClient)
        .where('connector', '=', connector)
        .where('status', '=', 'pending')
        .where('expires_at', '>=', until)
        .where('callback_url', '=', callbackUrl)
        .where('replace_duplicate', '=', toFlag(replaceDuplicate))
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(MOST_PENDING)
        .execute()
      return found.map(toLinkRow)
    },
    async findByState(stateHash) {
      const found = await db
        .selectFrom('links')
        .selectAll()
        .where('state_hash', '=', stateHash)
        .where(ofPresentClient)
        .executeTakeFirst()
      return found && toLinkRow(found)
    },
    async deleteExpired(now) {
      await db.deleteFrom('links').where('expires_at', '<=', now).execute()
    },
  }
}

/** The steps of a link: each is one statement, so that of two concurrent attempts one succeeds. */
function stepsOf(
  db: Kysely<Schema>,
): Pick<Store['links'], 'start' | 'take' | 'claim' | 'reseal' | 'reopen' | 'finish'> {
  return {
    async start(id, stateHash, sealed) {
      const { numUpdatedRows } = await db
        .updateTable('links')
        .set({ state_hash: stateHash, sealed })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where('state_hash', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(exists(selectFrom('links as other').select('other.id').where('other.state_hash', '=', stateHash))),
        )
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    take: (stateHash, now) => consume(db, 'state_hash', stateHash, now),
    claim: (id, now) => consume(db, 'id', id, now),
    async reseal(id, before, after) {
      const { numUpdatedRows } = await db
        .updateTable('links')
        .set({ sealed: after })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where('sealed', '=', before)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async reopen(id, { sealed, expiresAt }) {
      const { numUpdatedRows } = await db
        .updateTable('links')
        .set({ status: 'pending', state_hash: null, sealed, expires_at: expiresAt })
        .where('id', '=', id)
        .where('status', '=', 'consumed')
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async finish(id, outcome, sealed) {
      const end =
        'error' in outcome
          ? { status: 'failed' as const, error: outcome.error, user_identifier: null }
          : { status: 'linked' as const, error: null, user_identifier: outcome.userIdentifier }
      await db
        .updateTable('links')
        .set(sealed === undefined ? end : { ...end, sealed })
        .where('id', '=', id)
        .where('status', 'in', ['pending', 'consumed'])
        .execute()
    },
  }
}

async function consume(
  db: Kysely<Schema>,
  column: 'id' | 'state_hash',
  value: string,
  now: number,
): Promise<LinkRow | undefined> {
  const found = await db
    .updateTable('links')
    .set({ status: 'consumed', expires_at: now })
    .where(column, '=', value)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .where(ofPresentClient)
    .returningAll()
    .executeTakeFirst()
  return found && toLinkRow(found)
}

/**
 * Marks a link as linked to its account, as part of the transaction that stores the account.
 * @throws LINK_EXPIRED when the link is no longer in progress, which rolls back the transaction
 */
export async function completeLink(
  transaction: Transaction<Schema>,
  linkId: string,
  sealed: string,
  userIdentifier: string,
): Promise<void> {
  const { numUpdatedRows } = await transaction
    .updateTable('links')
    .set({ status: 'linked', error: null, user_identifier: userIdentifier, sealed })
    .where('id', '=', linkId)
    .where('status', '=', 'consumed')
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  throw new ConnectorsError(
    'LINK_EXPIRED',
    'The link ended before its account could be stored, so nothing was linked; start another one.',
  )
}

const fromRow = (row: LinkRow): Selectable<LinkTable> => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  connector: row.connector,
  state_hash: row.stateHash,
  callback_url: row.callbackUrl,
  replace_duplicate: toFlag(row.replaceDuplicate),
  sealed: row.sealed,
  status: row.status,
  user_identifier: row.userIdentifier,
  error: row.error,
  created_at: row.createdAt,
  expires_at: row.expiresAt,
})

export const toLinkRow = (found: Selectable<LinkTable>): LinkRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  connector: found.connector,
  stateHash: found.state_hash,
  callbackUrl: found.callback_url,
  replaceDuplicate: found.replace_duplicate === 1,
  sealed: found.sealed,
  status: found.status,
  userIdentifier: found.user_identifier,
  error: found.error,
  createdAt: found.created_at,
  expiresAt: found.expires_at,
})
