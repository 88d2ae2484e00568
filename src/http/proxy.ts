import type * as Undici from 'undici'
import { errorChain } from '../base/error-chain.js'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { bareHost, isLoopbackHost } from './public-address.js'

/** The proxies that requests go through. Their addresses may hold a password. */
export interface Proxies {
  /** For HTTPS addresses; the proxy for plain HTTP by default. */
  https?: Secret | undefined
  http?: Secret | undefined
  /** What is reached directly: hosts and domains with or without a port, separated by commas; `*` for everything. */
  except?: string | undefined
}

/** Chooses the pool of connections for a request. */
export interface Dispatchers {
  /** @throws MISCONFIGURED where the address of its proxy cannot be used */
  of(url: URL): Undici.Dispatcher
  /** Ends the idle connections. */
  close(): Promise<void>
}

/** What is used of undici here. */
type Library = Pick<typeof Undici, 'Agent' | 'EnvHttpProxyAgent' | 'Pool'>

const PROXY_ANSWERS_WITHIN = 10_000

/**
 * Makes the pools: one of direct connections, and one for each proxy. Loopback is always reached directly.
 * @param options of the direct connections, `lookup` say; names behind a proxy are resolved by the proxy
 */
export function openDispatchers(
  undici: Library,
  options: Undici.Agent.Options,
  proxies: Proxies | undefined,
): Dispatchers {
  const direct = new undici.Agent(options)
  const behind = new Map<string, Undici.Dispatcher>()
  const through = (proxy: string): Undici.Dispatcher => {
    const known = behind.get(proxy)
    if (known) return known
    const made = openProxied(undici, options, parseProxy(proxy), proxies?.except ?? '')
    behind.set(proxy, made)
    return made
  }
  return {
    of(url) {
      const proxy = url.protocol === 'https:' ? (proxies?.https ?? proxies?.http) : proxies?.http
      return proxy === undefined || isLoopbackHost(bareHost(url)) ? direct : through(proxy.reveal())
    },
    async close() {
      // Otherwise a silent proxy would be waited for.
      await Promise.all([direct.close(), ...[...behind.values()].map((dispatcher) => dispatcher.destroy())])
    },
  }
}

interface Proxy {
  address: string
  authorization: string | undefined
}

/** The library reads the list of excepted hosts and reaches them directly; it must not read the environment itself. */
function openProxied(
  undici: Library,
  options: Undici.Agent.Options,
  { address, authorization }: Proxy,
  except: string,
): Undici.Dispatcher {
  return new undici.EnvHttpProxyAgent({
    ...options,
    httpProxy: address,
    httpsProxy: address,
    noProxy: except,
    ...(authorization === undefined ? {} : { token: authorization }),
    clientFactory: (origin, given) => {
      const { connect, ...pool } = given as Undici.Pool.Options
      return new undici.Pool(origin, {
        ...pool,
        connect: markingFailures(connect as Undici.buildConnector.connector),
        headersTimeout: PROXY_ANSWERS_WITHIN,
      })
    },
  })
}

/** Distinguishes an unreachable proxy from an unreachable third party. */
const markingFailures =
  (connect: Undici.buildConnector.connector): Undici.buildConnector.connector =>
  (options, callback) =>
    connect(options, (...[error, socket]: Parameters<Undici.buildConnector.Callback>) => {
      if (error) callback(Object.assign(error, { [UNREACHABLE]: true }), null)
      else callback(null, socket)
    })

const UNREACHABLE = Symbol('the proxy was not reached')
/** The library's message when a proxy refuses a connection. */
const REFUSED = /^Proxy response \((\d{3})\) !== 200/

/**
 * Recognizes a failure of the proxy, so that it is not reported as the third party's. Nothing was sent then.
 * @returns undefined for all other errors
 */
export function proxyFailure(error: unknown): ConnectorsError | undefined {
  for (const cause of errorChain(error)) {
    const status = REFUSED.exec(cause.message)?.[1]
    if (status !== undefined) return refused(Number(status), error)
    if (UNREACHABLE in cause || (cause as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT') {
      return new ConnectorsError(
        'UNAVAILABLE',
        'The proxy that requests go through cannot be reached or does not respond; check HTTPS_PROXY and HTTP_PROXY, or try again later.',
        { retryable: true, details: { reason: 'proxy_unreachable' }, cause: error },
      )
    }
  }
  return undefined
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6 */
function refused(status: number, cause: unknown): ConnectorsError {
  if (status === 407) {
    const message =
      'The proxy that requests go through requires a user name and a password, or different ones; set them in HTTPS_PROXY or HTTP_PROXY: http://user:password@host:port, with special characters percent-encoded.'
    return new ConnectorsError('MISCONFIGURED', message, { details: { reason: 'proxy_credentials' }, cause })
  }
  if (status === 403) {
    const message =
      'The proxy that requests go through does not allow this address; its administrator can allow it, or add it to NO_PROXY if it may be reached directly.'
    return new ConnectorsError('FORBIDDEN', message, { details: { reason: 'proxy_refused' }, cause })
  }
  return new ConnectorsError(
    'UNAVAILABLE',
    `The proxy that requests go through did not reach the third party (status ${status}); try again later, or ask the administrator of the proxy.`,
    { retryable: true, details: { reason: 'proxy_failed' }, cause },
  )
}

/** @throws MISCONFIGURED; the address is never quoted, since it may hold a password */
function parseProxy(text: string): Proxy {
  // As in other programs, a host alone is reached over HTTP.
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  const login = url && [url.username, url.password].map(decoded)
  if (!url || !login || login.includes(undefined) || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConnectorsError(
      'MISCONFIGURED',
      'The address of the proxy is invalid; HTTPS_PROXY and HTTP_PROXY must be http://host:port or https://host:port, with user:password@ before the host if the proxy requires a login, special characters percent-encoded.',
    )
  }
  const hasLogin = url.username !== '' || url.password !== ''
  return {
    address: url.origin,
    authorization: hasLogin ? `Basic ${Buffer.from(login.join(':')).toString('base64')}` : undefined,
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
