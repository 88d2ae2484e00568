import type { Clock } from '../../base/clock.js'
import { count } from '../../base/count.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { z } from '../../kit/index.js'
import type { Store, UserRow } from '../../store/store.js'
import { accountTitle } from '../accounts/account-name.js'
import type { AccountCredential, Credentials } from '../upstream/credentials.js'
import { userContext } from '../vault/seal-contexts.js'
import type { SecretHashes } from '../vault/secret-hashes.js'

/** Users read together. */
const PAGE = 100
/** The most users that an error names. */
const NAMED = 20

const userForm = z.strictObject({
  type: z.literal('user'),
  id: z.string(),
  identifier: z.string(),
  secret_hash: z.string(),
  secret_preview: z.string(),
  is_active: z.boolean(),
  created_at: z.number().int(),
})

/** Belongs to the user record before it. */
const integrationForm = z.strictObject({
  type: z.literal('integration'),
  connector: z.string(),
  user_identifier: z.string(),
  // Left out where there is none, as by earlier releases, which refuse a file that has one.
  title: z.string().optional(),
  account_id: z.string().optional(),
  read_only: z.boolean().optional(),
  auth_type: z.enum(['oauth2', 'custom']),
  auth_scopes: z.array(z.string()),
  auth_status: z.enum(['active', 'reconnect_required']),
  selected: z.boolean(),
  created_at: z.number().int(),
  credential: z.looseObject({ kind: z.enum(['oauth2', 'custom']) }),
})

const recordForm = z.discriminatedUnion('type', [userForm, integrationForm])
type UserRecord = z.output<typeof userForm>
type IntegrationRecord = z.output<typeof integrationForm>

/** A record as text. */
interface WrittenRecord {
  type: 'user' | 'integration'
  text: string
}

export interface ImportSummary {
  users: number
  /** Users that existed before; they keep their id and their secret. */
  existingUsers: number
  integrations: number
}

interface TransferDeps {
  store: Store
  credentials: Credentials
  hashes: SecretHashes
  clock: Clock
}

/** Moves the users of a client, their accounts and the credentials between stores. Links in progress are not moved. */
export class Transfer {
  readonly #deps: TransferDeps

  constructor(deps: TransferDeps) {
    this.#deps = deps
  }

