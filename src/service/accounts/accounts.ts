import type { Clock } from '../../base/clock.js'
import { CredentialRefused } from '../../base/credential-refused.js'
import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { uuid } from '../../base/random.js'
import { issueMessage } from '../../base/zod-issue.js'
import { CONFIGURATION, type Connector, z } from '../../kit/index.js'
import type { IntegrationRow, LinkEnding, Store } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import { bindUpstream, type Ports } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorPlace, Credential, Credentials } from '../upstream/credentials.js'
import { hasEnded, redactorsOf } from '../upstream/credentials.js'
import { accountName } from './account-name.js'
import { type FoundServer, type LinkedEnd, type TriedAccount, triedAccount } from './trial.js'

/** The trial of a new credential must end before the published SDK stops waiting (10 s). Milliseconds. */
const TRIAL_TIME = 9_000

export interface StoredAccount {
  row: IntegrationRow
  /** True when an account of that name got the new credential. */
  replaced: boolean
  /** What answered the trial; undefined where the connector does not say. */
  server: FoundServer | undefined
  /** True when nothing can be changed through the account; undefined where the connector does not say. */
  readOnly: boolean | undefined
}

/** The link that an account is stored for. */
export interface LinkUnderWay {
  /** Runs after the trial and before anything is stored; what it throws keeps the account from being stored. */
  claim?: (account: TriedAccount) => Promise<void>
  /** What is written of the link's end together with the account. */
  ending: (account: LinkedEnd) => Promise<LinkEnding>
}

export interface Integrations {
  listOfUser(caller: Caller): Promise<IntegrationRow[]>
  listOfConnector(caller: Caller, connector: string): Promise<IntegrationRow[]>
  /** @throws INTEGRATION_NOT_FOUND */
  get(caller: Caller, connector: string, identifier: string): Promise<IntegrationRow>
  /** @throws INTEGRATION_NOT_FOUND */
  select(caller: Caller, connector: string, identifier: string): Promise<void>
  /** Links by a configuration: tried first, stored only if it works. */
  linkCustom(
    caller: Caller,
    connector: string,
    configuration: unknown,
    replaceDuplicate: boolean,
    link?: LinkUnderWay,
  ): Promise<StoredAccount>
  /**
   * Asks the third party whose credential it is, and stores it under that name; a link ends in the same transaction.
   * @throws INTEGRATION_EXISTS without `replaceDuplicate`, LINK_EXPIRED when the link has ended meanwhile
   */
  store(
    caller: Caller,
    connector: Connector,
    credential: Credential,
    scopes: readonly string[],
    replaceDuplicate: boolean,
    link?: LinkUnderWay,
  ): Promise<StoredAccount>
}

interface Deps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  clock: Clock
}

export const createIntegrations = (deps: Deps): Integrations => new StoredIntegrations(deps)

