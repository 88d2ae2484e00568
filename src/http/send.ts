import { count } from '../base/count.js'
import { errorChain } from '../base/error-chain.js'
import { ConnectorsError } from '../base/errors.js'
import { makeOnce } from '../base/single-flight.js'
import type { EgressPolicy } from './egress.js'
import { type Dispatchers, openDispatchers, type Proxies, proxyFailure } from './proxy.js'
import { type Answer, locationOf } from './sending/answer-receiver.js'
import type { Hop, SendRequest, SendResponse } from './sending/message.js'
import { checkMethod } from './sending/request-fields.js'
import { Sending } from './sending/sending.js'

export type { AnswerFields } from './sending/answer-fields.js'
export type { SendRequest, SendResponse } from './sending/message.js'

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

const TIMEOUT_MS = 30_000
const CONNECT_TIMEOUT_MS = 10_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_REDIRECTS = 5
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

/** What the library refuses to write, before anything is sent. */
const UNWRITABLE_CODES = new Set(['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'])

/** Makes the one function through which requests to third parties leave, with its pool of connections. */
export function createSend({ egress, proxies }: SendOptions): ClosableSend {
  const opened = makeOnce(() => openConnections(egress, proxies))
  const send: Send = async (request) => {
    const sending = new Sending(request, request.timeoutMs ?? TIMEOUT_MS)
    try {
      checkMethod(request)
      const dispatchers = await opened()
      return await follow(request, egress, (hop) => sending.exchange(dispatchers.of(hop.url), hop))
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      throw explain(error, request, sending.expired)
    } finally {
      sending.end()
    }
  }
  const close = async (): Promise<void> => {
    const ending = opened.existing()
    opened.forget()
    await (await ending?.catch(() => undefined))?.close()
  }
  return Object.assign(send, { close })
}

/** undici takes a noticeable part of the start-up time, so it is loaded with the first request. */
async function openConnections(egress: EgressPolicy, proxies: Proxies | undefined): Promise<Dispatchers> {
  const undici = await import('./undici.js')
  const connections = {
    connect: { lookup: egress.lookup, timeout: CONNECT_TIMEOUT_MS },
    // Each exchange has its own deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  return openDispatchers(undici, connections, proxies)
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4 */
async function follow(
  request: SendRequest,
  egress: EgressPolicy,
  exchange: (hop: Hop) => Promise<Answer>,
): Promise<SendResponse> {
  const { method, url: first, headers, body, maxBytes = MAX_BYTES } = request
  let hop: Hop = { method, url: first, headers, body, maxBytes }
  let permanent = true
  for (let redirects = 0; ; redirects++) {
    egress.check(hop.url)
    const redirectFailure = (error: unknown): never => {
      throw egress.redirectFailure(hop.url, error)
    }
    const answer = redirects === 0 ? await exchange(hop) : await exchange(hop).catch(redirectFailure)
    const location = locationOf(answer)
    if (location === null) return redirects > 0 ? { ...answer, moved: { url: hop.url, permanent } } : answer
    const url = targetOf(hop, location)
    if (!isSafe(method) && !(redirects === 0 && keepsWrite(request, answer.status, url))) {
      throw notFollowed(request, answer.status, url)
    }
    if (redirects === MAX_REDIRECTS) {
      throw failure(`The third party redirected the request more than ${MAX_REDIRECTS} times.`)
    }
    permanent &&= PERMANENT.has(answer.status)
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

function targetOf(hop: Hop, location: string): URL {
  if (URL.canParse(location, hop.url.href)) return new URL(location, hop.url)
  throw failure('The third party redirected the request to an invalid address.')
}

/** @see https://fetch.spec.whatwg.org/#http-redirect-fetch */
function redirected(hop: Hop, url: URL): Hop {
  if (url.origin === hop.url.origin) return { ...hop, url }
  const harmless = Object.entries(hop.headers).filter(([name]) => HARMLESS_HEADERS.has(name.toLowerCase()))
  return { ...hop, url, headers: Object.fromEntries(harmless) }
}

/** What went wrong, in our words; the network library's error stays in `cause`. */
function explain(error: unknown, { method, timeoutMs = TIMEOUT_MS }: SendRequest, timedOut: boolean): ConnectorsError {
  const causes = errorChain(error)
  const ours = causes.find((cause) => cause instanceof ConnectorsError)
  if (ours) return ours
  if (causes.some(({ code }: Error & { code?: unknown }) => UNWRITABLE_CODES.has(String(code))))
    return unwritable(error)
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

const unwritable = (cause: unknown): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    'A header field of the request cannot be sent, for its name or for a character in it; check that the credential was copied completely and on one line.',
    { cause },
  )

const failure = (message: string): ConnectorsError => new ConnectorsError('UPSTREAM_ERROR', message)

/** Methods that change nothing, so that repeating them does no harm. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
export const isSafe = (method: string): boolean => method === 'GET' || method === 'HEAD'
