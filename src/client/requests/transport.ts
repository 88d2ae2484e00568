import type { Clock } from '../../base/clock.js'
import { type Deadline, startDeadline } from '../../base/deadline.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { redactor } from '../../base/redact.js'
import type { Secret } from '../../base/secret.js'
import { withoutTrailingSlashes } from '../../base/trailing-slashes.js'
import { type ErrorContract, HEADER } from '../../wire/headers.js'
import type { ClientFetch, ClientFetchInit } from '../fetch.js'
import { ApiError } from '../responses/api-error.js'
import { type FailureContext, readFailure } from '../responses/error-response.js'
import type { RequestSubject, SentCredential } from '../responses/status-codes.js'
import { checkedTimeout } from './options.js'
import type { RequestBody } from './request-body.js'

/** One request of the wire API, its path and content checked and written. */
export interface WireRequest {
  method: 'GET' | 'POST' | 'DELETE'
  /** With its query. */
  path: string
  subject: RequestSubject
  /** True if the API key is sent, if there is one. */
  apiKey?: boolean
  userToken?: string
  identifier?: string | undefined
  /** True asks the service to let the call only read. */
  readOnly?: boolean
  body?: RequestBody
  /** Milliseconds for the whole exchange, the content included; 0 means no limit. */
  timeoutMs: number
  signal?: AbortSignal | undefined
  /** More texts, in addition to the credentials, that errors must not show. */
  secrets?: readonly string[]
}

/** Reads a successful response; the context is needed for failures reported with status 200. */
export type ResponseReader<T> = (response: Response, context: () => FailureContext) => Promise<T>

export interface TransportOptions {
  baseUrl: string
  apiKey: Secret | undefined
  fetch: ClientFetch
  errorContract: ErrorContract
  clock: Clock
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5
/** How Node, undici and OpenSSL name what went wrong: `ECONNREFUSED`. */
const REASON = /^[A-Z][A-Z0-9_]{1,63}$/

/** Performs single exchanges with the service and turns every failure into an error. */
export class Transport {
  readonly #base: string
  readonly #host: string
  readonly #apiKey: Secret | undefined
  readonly #fetch: ClientFetch
  readonly #contract: string
  readonly #clock: Clock

  /** @throws INVALID_PARAMETERS for an invalid base URL, or one with credentials, a query or a fragment */
  constructor({ baseUrl, apiKey, fetch, errorContract, clock }: TransportOptions) {
    const { base, host } = parseBaseUrl(baseUrl)
    this.#base = base
    this.#host = host
    this.#apiKey = apiKey
    this.#fetch = fetch
    this.#contract = String(errorContract)
    this.#clock = clock
  }