class StoredIntegrations implements Integrations {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async listOfUser(caller: Caller): Promise<IntegrationRow[]> {
    const rows = await this.#deps.store.integrations.listOfUser(caller.userId)
    return Promise.all(rows.map((row) => this.#asItIsNow(row)))
  }

  async listOfConnector(caller: Caller, connector: string): Promise<IntegrationRow[]> {
    await this.#deps.catalogue.get(connector)
    return (await this.listOfUser(caller)).filter((row) => row.connector === connector)
  }

  async get(caller: Caller, connector: string, identifier: string): Promise<IntegrationRow> {
    await this.#deps.catalogue.get(connector)
    const row = await this.#deps.store.integrations.find(caller.userId, connector, identifier)
    if (!row) throw accountNotFound(connector)
    return this.#asItIsNow(row)
  }

  async select(caller: Caller, connector: string, identifier: string): Promise<void> {
    await this.#deps.catalogue.get(connector)
    if (!(await this.#deps.store.integrations.select(caller.userId, connector, identifier)))
      throw accountNotFound(connector)
  }

  async linkCustom(
    caller: Caller,
    name: string,
    given: unknown,
    replaceDuplicate: boolean,
    link?: LinkUnderWay,
  ): Promise<StoredAccount> {
    const connector = await this.#deps.catalogue.get(name)
    const configuration = parseConfiguration(connector, given)
    const credential: Credential = { kind: 'custom', configuration }
    try {
      return await this.store(caller, connector, credential, [], replaceDuplicate, link)
    } catch (error) {
      throw withCleanDetails(error, redactorsOf(connector, credential).inErrors)
    }
  }

  async store(
    caller: Caller,
    connector: Connector,
    credential: Credential,
    scopes: readonly string[],
    replaceDuplicate: boolean,
    link?: LinkUnderWay,
  ): Promise<StoredAccount> {
    const { integrations } = this.#deps.store
    const account = await this.#whoIs(caller, connector, credential)
    await link?.claim?.(account)
    const { server, readOnly } = account
    const authScopes = [...(account.scopes ?? scopes)]
    const told = { scopes: authScopes, server, readOnly }
    const owner = {
      clientId: caller.clientId,
      userId: caller.userId,
      connector: connector.name,
      userIdentifier: account.identifier,
    }
    const change = {
      ...(await this.#deps.credentials.seal(owner, credential)),
      authScopes,
      authType: credential.kind,
    }
    const replace = async (): Promise<StoredAccount | undefined> => {
      if (!replaceDuplicate) return undefined
      const { userId, userIdentifier } = owner
      const at = this.#deps.clock()
      const ending = await link?.ending({ replaced: true, ...told })
      const row = await integrations.replaceCredential(userId, connector.name, userIdentifier, change, at, ending)
      return row && { row, replaced: true, server, readOnly }
    }
    const replaced = await replace()
    if (replaced) return replaced
    const added = { id: uuid(), ...owner, ...change, authStatus: 'active' as const, createdAt: this.#deps.clock() }
    if (await integrations.insert(added, await link?.ending({ replaced: false, ...told }))) {
      const row = await this.get(caller, connector.name, owner.userIdentifier)
      return { row, replaced: false, server, readOnly }
    }
    // Another link of the same account may have ended between the two.
    const twin = await replace()
    if (twin) return twin
    throw accountExists(connector.name)
  }

  /** Nobody need call with a token that has ended to find that out. */
  async #asItIsNow(row: IntegrationRow): Promise<IntegrationRow> {
    const { credentials, clock } = this.#deps
    if (row.authType !== 'oauth2' || row.authStatus !== 'active') return row
    const ended = await credentials.open(row).then(
      (credential) => hasEnded(credential, clock()),
      () => false,
    )
    return ended ? { ...row, authStatus: 'reconnect_required' } : row
  }

  /** The trial of a credential: the third party says whose it is. */
  async #whoIs(caller: Caller, connector: Connector, credential: Credential): Promise<TriedAccount> {
    const { ports, placeOf } = this.#deps
    const key = `trial:${uuid()}`
    const deadline = startDeadline(TRIAL_TIME)
    const { signal } = deadline
    try {
      const owner = { client: caller.clientId, user: caller.userId }
      const upstream = bindUpstream(ports, connector, { key, owner, credential, place: placeOf(connector), signal })
      const configuration = credential.kind === 'custom' ? credential.configuration : {}
      const account = await connector.account?.(upstream, configuration)
      if (!account) {
        throw new ConnectorsError('INTERNAL', `The connector ${connector.name} cannot tell whose account it is.`)
      }
      const chosen = credential.kind === 'custom' && configuration.identifier === account.identifier
      return triedAccount(accountName(account.identifier, chosen), account)
    } catch (error) {
      throw trialError(connector, error, signal)
    } finally {
      deadline.end()
      if (connector.port === 'database') await ports.databases.close(key)
    }
  }
}

/** @throws AUTH_TYPE_NOT_SUPPORTED, INVALID_PARAMETERS, TOO_LARGE */
function parseConfiguration(connector: Connector, given: unknown): Record<string, unknown> {
  const { custom } = connector.auth
  if (!custom) throw authTypeNotSupported(connector)
  if (!isPlainObject(given)) throw invalidParameters('The configuration is missing or not an object.')
  if (JSON.stringify(given).length > CONFIGURATION) {
    const most = `${CONFIGURATION / 1024} KiB`
    throw new ConnectorsError('TOO_LARGE', `A configuration takes at most ${most}; give what the account needs alone.`)
  }
  const parsed = z.object(custom.fields).safeParse(given)
  if (parsed.success) return parsed.data
  // Zod's own words only: they name types and sizes, never the value that was given.
  throw invalidParameters(
    `The configuration of ${connector.name} does not fit; it takes ${Object.keys(custom.fields).join(', ')}.`,
    parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), message: issueMessage(issue) })),
  )
}

export function authTypeNotSupported(connector: Connector): ConnectorsError {
  const supported = [...(connector.auth.oauth2 ? ['oauth2'] : []), ...(connector.auth.custom ? ['custom'] : [])]
  return new ConnectorsError(
    'AUTH_TYPE_NOT_SUPPORTED',
    supported.length === 0
      ? `The connector ${connector.name} needs no account; call its actions straight away.`
      : `Accounts of ${connector.name} are not linked that way; use ${supported.join(' or ')}.`,
    { details: { supported_auth_types: supported } },
  )
}

export const accountNotFound = (connector: string): ConnectorsError =>
  new ConnectorsError(
    'INTEGRATION_NOT_FOUND',
    `You have no ${connector} account of that name; list your integrations to see those you have.`,
  )

const accountExists = (connector: string): ConnectorsError =>
  new ConnectorsError(
    'INTEGRATION_EXISTS',
    `That ${connector} account is linked already; ask for it to be replaced to give it the new credential.`,
  )

/** A refusal during the trial is no reason to reconnect: nothing is linked yet. */
function trialError({ port }: Connector, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) {
    return new ConnectorsError(
      'UPSTREAM_TIMEOUT',
      'The trial connection took too long, so nothing was linked; check the address and try again.',
    )
  }
  if (error instanceof z.ZodError) {
    const message = 'The third party did not say whose account it is, so nothing was linked; try again later.'
    return new ConnectorsError('UPSTREAM_ERROR', message, { cause: error })
  }
  if (!(error instanceof CredentialRefused)) return error
  return new ConnectorsError(
    'LINK_FAILED',
    // A database says which part of the configuration it is: the login, or the name of the database.
    port === 'database'
      ? `${error.message} Nothing was linked.`
      : 'The third party refused the credential, so nothing was linked; check it and try again.',
    {
      ...(error.details ? { details: error.details } : {}),
      cause: error,
    },
  )
}

/** The same error with its details cleaned of secrets that a driver or a third party quoted. */
export function withCleanDetails(error: unknown, clean: <T>(value: T) => T): unknown {
  if (!(error instanceof ConnectorsError)) return error
  const message = clean(error.message)
  const options = {
    ...(error.details ? { details: clean(error.details) } : {}),
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    retryable: error.retryable,
  }
  return error instanceof CredentialRefused
    ? new CredentialRefused(message, options)
    : new ConnectorsError(error.code, message, options)
}
