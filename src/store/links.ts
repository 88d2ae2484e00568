import type { Kysely, Selectable } from 'kysely'
import { type LinkTable, type Schema, toFlag } from './schema.js'
import type { LinkRow, Store } from './store.js'

/** The links that browsers finish. A link has expired from the millisecond `expiresAt` on. */
export function createLinks(db: Kysely<Schema>): Store['links'] {
  return { ...lifeOf(db), ...stepsOf(db) }
}

function lifeOf(db: Kysely<Schema>): Pick<Store['links'], 'insert' | 'find' | 'deleteExpired'> {
  return {
    insert: (row) =>
      db.transaction().execute(async (transaction) => {
        const user = await transaction
          .selectFrom('users')
          .select('id')
          .where('id', '=', row.userId)
          .where('client_id', '=', row.clientId)
          .executeTakeFirst()
        if (!user) return
        await transaction
          .insertInto('links')
          .values(fromRow(row))
          .onConflict((conflict) => conflict.doNothing())
          .execute()
      }),
    async find(id) {
      const found = await db.selectFrom('links').selectAll().where('id', '=', id).executeTakeFirst()
      return found && toRow(found)
    },
    async deleteExpired(now) {
      await db.deleteFrom('links').where('expires_at', '<=', now).execute()
    },
  }
}

/** What happens to a link: each step is one statement, so that of two who try it at once one succeeds. */
function stepsOf(db: Kysely<Schema>): Pick<Store['links'], 'start' | 'reseal' | 'take' | 'claim' | 'finish'> {
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
    async take(stateHash, now) {
      const found = await db
        .updateTable('links')
        .set({ status: 'consumed' })
        .where('state_hash', '=', stateHash)
        .where('status', '=', 'pending')
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return found && toRow(found)
    },
    async claim(id, now) {
      const found = await db
        .updateTable('links')
        .set({ status: 'consumed' })
        .where('id', '=', id)
        .where('status', '=', 'pending')
        .where('expires_at', '>', now)
        .returningAll()
        .executeTakeFirst()
      return found && toRow(found)
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
        .execute()
    },
  }
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

const toRow = (found: Selectable<LinkTable>): LinkRow => ({
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