  /**
   * Sends a request and reads its answer within the request's time.
   * @param read receives a successful response
   * @throws ApiError; the reason of the request's signal when the caller aborted
   */
  async exchange<T>(request: WireRequest, read: ResponseReader<T>): Promise<T> {
    request.signal?.throwIfAborted()
    const limit = checkedTimeout(request.timeoutMs)
    const deadline = limit > 0 ? startDeadline(limit, request.signal) : undefined
    let answered = false
    try {
      const response = await this.#send(request, deadline?.signal ?? request.signal)
      answered = true
      if (response.ok) return await read(response, () => this.#failureContext(request))
      throw await readFailure(response, this.#failureContext(request))
    } catch (error) {
      throw this.#explain(error, request, deadline, answered)
    } finally {
      deadline?.end()
    }
  }

  async #send(request: WireRequest, signal: AbortSignal | undefined): Promise<Response> {
    const init: ClientFetchInit = { method: request.method, headers: this.#headers(request), redirect: 'manual' }
    if (request.body) init.body = request.body.content
    if (signal) init.signal = signal
    let url = this.#base + request.path
    for (let followed = 0; ; followed++) {
      const response = await this.#fetch(url, init)
      if (!REDIRECTS.has(response.status)) return response
      await response.body?.cancel()
      url = this.#redirected(response, url, request.method, followed)
    }
  }

  #headers({ apiKey, userToken, identifier, readOnly, body }: WireRequest): Record<string, string> {
    const headers: Record<string, string> = { [HEADER.errorContract]: this.#contract }
    if (apiKey && this.#apiKey) headers[HEADER.apiKey] = this.#apiKey.reveal()
    if (userToken !== undefined) headers[HEADER.authorization] = `Bearer ${userToken}`
    if (identifier !== undefined) {
      headers[HEADER.integration] = identifier
      headers[HEADER.bosaIntegration] = identifier
    }
    if (readOnly) headers[HEADER.readOnly] = 'true'
    if (body?.contentType !== undefined) headers['content-type'] = body.contentType
    return headers
  }

  /** Only to the same origin, and never if the method would change: a 301 turns a POST into a GET. */
  #redirected(response: Response, from: string, method: string, followed: number): string {
    const location = response.headers.get('location')
    const target = location !== null && URL.canParse(location, from) ? new URL(location, from) : undefined
    const keepsMethod = method === 'GET' || response.status === 307 || response.status === 308
    if (target && target.origin === new URL(from).origin && keepsMethod && followed < MOST_REDIRECTS) return target.href
    throw new ApiError(
      'UPSTREAM_ERROR',
      `The connector service at ${this.#host} redirects this request, and following it would lose the request or send credentials ` +
        "elsewhere; set the base URL to the service's own address.",
      { status: response.status },
      target ? { details: { upstream: target.origin } } : {},
    )
  }

  #failureContext(request: WireRequest): FailureContext {
    return {
      subject: request.subject,
      credential: this.#credential(request),
      redact: this.#redactor(request),
      clock: this.#clock,
    }
  }

  #credential({ userToken, apiKey }: WireRequest): SentCredential {
    if (userToken !== undefined) return 'userToken'
    return apiKey && this.#apiKey ? 'apiKey' : 'none'
  }

  #redactor({ userToken, secrets = [] }: WireRequest): <T>(value: T) => T {
    return redactor([this.#apiKey?.reveal(), userToken, ...secrets].filter((secret) => secret !== undefined))
  }

  #explain(error: unknown, request: WireRequest, deadline: Deadline | undefined, answered: boolean): unknown {
    if (error instanceof ConnectorsError) return error
    if (deadline?.expired()) return this.#tooLate(request.timeoutMs)
    if (request.signal?.aborted) return request.signal.reason
    return this.#unreachable(error, request, answered)
  }

  #tooLate(timeoutMs: number): ApiError {
    const message =
      `The connector service at ${this.#host} did not respond within ${timeoutMs / 1000} s; the request may have ` +
      'taken effect all the same, so check before repeating it, or allow more time.'
    return new ApiError('UPSTREAM_TIMEOUT', message)
  }

  #unreachable(error: unknown, request: WireRequest, answered: boolean): ApiError {
    const { cause, reason } = readCause(error, this.#redactor(request))
    const told = reason === undefined ? '' : ` (${reason})`
    const message = answered
      ? `The response of the connector service at ${this.#host} broke off${told}; check whether the request took effect before repeating it.`
      : `The connector service at ${this.#host} cannot be reached${told}: check the base URL, the network, and that the ` +
        'service is running, then try again.'
    return new ApiError(
      'UPSTREAM_ERROR',
      message,
      {},
      { cause, ...(reason === undefined ? {} : { details: { reason } }) },
    )
  }
}

/** fetch wraps what happened; its message may quote a header field, so only a redacted copy is passed on. */
function readCause(error: unknown, redact: <T>(value: T) => T): { cause: Error; reason: string | undefined } {
  const origin = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const { code, name, message }: { code?: unknown; name: string; message: string } =
    origin instanceof Error ? origin : new Error(`a ${typeof error} was thrown`)
  const cause = Object.assign(new Error(redact(message)), { name: redact(name) })
  return { cause, reason: typeof code === 'string' && REASON.test(code) ? redact(code) : undefined }
}

function parseBaseUrl(baseUrl: string): { base: string; host: string } {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw invalidParameters(
      'The base URL of the connector service must be an http or https address without credentials, query and fragment.',
      [{ field: 'baseUrl', message: 'is not such an address' }],
    )
  }
  return { base: withoutTrailingSlashes(url.href), host: url.host }
}
