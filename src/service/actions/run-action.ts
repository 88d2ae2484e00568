import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseOwner } from '../../database/port.js'
import {
  type Administration,
  type Connector,
  ConnectorFile,
  type PreparedAction,
  type ServiceCall,
  type ShapedResult,
} from '../../kit/index.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import { accountNotFound } from '../accounts/accounts.js'
import { ReconnectRequired } from '../grants/reconnect-required.js'
import type { CurrentAccount, Refresher } from '../grants/refresh.js'
import type { Caller } from '../tenants/users.js'
import { bindUpstream, type Ports } from '../upstream/bind.js'
import { type Catalogue, getAction } from '../upstream/catalogue.js'
import {
  type ConnectorEndpoints,
  type Redactors,
  redactorsOf,
  shownConfiguration,
  withCleanDetails,
} from '../upstream/credentials.js'
import type { Vault } from '../vault/vault.js'
import { checkAdministrator } from './administrator.js'
import { checkScopes, withLikelyScope } from './missing-scope.js'
import { requireReading } from './require-reading.js'
import { sealedCursors } from './sealed-cursors.js'

export interface ActionRun {
  result: ShapedResult
  /** The account that acted; null for a connector that needs none. */
  actedAs: string | null
}

export interface RunRequest {
  connector: string
  action: string
  input: Readonly<Record<string, unknown>>
  /** The account the caller named, or null for the default. */
  identifier: string | null
  /** True if the call may only read; false by default. */
  readOnly?: boolean
  /** True if the call came with the administrator's key; false by default. */
  isAdministrator?: boolean
  signal: AbortSignal
}

export type RunAction = (caller: Caller, request: RunRequest) => Promise<ActionRun>

const NOTHING_TO_REDACT: Redactors = { inErrors: (value) => value, inResults: (value) => value }

/** What is run, and for whom. */
interface Play {
  connector: Connector
  run: PreparedAction
  call: Omit<ServiceCall, 'configuration' | 'account'>
  owner: DatabaseOwner
}

interface ActionExecutorDeps {
  store: Store
  catalogue: Catalogue
  refresher: Refresher
  ports: Ports
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  /** An opaque text by which connectors tell users apart. */
  callerName: (caller: Caller) => string
  vault: Vault
  /** What an administrator's action works with. */
  administrationOf: (of: { clientId: string; connector: string; signal: AbortSignal }) => Administration
}

/** Runs actions with the accounts of the users who call them. */
export class ActionExecutor {
  readonly #deps: ActionExecutorDeps

  constructor(deps: ActionExecutorDeps) {
    this.#deps = deps
  }

  /**
   * Picks the account, opens its credential (refreshed first when it is about to expire), runs the action, and redacts the
   * result.
   * @throws CONNECTOR_NOT_FOUND, ACTION_NOT_FOUND, INVALID_API_KEY for an administrator's action of another caller, INVALID_PARAMETERS, INTEGRATION_NOT_FOUND, FORBIDDEN for a call that may
   * only read and could do more, and for an account whose scopes are known and do not suffice, ReconnectRequired when the
   * third party no longer accepts the credential, and what the refresh and the action throw
   */
  async run(caller: Caller, request: RunRequest): Promise<ActionRun> {
    const { store, catalogue, refresher, endpointsOf, callerName, vault, administrationOf } = this.#deps
    const connector = await catalogue.get(request.connector)
    const action = getAction(connector, request.action)
    const { identifier, readOnly = false, isAdministrator = false, signal, input } = request
    checkAdministrator(action, isAdministrator)
    if (readOnly) requireReading(action, input)
    const run = action.prepare(input)
    const owner = { client: caller.clientId, user: caller.userId }
    const call = {
      identifier,
      readOnly,
      caller: callerName(caller),
      signal,
      ...sealedCursors(vault, caller, [request.connector, request.action]),
    }
    if (action.administrator) {
      const administration = administrationOf({ clientId: caller.clientId, connector: connector.name, signal })
      const result = await run(undefined, { ...call, account: null, configuration: {}, administration })
      return { result, actedAs: null }
    }
    const asked: Play = { connector, run, call, owner }
    if (!connector.auth.oauth2 && !connector.auth.custom) {
      return { result: await this.#play(asked), actedAs: null }
    }
    const row = await pickAccount(store, caller, request)
    const endpoints = endpointsOf(connector)
    const using = await refresher.fresh(row, endpoints)
    return this.#attempt(asked, using, () => refresher.afterRefusal(using, endpoints))
  }

  /**
   * Runs it with a credential, and once more with another one if the third party refuses the first.
   * @param another returns undefined if no other credential is available
   */
  async #attempt(
    asked: Play,
    using: CurrentAccount,
    another: () => Promise<CurrentAccount | undefined>,
  ): Promise<ActionRun> {
    const { refresher } = this.#deps
    try {
      const result = await this.#play(asked, using)
      await refresher.mark(using, 'active')
      return { result, actedAs: using.row.userIdentifier }
    } catch (error) {
      // Nothing was done.
      if (!(error instanceof CredentialRefused)) throw error
      const renewed = await another()
      if (renewed) return this.#attempt(asked, renewed, noOther)
      await refresher.mark(using, 'reconnect_required')
      throw new ReconnectRequired(using.row, error)
    }
  }

  /** Runs it with the credential of an account, or with none, and redacts the credential in the result and in errors. */
  async #play({ connector, run, call, owner }: Play, fresh?: CurrentAccount): Promise<ShapedResult> {
    const { ports, endpointsOf } = this.#deps
    const endpoints = endpointsOf(connector)
    if (fresh) checkScopes(run.scopes, fresh.row, endpoints)
    const redact = fresh ? redactorsOf(connector, fresh.credential) : NOTHING_TO_REDACT
    const configuration = shownConfiguration(connector, fresh?.credential)
    try {
      const upstream = bindUpstream(ports, connector, {
        key: fresh ? `${fresh.row.id}:${fresh.row.version}` : 'none',
        owner,
        credential: fresh?.credential,
        endpoints,
        signal: call.signal,
      })
      const account = fresh ? { identifier: fresh.row.userIdentifier, scopes: fresh.row.authScopes } : null
      const result = await run(upstream, { ...call, account, configuration })
      return result instanceof ConnectorFile ? result : redact.inResults(result)
    } catch (error) {
      const clean = withCleanDetails(error, redact.inErrors)
      throw fresh ? withLikelyScope(clean, run.scopes, fresh.row) : clean
    }
  }
}

/** A refreshed token that is refused as well is not refreshed again. */
const noOther = async (): Promise<undefined> => undefined

/** @throws INTEGRATION_NOT_FOUND */
async function pickAccount(
  store: Store,
  caller: Caller,
  { connector, identifier }: RunRequest,
): Promise<IntegrationRow> {
  const row =
    identifier === null
      ? await store.integrations.findSelected(caller.userId, connector)
      : await store.integrations.find(caller.userId, connector, identifier)
  if (row) return row
  if (identifier !== null) throw accountNotFound(connector)
  throw new ConnectorsError(
    'INTEGRATION_NOT_FOUND',
    `You have no ${connector} account linked yet; link one, then call the action again.`,
  )
}
