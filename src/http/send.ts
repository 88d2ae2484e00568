import type * as Undici from 'undici'
import { ByteCollector } from '../base/byte-collector.js'
import { count } from '../base/count.js'
import { startDeadline } from '../base/deadline.js'
import { errorChain } from '../base/error-chain.js'
import { ConnectorsError } from '../base/errors.js'
import { makeOnce } from '../base/single-flight.js'
import type { EgressPolicy } from './egress.js'
import { type Dispatchers, openDispatchers, type Proxies, proxyFailure } from './proxy.js'

export interface SendRequest {
  method: string
  url: URL
  headers: Record<string, string>
  body?: string | Uint8Array
  /** Aborts when the caller has gone away; its reason is thrown. */
  signal?: AbortSignal
  /** Milliseconds for the whole exchange, redirects and body included. 30 000 by default. */
  timeoutMs?: number
  /** The largest body accepted, after decompression. Bytes; 32 MiB by default. */
  maxBytes?: number
  /**
   * True if a request that writes may follow one redirect that keeps its method and body (307, 308) and its origin.
   * By default a redirect of such a request is an error.
   */
  followWrite?: boolean
}

export interface SendResponse {
  status: number
  headers: Headers
  /** Decompressed; empty if there is none. */
  body: Uint8Array
  /** Where redirects led, if there were any; `permanent` if all of them were (301, 308). */
  moved?: { url: URL; permanent: boolean }
}

/**
 * Sends one request to a third party. Redirects of GET and HEAD are followed, at most 5, each under the egress policy;
 * those of other methods only as `followWrite` says. Any other status is an answer, not an error.
 * @throws UPSTREAM_ERROR (unreachable, broken off, too large, redirected too often), UPSTREAM_TIMEOUT, FORBIDDEN (the
 * egress policy or the proxy refuses the address), INVALID_PARAMETERS (a header field cannot be written), UNAVAILABLE (the
 * proxy is not reached, or does not reach the third party), MISCONFIGURED (the address or the login of the proxy is wrong)
 */
export type Send = (request: SendRequest) => Promise<SendResponse>

export interface SendOptions {
  egress: EgressPolicy
  /** Direct connections by default. */
  proxies?: Proxies | undefined
}

/** `close` ends the idle connections; to be called when no request is in progress any more. */
export type ClosableSend = Send & { close(): Promise<void> }

type Transport = (request: SendRequest, signal: AbortSignal) => Promise<Undici.Response>

const TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_REDIRECTS = 5
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const PERMANENT = new Set([301, 308])
/** The longest address shown in an error, in characters. */
const LONGEST_LOCATION = 500
/** Header fields that are kept in a redirect to another origin; all others may be credentials or belong to one. */
const HARMLESS_HEADERS = new Set(['accept', 'user-agent'])
const TIMEOUT_CODES = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

/** Makes the one function through which requests to third parties leave, with its pool of connections. */
export function createSend({ egress, proxies }: SendOptions): ClosableSend {
  const opened = makeOnce(() => openTransport(egress, proxies))
  const send: Send = async (request) => {
    const deadline = startDeadline(request.timeoutMs ?? TIMEOUT_MS, request.signal)
    try {
      const { transport } = await opened()
      const { response, moved } = await follow(request, egress, (hop) => transport(hop, deadline.signal))
      const body = await readBody(response, request.maxBytes ?? MAX_BYTES)
      const headers = response.headers as unknown as Headers
      return { status: response.status, headers, body, ...(moved && { moved }) }
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      throw explain(error, request, deadline.expired())
    } finally {
      deadline.end()
    }
  }
  const close = async (): Promise<void> => {
    const ending = opened.existing()
    opened.forget()
    await (await ending?.catch(() => undefined))?.dispatchers.close()
  }
  return Object.assign(send, { close })
}

