import { CredentialRefused } from '../../base/credential-refused.js'
import type { DatabaseOwner } from '../../database/port.js'
import type {
  Administration,
  Connector,
  ConnectorFile,
  Kept,
  PreparedAction,
  PreparedBackground,
  ReportDone,
  Runnable,
  ScopeClause,
  ServiceCall,
} from '../../kit/index.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import { ReconnectRequired } from '../grants/reconnect-required.js'
import type { CurrentAccount, Refresher } from '../grants/refresh.js'
import { JOB_PATIENCE } from '../jobs/job.js'
import type { Jobs } from '../jobs/jobs.js'
import type { Caller } from '../tenants/users.js'
import { bindUpstream, type PacedPorts } from '../upstream/bind.js'
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
import { type JsonResult, redactedResult } from './json-result.js'
import { checkScopes, withLikelyScope } from './missing-scope.js'
import { pickAccount } from './pick-account.js'
import { requireReading } from './require-reading.js'
import { sealedCursors } from './sealed-cursors.js'

export interface ActionRun {
  result: JsonResult | ConnectorFile
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

const NOTHING_TO_REDACT: Redactors = {
  inErrors: (value) => value,
  inResults: (value) => value,
  isCleanResult: () => true,
}

/** What is run, and for whom. */
interface Play<Output, Redacted> {
  connector: Connector
  run: Runnable<Output>
  redact: (output: Output, redactors: Redactors) => Redacted
  scopes: readonly ScopeClause[]
  call: Omit<ServiceCall, 'configuration' | 'account'>
  owner: DatabaseOwner
  /** How long it may wait for a third party's rate limit in all, milliseconds; the limit of a call by default. */
  patienceMs?: number
}

interface Played<Output> {
  result: Output
  actedAs: string | null
}

interface ActionExecutorDeps {
  store: Store
  catalogue: Catalogue
  refresher: Refresher
  ports: PacedPorts
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  /** An opaque text by which connectors tell users apart. */
  callerName: (caller: Caller) => string
  vault: Vault
  jobs: Jobs
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
   * @throws CONNECTOR_NOT_FOUND, ACTION_NOT_FOUND, INVALID_API_KEY for an administrator's action of another caller,
   * INVALID_PARAMETERS, INTEGRATION_NOT_FOUND, FORBIDDEN for a call that may only read and could do more, and for an account whose
   * scopes are known and do not suffice, ReconnectRequired when the third party no longer accepts the credential, and what the
   * refresh, a job and the action throw
   */
  async run(caller: Caller, request: RunRequest): Promise<ActionRun> {
    const { store, catalogue } = this.#deps
    const connector = await catalogue.get(request.connector)
    const action = getAction(connector, request.action)
    checkAdministrator(action, request.isAdministrator ?? false)
    if (request.readOnly) requireReading(action, request.input)
    const run = action.prepare(request.input)
    if (action.administrator) return this.#asAdministrator(caller, request, run)
    const needsAccount = connector.auth.oauth2 !== undefined || connector.auth.custom !== undefined
    const row = needsAccount ? await pickAccount(store, caller, request) : undefined
    if (run.background) return this.#inBackground({ caller, request, connector, run, work: run.background, row })
    const asked = { connector, run, redact: redactedResult, scopes: run.scopes, ...this.#callOf(caller, request) }
    return this.#withAccount(asked, row)
  }

  async #asAdministrator(caller: Caller, request: RunRequest, run: PreparedAction): Promise<ActionRun> {
    const { connector, signal } = request
    const administration = this.#deps.administrationOf({ clientId: caller.clientId, connector, signal })
    const { call } = this.#callOf(caller, request)
    const result = await run(undefined, { ...call, account: null, configuration: {}, administration })
    return { result: redactedResult(result, NOTHING_TO_REDACT), actedAs: null }
  }