  /**
   * All data of a client as texts, each with its kind, with credentials in plain text: the caller must seal them.
   * @throws MISCONFIGURED when a secret hash or a credential does not open
   */
  async *records(clientId: string): AsyncGenerator<WrittenRecord> {
    let last: string | undefined
    for (;;) {
      const users = await this.#deps.store.users.page(clientId, last, PAGE)
      for (const user of users) yield* recordsOf(user, this.#deps)
      last = users.at(-1)?.id
      if (last === undefined) return
    }
  }

  /**
   * Checks whether the records can be imported; changes nothing.
   * @param replace existing users get the accounts of the file
   * @throws INVALID_PARAMETERS for texts that are not records; USER_EXISTS, naming them, for users that already exist
   */
  async check(clientId: string, records: AsyncIterable<string>, replace: boolean): Promise<void> {
    const inTheWay: string[] = []
    for await (const record of parsed(records)) {
      if (record.type !== 'user') continue
      const obstacle = await obstacleTo(this.#deps.store, clientId, record, replace)
      if (obstacle !== undefined) inTheWay.push(obstacle)
    }
    if (inTheWay.length > 0) throw usersExist(inTheWay, replace)
  }

  /** Imports what `check` accepted. If it is interrupted, it can be run again with `replace`. */
  async write(clientId: string, records: AsyncIterable<string>, replace: boolean): Promise<ImportSummary> {
    const importer = new Importer({ ...this.#deps, clientId, replace })
    for await (const record of parsed(records)) {
      if (record.type === 'user') await importer.user(record)
      else await importer.integration(record)
    }
    return importer.imported
  }
}

/** @throws MISCONFIGURED when a secret hash or a credential does not open */
async function* recordsOf(user: UserRow, { store, credentials, hashes }: TransferDeps): AsyncGenerator<WrittenRecord> {
  const record: UserRecord = {
    type: 'user',
    id: user.id,
    identifier: user.identifier,
    secret_hash: hashes.open(userContext(user), user.secretHash),
    secret_preview: user.secretPreview,
    is_active: user.isActive,
    created_at: user.createdAt,
  }
  yield { type: record.type, text: JSON.stringify(record) }
  for (const row of await store.integrations.listOfUser(user.id)) {
    const account: IntegrationRecord = {
      type: 'integration',
      connector: row.connector,
      user_identifier: row.userIdentifier,
      ...(row.title === null ? {} : { title: row.title }),
      ...(row.accountId === null ? {} : { account_id: row.accountId }),
      ...(row.readOnly === null ? {} : { read_only: row.readOnly }),
      auth_type: row.authType,
      auth_scopes: row.authScopes,
      auth_status: row.authStatus,
      selected: row.selected,
      created_at: row.createdAt,
      credential: { ...(await credentials.open(row)) },
    }
    yield { type: account.type, text: JSON.stringify(account) }
  }
}

async function* parsed(records: AsyncIterable<string>): AsyncGenerator<UserRecord | IntegrationRecord> {
  let first = true
  for await (const text of records) {
    const { data } = recordForm.safeParse(JSON.parse(text))
    if (!data || (first && data.type !== 'user')) {
      throw new ConnectorsError('INVALID_PARAMETERS', 'The file contains a record that this version does not know.')
    }
    first = false
    yield data
  }
}

/** The matching user in the target: of the same id, otherwise of the same name. */
const existing = async (store: Store, clientId: string, { id, identifier }: UserRecord) =>
  (await store.users.find(id)) ?? (await store.users.findByIdentifier(clientId, identifier))

/** The name of a user who cannot be imported. */
async function obstacleTo(store: Store, clientId: string, record: UserRecord, replace: boolean) {
  const found = await existing(store, clientId, record)
  const isSame = found?.clientId === clientId && found.identifier === record.identifier
  return !found || (replace && isSame) ? undefined : record.identifier
}

function usersExist(identifiers: readonly string[], replace: boolean): ConnectorsError {
  const names = identifiers.slice(0, NAMED).map((name) => JSON.stringify(name))
  const more = identifiers.length > NAMED ? ` and ${identifiers.length - NAMED} more` : ''
  const who = count(identifiers.length, 'user exists', 'users exist')
  const where = replace ? 'under another name or in another client' : 'already'
  return new ConnectorsError('USER_EXISTS', `${who} ${where}, so nothing was imported: ${names.join(', ')}${more}.`)
}

interface ImporterDeps extends TransferDeps {
  /** The client that the users are imported into. */
  clientId: string
  /** True: existing users get the accounts of the file. */
  replace: boolean
}

/** Accepts the records one after the other; accounts belong to the user before them. */
class Importer {
  readonly imported: ImportSummary = { users: 0, existingUsers: 0, integrations: 0 }
  readonly #deps: ImporterDeps
  #userId = ''
  /** The connectors at which the user already has a default. */
  #chosen = new Set<string>()

  constructor(deps: ImporterDeps) {
    this.#deps = deps
  }

  async user(record: UserRecord): Promise<void> {
    const { store, hashes, clientId, replace } = this.#deps
    if ((await obstacleTo(store, clientId, record, replace)) !== undefined) throw changedMeanwhile()
    const found = await existing(store, clientId, record)
    this.#userId = found?.id ?? record.id
    if (found) {
      const accounts = await store.integrations.listOfUser(found.id)
      this.#chosen = new Set(accounts.map(({ connector }) => connector))
      this.imported.existingUsers += 1
      return
    }
    const named = {
      id: record.id,
      clientId,
      identifier: record.identifier,
      secretPreview: record.secret_preview,
      // Earlier logins are not valid, not even if the user was in this store before.
      secretSerial: uuid(),
      isActive: record.is_active,
      createdAt: record.created_at,
    }
    const secretHash = hashes.seal(userContext(named), record.secret_hash)
    const added = await store.users.insert({ ...named, secretHash })
    if (!added) throw changedMeanwhile()
    this.#chosen = new Set()
    this.imported.users += 1
  }

  async integration(record: IntegrationRecord): Promise<void> {
    const { store, credentials, clock, clientId } = this.#deps
    const { connector, user_identifier: userIdentifier } = record
    const owner = { clientId, userId: this.#userId, connector, userIdentifier }
    const stored = await store.integrations.put({
      id: uuid(),
      ...owner,
      ...(await credentials.seal(owner, record.credential as unknown as AccountCredential)),
      title: record.title === undefined ? null : accountTitle(record.title, userIdentifier),
      accountId: record.account_id ?? null,
      readOnly: record.read_only ?? null,
      authScopes: record.auth_scopes,
      authType: record.auth_type,
      authStatus: record.auth_status,
      createdAt: record.created_at,
      updatedAt: clock(),
    })
    if (!stored) throw changedMeanwhile()
    if (record.selected && !this.#chosen.has(connector))
      await store.integrations.select(owner.userId, connector, userIdentifier)
    this.imported.integrations += 1
  }
}

const changedMeanwhile = (): ConnectorsError =>
  new ConnectorsError(
    'USER_EXISTS',
    'The store was changed during the import, which stopped halfway; import the file again, and replace the existing users.',
  )
