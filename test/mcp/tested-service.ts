import { vi } from 'vitest'
import { inProcessFetch } from '../../src/app/in-process.js'
import { Secret } from '../../src/base/secret.js'
import { type ClientFetch, ConnectorsClient } from '../../src/client/index.js'
import type { RunResult } from '../../src/kit/index.js'
import type { InitialLogin } from '../../src/mcp/session.js'
import type { BegunLink, IssuedToken, NewUser } from '../../src/wire/index.js'
import { type Harness, newApi } from '../api/harness.js'
import { browserOf } from '../browser.js'
import { envelope, json } from '../client/scripted-service.js'
import { type Answer, connectorsOfTests, DEVICE_PAGE, type Run } from './connectors-of-tests.js'

// Only the connectors of the tests exist, so that a new action of the package changes none of them.
vi.mock(import('../../src/connectors/index.js'), async (original) => ({
  ...(await original()),
  packagedConnectors: [],
}))

/** A request of the tools' client, as it would leave the process. */
export interface WireRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: Record<string, string>
  /** The parsed JSON body; undefined for none and for a form. */
  body: unknown
  isForm: boolean
  signal: AbortSignal | undefined
}

/** How long a device link waits between two looks at the third party. Milliseconds. */
const POLL_INTERVAL = 5_000
/** The codes of device links, one after the other. */
export const deviceCode = (number: number): string => `WDJB-MJH${number}`

/**
 * The real service in this process (API, service, SQLite store) with the real client, as the tools see it. Third parties
 * are scripts, waits pass at once, and a test can watch the wire and, where the real service cannot misbehave, answer in
 * its place.
 */
export class TestedService {
  readonly client: ConnectorsClient
  readonly requests: WireRequest[] = []
  /** The actions that reached a connector, in order. */
  readonly runs: Run[] = []
  /** The links that were begun on our page or by a code, in order; one that is given again counts once. */
  readonly begun: BegunLink[] = []
  /** The tokens that were issued, in order. */
  readonly tokens: string[] = []
  /** The waits for the end of a link that were asked for, in seconds, in order. */
  readonly waits: number[] = []
  /** What happens while a wait for a pending link goes on; nothing by default, and time flies. */
  whileWaiting: (linkId: string, signal: AbortSignal | undefined) => unknown = () => {}
  /** What actions answer. */
  answer: (run: Run) => RunResult | Promise<RunResult> = () => []
  /** Answers in place of the service, before it sees the request; undefined lets it through. */
  instead: (request: WireRequest) => Response | undefined | Promise<Response | undefined> = () => undefined
  /** Whether the third party's device page has an address with the code filled in. */
  deviceFillsIn = true
  readonly #api: Harness
  readonly #apiKey: string
  readonly #secrets = new Map<string, string>()
  readonly #time: { ahead: number }
  #deviceCodes = 0
  readonly #consented = new Map<string, string>()

  private constructor(api: Harness, apiKey: string, time: { ahead: number }) {
    this.#api = api
    this.#apiKey = apiKey
    this.#time = time
    api.thirdParty.answer = (request) => this.#thirdParty(request.url, String(request.body ?? ''), request.headers)
    this.client = new ConnectorsClient({
      baseUrl: 'http://127.0.0.1:1',
      apiKey,
      fetch: this.#fetch(inProcessFetch(api.api)),
      sleep: async () => {},
    })
  }

  /** A service with one user, alice. @param clock what the service takes for now */
  static async start(clock: () => number = Date.now): Promise<TestedService> {
    const time = { ahead: 0 }
    let service: TestedService | undefined
    const answer: Answer = (run) => {
      service?.runs.push(run)
      return service?.answer(run) ?? null
    }
    const api = await newApi({
      connectors: connectorsOfTests(answer),
      requireSignIn: false,
      clock: () => clock() + time.ahead,
    })
    service = new TestedService(api, await api.client('the client'), time)
    await service.addUser('alice')
    return service
  }

