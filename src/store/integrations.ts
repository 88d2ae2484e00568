import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import { completeLink } from './links.js'
import { prepared } from './prepared.js'
import { ofPresentClient } from './removal.js'
import { insertRevocation } from './revocations.js'
import { type Flag, type IntegrationTable, type Schema, toFlag } from './schema.js'
import type { AccountVersion, IntegrationRow, LinkCompletion, NewIntegration, PutIntegration, Store } from './store.js'

/** A literal, so that the database sees that it can use the index of the defaults. */
const SELECTED = sql.lit<Flag>(1)

/** The accounts. Exactly one per user and connector is `selected`; an index guarantees that there are never two. */
export function createIntegrations(db: Kysely<Schema>): Store['integrations'] {
  return { ...reads(db), ...credentialChanges(db), ...membership(db) }
}

function reads(
  db: Kysely<Schema>,
): Pick<Store['integrations'], 'listOfUser' | 'find' | 'findSelected' | 'pageOfGrants'> {
  const ofUser = prepared(db, (userId: string) =>
    db.selectFrom('integrations').selectAll().where('user_id', '=', userId).where(ofPresentClient).orderBy('seq'),
  )
  const ofName = prepared(db, (userId: string, connector: string, userIdentifier: string) =>
    db
      .selectFrom('integrations')
      .selectAll()
      .where('user_id', '=', userId)
      .where('connector', '=', connector)
      .where('user_identifier', '=', userIdentifier)
      .where(ofPresentClient),
  )
  const selected = prepared(db, (userId: string, connector: string) =>
    db
      .selectFrom('integrations')
      .selectAll()
      .where('user_id', '=', userId)
      .where('connector', '=', connector)
      .where('selected', '=', SELECTED)
      .where(ofPresentClient),
  )
  return {
    listOfUser: async (userId) => (await ofUser(userId)).map(toIntegrationRow),
    find: async (userId, connector, userIdentifier) =>
      (await ofName(userId, connector, userIdentifier)).map(toIntegrationRow)[0],
    findSelected: async (userId, connector) => (await selected(userId, connector)).map(toIntegrationRow)[0],
    async pageOfGrants(clientId, after, limit) {
      const found = await db
        .selectFrom('integrations')
        .selectAll()
        .where('client_id', '=', clientId)
        .where('auth_type', '=', 'oauth2')
        .where('seq', '>', after)
        .where(ofPresentClient)
        .orderBy('seq')
        .limit(limit)
        .execute()
      return { rows: found.map(toIntegrationRow), last: found.at(-1)?.seq }
    },
  }
}