/** undici takes a noticeable part of the start-up time, so it is loaded with the first request. */
async function openTransport(
  egress: EgressPolicy,
  proxies: Proxies | undefined,
): Promise<{ transport: Transport; dispatchers: Dispatchers }> {
  const undici = await import('./undici.js')
  const connections = {
    connect: { lookup: egress.lookup, timeout: CONNECT_TIMEOUT_MS },
    // Each exchange has its own deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  const dispatchers = openDispatchers(undici, connections, proxies)
  const transport: Transport = async ({ method, url, headers, body }, signal) =>
    undici.fetch(url.href, {
      method,
      headers: writableHeaders(undici, headers),
      ...(body === undefined ? {} : { body }),
      signal,
      redirect: 'manual',
      dispatcher: dispatchers.of(url),
    })
  return { transport, dispatchers }
}

function writableHeaders(undici: typeof import('./undici.js'), headers: Record<string, string>): Undici.Headers {
  try {
    return new undici.Headers(headers)
  } catch (cause) {
    throw new ConnectorsError(
      'INVALID_PARAMETERS',
      'A header field of the request contains a character that HTTP does not allow; check that the credential was copied completely and on one line.',
      { cause },
    )
  }
}

interface Followed {
  response: Undici.Response
  moved?: SendResponse['moved']
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4 */
async function follow(
  request: SendRequest,
  egress: EgressPolicy,
  transport: (request: SendRequest) => Promise<Undici.Response>,
): Promise<Followed> {
  let hop = request
  let permanent = true
  for (let redirects = 0; ; redirects++) {
    egress.check(hop.url)
    const response = await transport(hop).catch((error: unknown) => {
      throw redirects > 0 ? egress.redirectFailure(hop.url, error) : error
    })
    const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null
    if (location === null) return { response, ...(redirects > 0 && { moved: { url: hop.url, permanent } }) }
    await response.body?.cancel()
    const url = targetOf(hop, location)
    if (!isSafe(request.method) && !(redirects === 0 && keepsWrite(request, response.status, url))) {
      throw notFollowed(request, response.status, url)
    }
    if (redirects === MAX_REDIRECTS) {
      throw failure(`The third party redirected the request more than ${MAX_REDIRECTS} times.`)
    }
    permanent &&= PERMANENT.has(response.status)
    hop = redirected(hop, url)
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4.8 */
const keepsWrite = ({ followWrite, url }: SendRequest, status: number, target: URL): boolean =>
  followWrite === true && (status === 307 || status === 308) && target.origin === url.origin

/** If the caller may see the new address, it is passed as data, without its query, which may hold confidential values. */
function notFollowed({ followWrite }: SendRequest, status: number, { origin, pathname }: URL): ConnectorsError {
  if (!followWrite) return failure('The third party redirected a request that writes; the redirect was not followed.')
  const details = { upstream: { status, location: (origin + pathname).slice(0, LONGEST_LOCATION) } }
  const message =
    // The response to an accepted write. See https://www.rfc-editor.org/rfc/rfc9110#section-15.4.4
    status === 303
      ? 'The third party accepted the request and refers to another address for its outcome, given in details.upstream; check there before repeating the request.'
      : 'The third party did not do this: the object to change has moved to another address, given in details.upstream; use its new name or number.'
  return new ConnectorsError('UPSTREAM_ERROR', message, { details })
}

function targetOf(hop: SendRequest, location: string): URL {
  if (URL.canParse(location, hop.url.href)) return new URL(location, hop.url)
  throw failure('The third party redirected the request to an invalid address.')
}

/** @see https://fetch.spec.whatwg.org/#http-redirect-fetch */
function redirected(hop: SendRequest, url: URL): SendRequest {
  if (url.origin === hop.url.origin) return { ...hop, url }
  const harmless = Object.entries(hop.headers).filter(([name]) => HARMLESS_HEADERS.has(name.toLowerCase()))
  return { ...hop, url, headers: Object.fromEntries(harmless) }
}

async function readBody(response: Undici.Response, maxBytes: number): Promise<Uint8Array> {
  const collector = new ByteCollector()
  // Leaving the loop by an error ends the connection, so nothing more is read.
  for await (const chunk of response.body ?? []) {
    if (collector.size + chunk.byteLength > maxBytes) {
      throw failure(`The third party's response is larger than ${maxBytes} bytes; request less at once.`)
    }
    collector.push(chunk)
  }
  return collector.whole()
}

/** What went wrong, in our words; the network library's error stays in `cause`. */
function explain(error: unknown, { method, timeoutMs = TIMEOUT_MS }: SendRequest, timedOut: boolean): ConnectorsError {
  const causes = errorChain(error)
  const ours = causes.find((cause) => cause instanceof ConnectorsError)
  if (ours) return ours
  const ofProxy = proxyFailure(error)
  if (ofProxy) return ofProxy
  const retryable = isSafe(method)
  if (timedOut) {
    const message = `The third party did not respond within ${count(timeoutMs / 1000, 'second')}.`
    return new ConnectorsError('UPSTREAM_TIMEOUT', message, { retryable, cause: error })
  }
  if (causes.some((cause) => TIMEOUT_CODES.has(String((cause as { code?: unknown }).code)))) {
    const message = 'The third party could not be reached in time.'
    return new ConnectorsError('UPSTREAM_TIMEOUT', message, { retryable, cause: error })
  }
  const message = 'The third party could not be reached, or its response broke off.'
  return new ConnectorsError('UPSTREAM_ERROR', message, { retryable, cause: error })
}

const failure = (message: string): ConnectorsError => new ConnectorsError('UPSTREAM_ERROR', message)

/** Methods that change nothing, so that repeating them does no harm. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
export const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'