  /** Makes a user without the tools. @returns the secret */
  async addUser(identifier: string): Promise<string> {
    const { json: answer } = await this.#api.call('POST', '/users', { key: this.#apiKey, json: { identifier } })
    this.#secrets.set(identifier, answer.data.secret)
    return answer.data.secret
  }

  secretOf(identifier: string): Secret {
    return new Secret(this.#secrets.get(identifier) ?? '')
  }

  /** What a saved login of alice gives. */
  readonly seed = async (): Promise<InitialLogin> => ({ identifier: 'alice', secret: this.secretOf('alice') })

  /** A token of a user that no tool asked for. */
  async tokenOf(identifier: string): Promise<string> {
    const login = { identifier, secret: this.#secrets.get(identifier) }
    return (await this.#api.call('POST', '/auth/tokens', { json: login })).json.data.token
  }

  /** How many requests had that method and path. */
  count(method: string, path: string | RegExp): number {
    return this.requests.filter((request) => isOf(request, method, path)).length
  }

  /** A person links an account without the tools. */
  async linkAccount(user: string, connector: string, identifier: string): Promise<void> {
    const configuration = connector === 'sql' ? { host: identifier } : { token: identifier }
    const answer = await this.#api.call('POST', `/connectors/${connector}/integrations`, {
      token: await this.tokenOf(user),
      json: { auth_type: 'custom', configuration },
    })
    if (answer.status !== 200) throw new Error(answer.text)
  }

  /** The person comes to the end of a link: on our page, or at the third party with the code. */
  async finish(linkId: string | undefined, identifier: string): Promise<void> {
    const link = this.begun.find(({ link_id }) => link_id === linkId)
    if (!link) throw new Error('no such link was begun')
    if (link.device) {
      this.#consented.set(link.code, identifier)
      this.#time.ahead += POLL_INTERVAL
      return
    }
    const browser = browserOf(this.#api.api)
    await browser.open(new URL(link.url).pathname)
    const field = link.connector === 'sql' ? 'field.host' : 'field.token'
    const { status, text } = await browser.submit('/configuration', { [field]: identifier })
    if (status !== 303) throw new Error(text)
  }

  /** The person cancels a link on our page. */
  async refuse(linkId: string | undefined): Promise<void> {
    const browser = browserOf(this.#api.api)
    await browser.open(`/connect/${linkId}`)
    await browser.submit('/cancel')
  }

  /** Time passes for the service. Milliseconds. */
  forwardClock(milliseconds: number): void {
    this.#time.ahead += milliseconds
  }

  /** Answers requests of that method and path in place of the service, as many as that; all others go through. */
  answerInstead(
    method: string,
    path: string | RegExp,
    respond: (request: WireRequest) => Response,
    times = Number.POSITIVE_INFINITY,
  ): void {
    const before = this.instead
    let left = times
    this.instead = (request) => (isOf(request, method, path) && left-- > 0 ? respond(request) : before(request))
  }

  /** As `answerInstead`, with a failure. */
  failInstead(method: string, path: string | RegExp, [status, code, message]: Failure, more: FailInstead = {}): void {
    const { times, details, retryable = false } = more
    const body = envelope(code, message, { ...(details ? { details } : {}), recovery: { retryable } })
    this.answerInstead(method, path, () => json(body, { status }), times)
  }

  /** The next request of that method and path waits before it goes through. */
  holdUp(method: string, path: string, until: Promise<void>): void {
    const before = this.instead
    let held = false
    this.instead = async (request) => {
      if (isOf(request, method, path) && !held) {
        held = true
        await until
      }
      return before(request)
    }
  }

  /** From now on the tokens issued so far are refused, as those of a service that lost its sessions. */
  refuseIssuedTokens(): void {
    const [before, refused] = [this.instead, this.tokens.map((token) => `Bearer ${token}`)]
    const body = envelope('INVALID_TOKEN', 'The user token is not valid.')
    this.instead = (request) =>
      refused.includes(request.headers.authorization ?? '') ? json(body, { status: 401 }) : before(request)
  }

  #fetch(real: ClientFetch): ClientFetch {
    return async (url, init) => {
      const { pathname: path, searchParams: query } = new URL(url)
      const { method, headers, body, signal } = init
      const request = {
        ...{ method, path, query, headers, signal },
        body: isJson(headers) ? JSON.parse(String(body)) : undefined,
        isForm: body !== undefined && !isJson(headers),
      }
      this.requests.push(request)
      const scripted = await this.instead(request)
      if (scripted) return scripted
      return isOf(request, 'GET', /^\/links\//)
        ? this.#wait(request, real, url, init)
        : this.#send(request, real, url, init)
    }
  }

  async #send(
    request: WireRequest,
    real: ClientFetch,
    url: string,
    init: Parameters<ClientFetch>[1],
  ): Promise<Response> {
    const response = await real(url, init)
    if (!response.ok || request.method !== 'POST') return response
    if (request.path === '/users' || request.path === '/auth/tokens' || request.path.endsWith('/links')) {
      const { data } = (await response.clone().json()) as { data: BegunLink & IssuedToken & NewUser }
      if (request.path === '/users') this.#secrets.set(data.identifier, data.secret)
      else if (request.path === '/auth/tokens') this.tokens.push(data.token)
      else if (!this.begun.some(({ link_id }) => link_id === data.link_id)) this.begun.push(data)
    }
    return response
  }

  /** A wait in no time: the service is asked without one, before and after what happens meanwhile. */
  async #wait({ query, path, signal }: WireRequest, real: ClientFetch, url: string, init: Parameters<ClientFetch>[1]) {
    const wait = Number(query.get('wait') ?? 0)
    this.waits.push(wait)
    const look = () => real(url.replace(/\?.*/, ''), init)
    const response = await look()
    if (wait === 0 || !response.ok) return response
    const { data } = (await response.clone().json()) as { data: { status: string } }
    if (data.status !== 'pending') return response
    await this.whileWaiting(decodeURIComponent(path.slice('/links/'.length)), signal)
    return look()
  }

  /** The third parties: a token is called what its account is called. */
  #thirdParty(url: URL, body: string, headers: Record<string, string>) {
    const form = new URLSearchParams(body)
    if (url.pathname === '/device_code') {
      const user_code = deviceCode(++this.#deviceCodes)
      const complete = this.deviceFillsIn ? { verification_uri_complete: `${DEVICE_PAGE}?code=${user_code}` } : {}
      const asked = { device_code: user_code, user_code, verification_uri: DEVICE_PAGE, expires_in: 900, interval: 5 }
      return { json: { ...asked, ...complete } }
    }
    if (url.pathname === '/token') {
      const identifier = this.#consented.get(form.get('device_code') ?? '')
      if (identifier === undefined) return { status: 400, json: { error: 'authorization_pending' } }
      return { json: { access_token: identifier, token_type: 'bearer' } }
    }
    return { json: { login: headers.authorization?.replace('Bearer ', '') } }
  }
}

type Failure = [status: number, code: string, message: string]
interface FailInstead {
  times?: number
  details?: Record<string, unknown>
  retryable?: boolean
}

const isJson = (headers: Record<string, string>): boolean => headers['content-type'] === 'application/json'

const isOf = (request: WireRequest, method: string, path: string | RegExp): boolean =>
  request.method === method && (typeof path === 'string' ? request.path === path : path.test(request.path))

/** A client of a service that is not reached: for tests that call no tool that needs one. */
export const unusedClient = new ConnectorsClient({
  baseUrl: 'http://service.invalid',
  fetch: async (url) => {
    throw new Error(`No request is expected here, but one to ${url} was made.`)
  },
})