function credentialChanges(db: Kysely<Schema>): Pick<Store['integrations'], 'updateCredential' | 'setStatus'> {
  return {
    async updateCredential(id, version, { credential, credentialSerial, authScopes }, at) {
      const { numUpdatedRows } = await db
        .updateTable('integrations')
        // A grant that was just renewed works, whatever another process found out about its previous credential.
        .set({
          credential,
          credential_serial: credentialSerial,
          version: version + 1,
          auth_status: 'active',
          updated_at: at,
          ...(authScopes ? { auth_scopes: JSON.stringify(authScopes) } : {}),
        })
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async setStatus(id, version, status, at) {
      const { numUpdatedRows } = await db
        .updateTable('integrations')
        .set({ auth_status: status, updated_at: at })
        .where('id', '=', id)
        .where('version', '=', version)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }
}

type Membership = 'insert' | 'put' | 'replace' | 'select' | 'delete'

function membership(db: Kysely<Schema>): Pick<Store['integrations'], Membership> {
  return {
    insert: (row, ending) => db.transaction().execute((transaction) => add(transaction, row, ending)),
    put: (row, ending) =>
      db
        .transaction()
        .execute(
          async (transaction) => (await replace(transaction, row, ending)) ?? (await add(transaction, row, ending)),
        ),
    replace: (row, asRead, ending) =>
      db.transaction().execute((transaction) => replace(transaction, row, ending, asRead)),
    select: (userId, connector, userIdentifier) =>
      db.transaction().execute(async (transaction) => {
        if (!(await lockUser(transaction, userId))) return false
        const next = await transaction
          .selectFrom('integrations')
          .select('seq')
          .where('user_id', '=', userId)
          .where('connector', '=', connector)
          .where('user_identifier', '=', userIdentifier)
          .executeTakeFirst()
        if (!next) return false
        await transaction
          .updateTable('integrations')
          .set({ selected: 0 })
          .where('user_id', '=', userId)
          .where('connector', '=', connector)
          .where('selected', '=', SELECTED)
          .execute()
        await transaction.updateTable('integrations').set({ selected: 1 }).where('seq', '=', next.seq).execute()
        return true
      }),
    delete: (userId, connector, userIdentifier, revocation) =>
      db.transaction().execute(async (transaction) => {
        if (!(await lockUser(transaction, userId))) return undefined
        const removed = await transaction
          .deleteFrom('integrations')
          .where('user_id', '=', userId)
          .where('connector', '=', connector)
          .where('user_identifier', '=', userIdentifier)
          .returningAll()
          .executeTakeFirst()
        if (!removed) return undefined
        if (revocation && removed.auth_type === 'oauth2')
          await insertRevocation(transaction, { ...toIntegrationRow(removed), ...revocation, attempts: 0 })
        const newDefault = removed.selected === 1 ? await selectNewest(transaction, userId, connector) : null
        return { removed: toIntegrationRow(removed), newDefault }
      }),
  }
}

/** @returns undefined when the name is taken, or there is no such user */
async function add(
  transaction: Transaction<Schema>,
  row: NewIntegration,
  ending: LinkCompletion | undefined,
): Promise<PutIntegration | undefined> {
  if ((await lockUser(transaction, row.userId))?.client_id !== row.clientId) return undefined
  const others = transaction
    .selectFrom('integrations')
    .select('id')
    .where('user_id', '=', row.userId)
    .where('connector', '=', row.connector)
  const isFirst = (await others.limit(1).executeTakeFirst()) === undefined
  const added = await transaction
    .insertInto('integrations')
    .values({ ...fromNew(row), selected: isFirst ? 1 : 0 })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  if (!added) return undefined
  if (ending) await completeLink(transaction, ending.linkId, ending.sealed.added, row.userIdentifier)
  return { row: toIntegrationRow(added), replaced: false }
}

/** @returns undefined when no account has that name, or it has changed since it was read */
async function replace(
  transaction: Transaction<Schema>,
  row: NewIntegration,
  ending: LinkCompletion | undefined,
  asRead?: AccountVersion,
): Promise<PutIntegration | undefined> {
  if (!(await lockUser(transaction, row.userId))) return undefined
  const { id: _, client_id, user_id, connector, user_identifier, created_at: __, ...changed } = fromNew(row)
  const replaced = await transaction
    .updateTable('integrations')
    .set((found) => ({
      ...changed,
      version: found('version', '+', 1),
    }))
    .where('user_id', '=', user_id)
    .where('client_id', '=', client_id)
    .where('connector', '=', connector)
    .where('user_identifier', '=', user_identifier)
    .$if(asRead !== undefined, (found) =>
      found.where('id', '=', asRead?.id ?? '').where('version', '=', asRead?.version ?? 0),
    )
    .returningAll()
    .executeTakeFirst()
  if (!replaced) return undefined
  if (ending) await completeLink(transaction, ending.linkId, ending.sealed.replaced, row.userIdentifier)
  return { row: toIntegrationRow(replaced), replaced: true }
}

/** Makes the most recently added account the default and returns its name; null when there is none. */
async function selectNewest(transaction: Transaction<Schema>, userId: string, connector: string) {
  const selected = await transaction
    .updateTable('integrations')
    .set({ selected: 1 })
    .where('seq', '=', (row) =>
      row
        .selectFrom('integrations')
        .select((newest) => newest.fn.max('seq').as('seq'))
        .where('user_id', '=', userId)
        .where('connector', '=', connector),
    )
    .returning('user_identifier')
    .executeTakeFirst()
  return selected?.user_identifier ?? null
}

/**
 * Writes the user's row as it is, so that changes of one user's accounts wait for each other also in a database that
 * lets writers run side by side: each sees which account is the default after the change before it.
 */
function lockUser(transaction: Transaction<Schema>, userId: string): Promise<{ client_id: string } | undefined> {
  return transaction
    .updateTable('users')
    .set((row) => ({ is_active: row.ref('is_active') }))
    .where('id', '=', userId)
    .where(ofPresentClient)
    .returning('client_id')
    .executeTakeFirst()
}

const toFlagOrNull = (value: boolean | null | undefined): Flag | null => (value == null ? null : toFlag(value))

const fromNew = (row: NewIntegration) => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  connector: row.connector,
  user_identifier: row.userIdentifier,
  title: row.title ?? null,
  account_id: row.accountId ?? null,
  read_only: toFlagOrNull(row.readOnly),
  auth_type: row.authType,
  auth_scopes: JSON.stringify(row.authScopes),
  auth_status: row.authStatus,
  credential: row.credential,
  credential_serial: row.credentialSerial,
  version: 1,
  created_at: row.createdAt,
  updated_at: row.updatedAt ?? row.createdAt,
})

export const toIntegrationRow = (found: Selectable<IntegrationTable>): IntegrationRow => ({
  id: found.id,
  clientId: found.client_id,
  userId: found.user_id,
  connector: found.connector,
  userIdentifier: found.user_identifier,
  title: found.title,
  accountId: found.account_id,
  readOnly: found.read_only === null ? null : found.read_only === 1,
  authType: found.auth_type,
  authScopes: JSON.parse(found.auth_scopes) as string[],
  authStatus: found.auth_status,
  selected: found.selected === 1,
  credential: found.credential,
  credentialSerial: found.credential_serial,
  version: found.version,
  createdAt: found.created_at,
  updatedAt: found.updated_at,
})
