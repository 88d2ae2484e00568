import { expect, onTestFinished } from 'vitest'
import { packagedConnectors } from '../../../src/connectors/index.js'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { createSend, type Send, type SendRequest, type SendResponse } from '../../../src/http/send.js'
import type { Action } from '../../../src/kit/action.js'
import { secretsOf } from '../../../src/kit/fields/secret-fields.js'
import { type Connector, ConnectorFile } from '../../../src/kit/index.js'
import type { OAuthProvider } from '../../../src/oauth/provider.js'
import { type Answer, newApi } from '../../api/harness.js'
import { connectTo, credentialOf, testCall } from '../harness.js'
import type { ProofData } from './data.js'
import { errorText } from './error-text.js'
import { type Input, playsOf } from './plays.js'
import { publishedAction } from './published.js'
import { endlessThirdParty } from './third-party.js'
import { startVendor, type Vendor } from './vendor.js'

/** The texts of credentials: none may be in an answer or in the log. */
export const CANARIES = [
  'canary-of-an-access-token-0123',
  'canary-of-a-refresh-token-0123',
  'canary-of-a-new-token-0123',
]
const [ACCESS, REFRESH, RENEWED] = CANARIES as [string, string, string]
const HOUR = 3_600_000

export type Credential = 'token' | 'grant'

/** The service with one connector, whose vendor is on loopback. */
export interface FailingService {
  /** The connector's, which a sentence may begin with, though it begins with a small letter: arXiv. */
  title: string
  vendor: Vendor
  /** Another host than the vendor's. */
  elsewhere: Vendor
  log: readonly string[]
  /** How often a token was refreshed since the last call began. */
  refreshes: number
  /** Calls the action as a new user, with an account that was just linked. */
  call(action: Action, input: Input, how: { credential: Credential; limit?: number }): Promise<Answer>
}

export async function newFailingService(connector: Connector, data: ProofData): Promise<FailingService> {
  const [vendor, elsewhere] = await Promise.all([startVendor(), startVendor()])
  const real = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
  onTestFinished(async () => {
    await Promise.all([vendor.close(), elsewhere.close(), real.close()])
  })
  const linking = endlessThirdParty(
    connector,
    (request) => data.answer?.(request, ''),
    () => {},
  )
  let isLinking = true
  let limit: number | undefined
  const send: Send = (request) => {
    if (request.url.href === connector.auth.oauth2?.token_endpoint) {
      service.refreshes++
      return Promise.resolve(tokenAnswer(connector.auth.oauth2))
    }
    return isLinking ? linking(request) : real(atVendor(request, vendor, limit))
  }
  // No call comes sooner after another one than the connector's pace allows.
  let passed = 0
  const clock = () => Date.now() + passed
  const api = await newApi({ connectors: isPackaged(connector) ? [] : [connector], send, clock })
  const tenant = await api.service.tenants.create('the team')
  const key = tenant.apiKey.reveal()
  let users = 0
  const service: FailingService = {
    title: connector.title,
    vendor,
    elsewhere,
    log: api.log,
    refreshes: 0,
    async call(action, input, how) {
      const identifier = `user ${++users}`
      const { id, token } = await api.user(key, identifier)
      isLinking = true
      const credential = credentialFor(connector, data, how.credential)
      if (credential) {
        const caller = { clientId: tenant.id, userId: id, identifier }
        const { accounts } = api.service
        await accounts.save(await accounts.try({ caller, connector, credential, scopes: [] }), { replace: false })
      }
      isLinking = false
      passed += connector.pace?.everyMs ?? 0
      limit = how.limit
      service.refreshes = vendor.requests.length = elsewhere.requests.length = 0
      return api.call('POST', `/connectors/${connector.name}/${action.name}`, { token, json: input })
    },
  }
  return service
}

/** Connectors of the package are in every service; one that a test made is not. */
const isPackaged = (connector: Connector): boolean => packagedConnectors.some(({ name }) => name === connector.name)

const atVendor = (request: SendRequest, { origin }: Vendor, limit: number | undefined): SendRequest => ({
  ...request,
  url: new URL(request.url.pathname + request.url.search, origin),
  ...(limit === undefined ? {} : { timeoutMs: limit }),
})

function credentialFor({ auth }: Connector, data: ProofData, kind: Credential) {
  const { oauth2, custom } = auth
  if (oauth2 && (kind === 'grant' || !custom)) {
    const tokens = {
      access_token: ACCESS,
      scopes: [...oauth2.scopes],
      token_type: 'bearer',
      expires_at: Date.now() + HOUR,
      ...(kind === 'grant' ? { refresh_token: REFRESH } : {}),
    }
    return { kind: 'oauth2' as const, issuer: oauth2.issuer, tokens }
  }
  if (!custom) return undefined
  const secrets = Object.keys(custom.fields).filter((name) => secretsOf(custom, { [name]: ACCESS }).length > 0)
  const configuration = { ...Object.fromEntries(secrets.map((name) => [name, ACCESS])), ...data.configuration }
  return { kind: 'custom' as const, configuration }
}

/** What a token endpoint answers to a refresh, in the vendor's form. */
function tokenAnswer({ token_response }: OAuthProvider): SendResponse {
  const { member, bearer_token_types: [type] = ['bearer'] } = { ...token_response } as {
    member?: string
    bearer_token_types?: string[]
  }
  const tokens = { access_token: RENEWED, token_type: type, expires_in: 3600 }
  const body = member === undefined ? tokens : { ok: true, [member]: tokens }
  return {
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    body: Buffer.from(JSON.stringify(body)),
  }
}

/** An action whose play with the fewest parameters is one request, answered by JSON; and that play. */
export interface Chosen {
  action: Action
  input: Input
}

/**
 * The first read, or the first write, that will do.
 * @returns where none will do, why not: a line for each that the connector has; none where it has none
 */
export async function choose(
  connector: Connector,
  data: ProofData,
  kind: 'read' | 'write',
): Promise<Chosen | readonly string[]> {
  const named = data.failing?.[kind]
  if (named !== undefined && !connector.byName.has(named)) expect.fail(`There is no action ${named}.`)
  const objections: string[] = []
  for (const action of connector.actions) {
    if ((action.effect === 'read') !== (kind === 'read') || (named !== undefined && action.name !== named)) continue
    const [play] = playsOf(action, data, publishedAction(connector.name, action.name))
    const input = play?.inputs[0] ?? {}
    const objection = action.forms().takesFiles
      ? 'takes a file, which a call in JSON cannot have'
      : await objectionTo(connector, data, action, input)
    if (objection === undefined) return { action, input }
    objections.push(`${action.name} ${objection}`)
  }
  return objections
}

/** Why a play is not one request that gets JSON; undefined where it is. */
async function objectionTo(
  connector: Connector,
  data: ProofData,
  action: Action,
  input: Input,
): Promise<string | undefined> {
  let count = 0
  const count1 = (): void => void count++
  const send = endlessThirdParty(connector, (request) => data.answer?.(request, action.name), count1)
  const authorize = () => credentialOf(connector, { configuration: { ...data.configuration } })
  try {
    const result = await action.prepare(input)(connectTo(connector, send, authorize), testCall())
    if (result instanceof ConnectorFile) return 'gets a file'
    return count === 1 ? undefined : `sends ${count} requests`
  } catch (error) {
    return `fails: ${errorText(error)}`
  }
}
