import type * as Undici from 'undici'
import { errorChain } from '../base/error-chain.js'
import { ConnectorsError } from '../base/errors.js'
import type { Secret } from '../base/secret.js'
import { bareHost, isLoopbackHost } from './public-address.js'

/** The proxies that requests go through. Their addresses may hold a password. */
export interface Proxies {
  /** For HTTPS addresses; the one for plain HTTP serves them too if this is left out. */
  https?: Secret | undefined
  http?: Secret | undefined
  /** What is reached directly: hosts and domains with or without a port, separated by commas; `*` for everything. */
  except?: string | undefined
}

/** Through which pool of connections a request leaves. */
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
      // A proxy that says nothing would be waited for.
      await Promise.all([direct.close(), ...[...behind.values()].map((dispatcher) => dispatcher.destroy())])
    },
  }
}

interface Proxy {
  address: string
  authorization: string | undefined
}

/** The library reads which hosts are excepted, and takes them directly; its own reading of the environment is kept out. */
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

/** Tells a proxy that cannot be reached from a third party that cannot be. */
const markingFailures =
  (connect: Undici.buildConnector.connector): Undici.buildConnector.connector =>
  (options, callback) =>
    connect(options, (...[error, socket]: Parameters<Undici.buildConnector.Callback>) => {
      if (error) callback(Object.assign(error, { [UNREACHABLE]: true }), null)
      else callback(null, socket)
    })

const UNREACHABLE = Symbol('the proxy was not reached')
/** What the library says where a proxy does not let a connection through. */
const REFUSED = /^Proxy response \((\d{3})\) !== 200/

/**
 * The failure of a proxy, where the error is one: told as the proxy's, not as the third party's. Nothing was sent then.
 * @returns undefined for all other errors
 */
export function proxyFailure(error: unknown): ConnectorsError | undefined {
  for (const cause of errorChain(error)) {
    const status = REFUSED.exec(cause.message)?.[1]
    if (status !== undefined) return refused(Number(status), error)
    if (UNREACHABLE in cause || (cause as { code?: unknown }).code === 'UND_ERR_HEADERS_TIMEOUT') {
      return new ConnectorsError(
        'UNAVAILABLE',
        'The proxy that requests go through cannot be reached, or does not answer; check HTTPS_PROXY and HTTP_PROXY, or try again later.',
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
      'The proxy that requests go through wants a user name and a password, or other ones; set them in HTTPS_PROXY or HTTP_PROXY: http://user:password@host:port, with special characters percent-encoded.'
    return new ConnectorsError('MISCONFIGURED', message, { details: { reason: 'proxy_credentials' }, cause })
  }
  if (status === 403) {
    const message =
      'The proxy that requests go through does not let this address through; who runs the proxy can allow it, or NO_PROXY can name it where it may be reached directly.'
    return new ConnectorsError('FORBIDDEN', message, { details: { reason: 'proxy_refused' }, cause })
  }
  return new ConnectorsError(
    'UNAVAILABLE',
    `The proxy that requests go through did not reach the third party (status ${status}); try again later, or let who runs the proxy look into it.`,
    { retryable: true, details: { reason: 'proxy_failed' }, cause },
  )
}

/** @throws MISCONFIGURED; the address is never quoted, since it may hold a password */
function parseProxy(text: string): Proxy {
  // As other programs do: a host alone is meant to be reached over HTTP.
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.canParse(address) ? new URL(address) : undefined
  const login = url && [url.username, url.password].map(decoded)
  if (!url || !login || login.includes(undefined) || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new ConnectorsError(
      'MISCONFIGURED',
      'The address of the proxy cannot be used; HTTPS_PROXY and HTTP_PROXY take http://host:port or https://host:port, with http://user:password@ before the host where it wants a login, special characters percent-encoded.',
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
