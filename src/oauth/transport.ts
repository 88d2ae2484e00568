import type { Clock } from '../base/clock.js'
import { isPlainObject } from '../base/json.js'
import { type JsonBounds, readBoundedJson } from '../base/json-bounds.js'
import { isJson } from '../http/media-type.js'
import { retryAfterSeconds } from '../http/retry.js'
import type { Send, SendResponse } from '../http/send.js'
import type { ExchangeProgress } from './failure.js'
import type { OAuthProvider, TokenResponseDeviations } from './provider.js'

/** What an exchange needs from outside. */
export interface OAuthDeps {
  send: Send
  clock: Clock
  signal?: AbortSignal
}

type Fetch = (
  url: string,
  options: { method: 'POST'; headers: Record<string, string>; body: URLSearchParams },
) => Promise<Response>

const TIMEOUT_MS = 15_000
const MAX_BYTES = 256 * 1024
/** What a token response, which is a flat object, may hold. */
const ANSWER_JSON: JsonBounds = { depth: 20, values: 10_000 }
const TOKENS = ['access_token', 'refresh_token', 'id_token']

/**
 * The network for the OAuth library, built on our `Send`: 15 s, 256 KiB, no redirects. Responses come out in standard
 * form.
 * @param progress is filled in on the way
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
 */
export function transport(
  provider: OAuthProvider,
  { send, clock, signal }: OAuthDeps,
  progress: ExchangeProgress,
): Fetch {
  const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, ...(signal && { signal }) }
  return async (url, { method, headers, body }) => {
    const abortedBefore = signal?.aborted ?? false
    const request = { method, url: new URL(url), headers, body: body.toString(), ...limits }
    const response = await send(request).catch((error: unknown) => {
      progress.thrown = { error, abortedBefore, aborted: signal?.aborted ?? false }
      throw error
    })
    observe(response, clock(), progress)
    return standardResponse(response, provider.token_response ?? {}, progress)
  }
}

function observe({ status, headers }: SendResponse, now: number, progress: ExchangeProgress): void {
  progress.status = status
  const contentType = headers.get('content-type')
  if (contentType !== null) progress.content_type = contentType
  const wait = retryAfterSeconds(headers, now)
  if (wait !== undefined) progress.retryAfterSeconds = wait
}

/**
 * A response in the form of RFC 6749 §5: a body that names an error has an error status (some providers answer
 * 200), and the provider's deviations are undone. The header field `WWW-Authenticate` is left out, because the library
 * would then not read the error in the body. The ID token is left out, too: it is not used to sign anyone in.
 */
function standardResponse(
  response: SendResponse,
  deviations: TokenResponseDeviations,
  progress: ExchangeProgress,
): Response {
  const json = isJson(response.headers.get('content-type')) ? parseObject(response.body) : undefined
  if (json === undefined) return opaqueResponse(response)
  const { id_token: _, ...body } = withScopeAsText(withoutNulls(personsPart(json, deviations)))
  const tokens = TOKENS.flatMap((name) => [json[name], body[name]])
  progress.received.push(...tokens.filter((token) => typeof token === 'string'))
  if (typeof body.error !== 'string' || body.error === '') return Response.json(body, { status: response.status })
  const registered = new Map(Object.entries(deviations.error_codes ?? {})).get(body.error)
  if (registered !== undefined) progress.provider_error = body.error
  return Response.json({ ...body, error: registered ?? body.error }, { status: 400 })
}

/** A body that is not a JSON object is discarded. */
function opaqueResponse(response: SendResponse): Response {
  const contentType = response.headers.get('content-type')
  return new Response(null, {
    status: response.status,
    headers: contentType === null ? {} : { 'content-type': contentType },
  })
}

/** The tokens of the person only, without those of others in the same response. */
function personsPart(json: Record<string, unknown>, { member }: TokenResponseDeviations): Record<string, unknown> {
  const nested = member === undefined ? undefined : json[member]
  return isPlainObject(nested) && 'access_token' in nested ? { ...nested, error: json.error } : json
}

/** Some providers write `null` for what they leave out. */
const withoutNulls = (json: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(json).filter(([, value]) => value !== null && value !== undefined))

/** Some providers write a list of scopes; no name of one contains a space. @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3 */
function withScopeAsText({ scope, ...json }: Record<string, unknown>): Record<string, unknown> {
  if (scope === undefined) return json
  const isList = Array.isArray(scope) && scope.every((name) => typeof name === 'string')
  return { ...json, scope: isList ? scope.join(' ') : scope }
}

function parseObject(body: Uint8Array): Record<string, unknown> | undefined {
  const json = readBoundedJson(body, ANSWER_JSON)
  return isPlainObject(json) ? json : undefined
}