  /** Answers from what is gathered in the background, once for the account. */
  async #inBackground({ caller, request, connector, run, work, row }: BackgroundRun): Promise<ActionRun> {
    const { jobs, endpointsOf } = this.#deps
    if (row) checkScopes(run.scopes, row, endpointsOf(connector))
    const { call, owner } = this.#callOf(caller, request)
    const gather = async (signal: AbortSignal, report: ReportDone): Promise<Kept> => {
      const asked: Play<Kept, Kept> = {
        connector,
        run: (upstream, known) => work.gather(upstream, { ...known, report }),
        redact: (kept, redactors) => redactors.inResults(kept),
        scopes: run.scopes,
        call: { ...call, signal },
        owner,
        patienceMs: JOB_PATIENCE,
      }
      return (await this.#withAccount(asked, row)).result
    }
    const { connector: of, action, input, signal } = request
    const result = await jobs.answer(
      { caller, account: row ?? null, connector: of, action, input, work, gather },
      signal,
    )
    return { result: redactedResult(result, NOTHING_TO_REDACT), actedAs: row?.userIdentifier ?? null }
  }

  #callOf(caller: Caller, request: RunRequest): Pick<Play<unknown, unknown>, 'call' | 'owner'> {
    const { callerName, vault } = this.#deps
    const { connector, action, identifier, readOnly = false, signal } = request
    const cursors = sealedCursors(vault, caller, [connector, action])
    return {
      call: { identifier, readOnly, caller: callerName(caller), signal, ...cursors },
      owner: { client: caller.clientId, user: caller.userId },
    }
  }

  async #withAccount<Output, Redacted>(
    asked: Play<Output, Redacted>,
    row: IntegrationRow | undefined,
  ): Promise<Played<Redacted>> {
    if (row === undefined) return { result: await this.#play(asked), actedAs: null }
    const { refresher, endpointsOf } = this.#deps
    const endpoints = endpointsOf(asked.connector)
    const using = await refresher.fresh(row, endpoints)
    return this.#attempt(asked, using, () => refresher.afterRefusal(using, endpoints))
  }

  /**
   * Runs it with a credential, and once more with another one if the third party refuses the first.
   * @param another returns undefined if no other credential is available
   */
  async #attempt<Output, Redacted>(
    asked: Play<Output, Redacted>,
    using: CurrentAccount,
    another: () => Promise<CurrentAccount | undefined>,
  ): Promise<Played<Redacted>> {
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
  async #play<Output, Redacted>(played: Play<Output, Redacted>, fresh?: CurrentAccount): Promise<Redacted> {
    const { connector, run, scopes, call, owner, patienceMs } = played
    const { ports, endpointsOf } = this.#deps
    const endpoints = endpointsOf(connector)
    if (fresh) checkScopes(scopes, fresh.row, endpoints)
    const redactors = fresh ? redactorsOf(connector, fresh.credential) : NOTHING_TO_REDACT
    const configuration = shownConfiguration(connector, fresh?.credential)
    try {
      const upstream = bindUpstream(ports, connector, {
        key: fresh ? `${fresh.row.id}:${fresh.row.version}` : 'none',
        owner,
        credential: fresh?.credential,
        endpoints,
        signal: call.signal,
        patienceMs,
      })
      const account = fresh ? { identifier: fresh.row.userIdentifier, scopes: fresh.row.authScopes } : null
      return played.redact(await run(upstream, { ...call, account, configuration }), redactors)
    } catch (error) {
      const clean = withCleanDetails(error, redactors.inErrors)
      throw fresh ? withLikelyScope(clean, scopes, fresh.row) : clean
    }
  }
}

interface BackgroundRun {
  caller: Caller
  request: RunRequest
  connector: Connector
  run: PreparedAction
  work: PreparedBackground
  row: IntegrationRow | undefined
}

/** A refreshed token that is refused as well is not refreshed again. */
const noOther = async (): Promise<undefined> => undefined
