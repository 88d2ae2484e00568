import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import type { Connector } from '../../kit/index.js'
import type { IntegrationRow, LinkEnding, Store } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import type { Ports } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import { type ConnectorPlace, type Credentials, hasEnded } from '../upstream/credentials.js'
import { parseConfiguration } from './configuration.js'
import { type FoundServer, runTrial, type Trial } from './trial.js'

export interface StoredAccount {
  row: IntegrationRow
  /** True when an account of that name got the new credential. */
  replaced: boolean
  /** What answered the trial; undefined where the connector does not say. */
  server: FoundServer | undefined
  /** True when nothing can be changed through the account; undefined where the connector does not say. */
  readOnly: boolean | undefined
}

/** How an account is stored. */
export interface SaveOptions {
  /** True: an account of that name gets the new credential. */
  replace: boolean
  /** The link that ends with the account, in the same transaction. */
  ending?: LinkEnding
}

interface AccountsDeps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  clock: Clock
}

/** The accounts of users at third parties, "integrations" in the API. */
export class Accounts {
  readonly #deps: AccountsDeps

  constructor(deps: AccountsDeps) {
    this.#deps = deps
  }

  async listOfUser(caller: Caller): Promise<IntegrationRow[]> {
    const rows = await this.#deps.store.integrations.listOfUser(caller.userId)
    return Promise.all(rows.map((row) => this.#withCurrentStatus(row)))
  }

  async listOfConnector(caller: Caller, connector: string): Promise<IntegrationRow[]> {
    await this.#deps.catalogue.get(connector)
    return (await this.listOfUser(caller)).filter((row) => row.connector === connector)
  }

  /** @throws INTEGRATION_NOT_FOUND */
  async get(caller: Caller, connector: string, identifier: string): Promise<IntegrationRow> {
    await this.#deps.catalogue.get(connector)
    const row = await this.#deps.store.integrations.find(caller.userId, connector, identifier)
    if (!row) throw accountNotFound(connector)
    return this.#withCurrentStatus(row)
  }

  /** Makes the account the default of its connector. @throws INTEGRATION_NOT_FOUND */
  async select(caller: Caller, connector: string, identifier: string): Promise<void> {
    await this.#deps.catalogue.get(connector)
    if (!(await this.#deps.store.integrations.select(caller.userId, connector, identifier)))
      throw accountNotFound(connector)
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
   * Tries a configuration as a person filled it in; stores nothing.
   * @throws AUTH_TYPE_NOT_SUPPORTED, INVALID_PARAMETERS, TOO_LARGE, and what `try` throws
   */
  async tryConfiguration(
    caller: Caller,
    connector: Connector,
    given: Readonly<Record<string, unknown>>,
  ): Promise<Trial> {
    const configuration = parseConfiguration(connector, given)
    return this.try({ caller, connector, credential: { kind: 'custom', configuration }, scopes: [] })
  }

  /**
   * Asks the third party whose credential it is; stores nothing.
   * @param asked its `scopes` are what the grant says, where the third party does not say more
   * @throws LINK_FAILED for a credential that is refused, UPSTREAM_TIMEOUT, and what the connector throws
   */
  try(asked: Omit<Trial, 'account'> & { scopes: readonly string[] }): Promise<Trial> {
    return runTrial(this.#deps, asked)
  }

  /**
   * Stores the account that a trial found, and ends its link in the same transaction.
   * @throws INTEGRATION_EXISTS without `replace`, LINK_EXPIRED when the link has ended meanwhile
   */
  async save(
    { caller, connector, credential, account }: Trial,
    { replace, ending }: SaveOptions,
  ): Promise<StoredAccount> {
    const { store, credentials, clock } = this.#deps
    const { identifier: userIdentifier, scopes, server, readOnly } = account
    const owner = { clientId: caller.clientId, userId: caller.userId, connector: connector.name, userIdentifier }
    const row = {
      id: uuid(),
      ...owner,
      ...(await credentials.seal(owner, credential)),
      authScopes: [...scopes],
      authType: credential.kind,
      authStatus: 'active' as const,
      createdAt: clock(),
    }
    const stored = replace ? await store.integrations.put(row, ending) : await store.integrations.insert(row, ending)
    if (!stored) throw accountExists(connector.name)
    return { ...stored, server, readOnly }
  }

  /** Reports an access token that has expired and cannot be refreshed without a call that fails. */
  async #withCurrentStatus(row: IntegrationRow): Promise<IntegrationRow> {
    const { credentials, clock } = this.#deps
    if (row.authType !== 'oauth2' || row.authStatus !== 'active') return row
    const ended = await credentials.open(row).then(
      (credential) => hasEnded(credential, clock()),
      () => false,
    )
    return ended ? { ...row, authStatus: 'reconnect_required' } : row
  }
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
