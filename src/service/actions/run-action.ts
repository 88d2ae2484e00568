import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError } from '../../base/errors.js'
import type { DatabaseOwner } from '../../database/port.js'
import { type Call, type Connector, ConnectorFile, type PreparedAction, type ShapedResult } from '../../kit/index.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import { accountNotFound } from '../accounts/accounts.js'
import { ReconnectRequired } from '../grants/reconnect-required.js'
import type { Fresh, Refresher } from '../grants/refresh.js'
import type { Caller } from '../tenants/users.js'
import { bindUpstream, type Ports } from '../upstream/bind.js'
import { type Catalogue, getAction } from '../upstream/catalogue.js'
import { type ConnectorPlace, type Redactors, redactorsOf, withCleanDetails } from '../upstream/credentials.js'

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
  signal: AbortSignal
}

export type RunAction = (caller: Caller, request: RunRequest) => Promise<ActionRun>

const NOTHING_TO_REDACT: Redactors = { inErrors: (value) => value, inResults: (value) => value }

/** What is played, and for whom. */
interface Play {
  connector: Connector
  run: PreparedAction
  call: Call
  owner: DatabaseOwner
}

interface Deps {
  store: Store
  catalogue: Catalogue
  refresher: Refresher
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  /** Opaque text that stands for a user towards a connector. */
  callerName: (caller: Caller) => string
}

/** Picks the account, opens its credential, refreshes it first when it is about to end, runs, and cleans what comes back. */
export function createRunAction(deps: Deps): RunAction {
  const { store, catalogue, refresher, ports, placeOf, callerName } = deps

  /** Runs with the credential of an account, or with none, and blacks it out in whatever comes back. */
  const play = async ({ connector, run, call, owner }: Play, fresh?: Fresh): Promise<ShapedResult> => {
    const redact = fresh ? redactorsOf(connector, fresh.credential) : NOTHING_TO_REDACT
    try {
      const upstream = bindUpstream(ports, connector, {
        key: fresh ? `${fresh.row.id}:${fresh.row.version}` : 'none',
        owner,
        credential: fresh?.credential,
        place: placeOf(connector),
        signal: call.signal,
      })
      const result = await run(upstream, call)
      return result instanceof ConnectorFile ? result : redact.inResults(result)
    } catch (error) {
      throw withCleanDetails(error, redact.inErrors)
    }
  }

  return async (caller, request) => {
    const connector = await catalogue.get(request.connector)
    const run = getAction(connector, request.action).prepare(request.input)
    const owner = { client: caller.clientId, user: caller.userId }
    const call: Call = { identifier: request.identifier, caller: callerName(caller), signal: request.signal }
    const asked: Play = { connector, run, call, owner }
    if (!connector.auth.oauth2 && !connector.auth.custom) {
      return { result: await play(asked), actedAs: null }
    }
    const row = await pickAccount(store, caller, request)
    const place = placeOf(connector)
    const attempt = async (using: Fresh, another: Refresher['afterRefusal']): Promise<ActionRun> => {
      try {
        const result = await play(asked, using)
        await refresher.mark(using, 'active')
        return { result, actedAs: row.userIdentifier }
      } catch (error) {
        // Nothing was done.
        if (!(error instanceof CredentialRefused)) throw error
        const renewed = await another(using, place)
        if (renewed) return attempt(renewed, noOther)
        await refresher.mark(using, 'reconnect_required')
        throw new ReconnectRequired(row, error)
      }
    }
    return attempt(await refresher.fresh(row, place), (used, at) => refresher.afterRefusal(used, at))
  }
}

/** A refreshed token that is refused too is not refreshed again. */
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
