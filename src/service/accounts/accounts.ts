import type { Clock } from '../../base/clock.js'
import { uuid } from '../../base/random.js'
import type { Connector } from '../../kit/index.js'
import type { IntegrationRow, LinkCompletion, NewIntegration, Store } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import type { PacedPorts } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import { type ConnectorEndpoints, type Credentials, hasExpiredForGood } from '../upstream/credentials.js'
import { accountNotFound } from './account-not-found.js'
import { parseConfiguration } from './configuration.js'
import {
  accountExists,
  describeAccount,
  type ExistingAccount,
  findExistingAccount,
  mayReplace,
  type ReplacePolicy,
} from './existing-account.js'
import { runTrial, type ServerVersion, type Trial, type TrialRequest } from './trial.js'

export interface StoredAccount {
  row: IntegrationRow
  /** True when an account of that name got the new credential. */
  replaced: boolean
  /** The replaced account in third-party words, if it was another account or a read-only one. */
  replacedAccount: string | null
  /** The server that answered the trial; undefined where the connector does not say. */
  server: ServerVersion | undefined
  /** True when nothing can be changed through the account; undefined where the connector does not say. */
  readOnly: boolean | undefined
}

/** How an account is stored. */
export interface SaveOptions {
  /** Whether an account of that name gets the new credential. */
  replace: ReplacePolicy
  /** Completes the link in the same transaction; gets the replaced account as in `StoredAccount`. */
  ending?: (replacedAccount: string | null) => Promise<LinkCompletion>
}

/** How often storing is attempted while the account to be replaced keeps changing. */
const ATTEMPTS = 5

interface AccountsDeps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  ports: PacedPorts
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  clock: Clock
}

/** The accounts of users at third parties, "integrations" in the API. */
export class Accounts {
  readonly #deps: AccountsDeps
  /** What was picked out of lists, by connector. */
  readonly #ofConnectors = new WeakMap<readonly IntegrationRow[], Map<string, readonly IntegrationRow[]>>()

  constructor(deps: AccountsDeps) {
    this.#deps = deps
  }

  /** @returns the same object as long as nothing has changed, unless an account has ended by time alone */
  async listOfUser(caller: Caller): Promise<readonly IntegrationRow[]> {
    const rows = await this.#deps.store.integrations.listOfUser(caller.userId)
    const unopened = rows.filter((row) => mayEndByItself(row) && !this.#deps.credentials.opened(row))
    if (unopened.length > 0) await Promise.all(unopened.map((row) => this.#tryToOpen(row)))
    return rows.some((row) => this.#hasEnded(row)) ? rows.map((row) => this.#withCurrentStatus(row)) : rows
  }

  /** @returns as `listOfUser` */
  async listOfConnector(caller: Caller, connector: string): Promise<readonly IntegrationRow[]> {
    this.#deps.catalogue.requireKnown(connector)
    const rows = await this.listOfUser(caller)
    const known = this.#ofConnectors.get(rows) ?? new Map<string, readonly IntegrationRow[]>()
    if (known.size === 0) this.#ofConnectors.set(rows, known)
    const ofConnector = known.get(connector) ?? rows.filter((row) => row.connector === connector)
    known.set(connector, ofConnector)
    return ofConnector
  }

  /** @throws INTEGRATION_NOT_FOUND */
  async get(caller: Caller, connector: string, identifier: string): Promise<IntegrationRow> {
    this.#deps.catalogue.requireKnown(connector)
    const row = await this.#deps.store.integrations.find(caller.userId, connector, identifier)
    if (!row) throw await this.#notFound(caller, connector, identifier)
    if (mayEndByItself(row)) await this.#tryToOpen(row)
    return this.#withCurrentStatus(row)
  }

  /** Makes the account the default of its connector. @throws INTEGRATION_NOT_FOUND */
  async select(caller: Caller, connector: string, identifier: string): Promise<void> {
    this.#deps.catalogue.requireKnown(connector)
    if (!(await this.#deps.store.integrations.select(caller.userId, connector, identifier)))
      throw await this.#notFound(caller, connector, identifier)
  }

  /**
   * Tries a configuration and stores the account.
   * @throws what `try` and `save` throw
   */
  async link(
    caller: Caller,
    connectorName: string,
    configuration: Readonly<Record<string, unknown>>,
    options: SaveOptions,
  ): Promise<StoredAccount> {
    const connector = await this.#deps.catalogue.get(connectorName)
    return this.save(await this.tryConfiguration(caller, connector, configuration), options)
  }

  /**
   * Tries a configuration that a person filled in; stores nothing.
   * @param mayRename true: an invalid chosen name is adapted, rather than refused
   * @throws AUTH_TYPE_NOT_SUPPORTED, INVALID_PARAMETERS, TOO_LARGE, and what `try` throws
   */
  async tryConfiguration(
    caller: Caller,
    connector: Connector,
    given: Readonly<Record<string, unknown>>,
    mayRename = false,
  ): Promise<Trial> {
    const configuration = parseConfiguration(connector, given)
    return this.try({ caller, connector, credential: { kind: 'custom', configuration }, scopes: [], mayRename })
  }

  /**
   * Asks the third party whose credential it is; stores nothing.
   * @throws LINK_FAILED for a credential that is refused, UPSTREAM_TIMEOUT, and what the connector throws
   */
  try(asked: TrialRequest): Promise<Trial> {
    return runTrial(this.#deps, asked)
  }

  /** The existing account under the name that a trial found; undefined if there is none. */
  standing(trial: Trial): Promise<ExistingAccount | undefined> {
    return findExistingAccount(this.#deps, trial)
  }

  /**
   * Stores the account that a trial found, and completes its link in the same transaction. One of the same name is replaced only
   * if it has not changed since it was examined, however many processes try.
   * @throws INTEGRATION_EXISTS where `replace` does not allow that, LINK_EXPIRED when the link has ended meanwhile
   */
  async save(trial: Trial, options: SaveOptions): Promise<StoredAccount> {
    const { server, readOnly } = trial.account
    for (let attempt = 1; ; attempt++) {
      const standing = await this.standing(trial)
      if (standing && !mayReplace(standing, options.replace)) throw accountExists(trial.connector.name, standing)
      const replacedAccount = standing && standing.change !== 'refresh' ? describeAccount(standing) : null
      const ending = await options.ending?.(replacedAccount)
      const row = await this.#newRow(trial, standing?.row.userIdentifier)
      const { integrations } = this.#deps.store
      const stored = standing
        ? await integrations.replace(row, standing.row, ending)
        : await integrations.insert(row, ending)
      if (stored) return { ...stored, replacedAccount, server, readOnly }
      if (attempt === ATTEMPTS) throw accountExists(trial.connector.name, standing)
    }
  }

  /** @param replaces the name of the account that gets the credential, where there is one */
  async #newRow(
    { caller, connector, credential, account }: Trial,
    replaces: string | undefined,
  ): Promise<NewIntegration> {
    const { credentials, clock } = this.#deps
    const { identifier, title = null, accountId = null, scopes, readOnly = null } = account
    const { clientId, userId } = caller
    const owner = { clientId, userId, connector: connector.name, userIdentifier: replaces ?? identifier }
    return {
      id: uuid(),
      ...owner,
      ...(await credentials.seal(owner, credential)),
      ...{ title, accountId, readOnly },
      authScopes: [...scopes],
      authType: credential.kind,
      authStatus: 'active',
      createdAt: clock(),
    }
  }

  #notFound({ userId }: Caller, connector: string, identifier: string): Promise<Error> {
    return accountNotFound(this.#deps.store, { userId, connector, identifier })
  }

  /** What does not open is reported by the call that needs it. */
  async #tryToOpen(row: IntegrationRow): Promise<void> {
    await this.#deps.credentials.open(row).catch(() => undefined)
  }

  /** Reports an access token that has expired and cannot be refreshed without a call that fails. */
  #withCurrentStatus(row: IntegrationRow): IntegrationRow {
    return this.#hasEnded(row) ? { ...row, authStatus: 'reconnect_required' } : row
  }

  #hasEnded(row: IntegrationRow): boolean {
    const { credentials, clock } = this.#deps
    const credential = mayEndByItself(row) ? credentials.opened(row) : undefined
    return credential !== undefined && hasExpiredForGood(credential, clock())
  }
}

/** Whether time alone can make it need a new link: an access token expires, and the store has not heard of it. */
const mayEndByItself = ({ authType, authStatus }: IntegrationRow): boolean =>
  authType === 'oauth2' && authStatus === 'active'
