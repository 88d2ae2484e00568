import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError, type ErrorOptions } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { readBoundedJson } from '../base/json-bounds.js'
import { essence, isJson } from '../http/media-type.js'
import { retryAfterSeconds, waitSeconds } from '../http/retry.js'
import { isSafe, type SendResponse } from '../http/send.js'
import { type FailureFacts, type FailureResponse, type FailureRule, HTTP_FAILURES, matchesRule } from './failures.js'
import { ANSWER_JSON } from './limits.js'

/** A larger body of a refusal is not looked at. Bytes. */
const LONGEST_REFUSAL = 1024 * 1024
/** The longest text of a third party that is handed on, and that a table looks at, in characters. */
const MESSAGE_LIMIT = 500
const SAID_LIMIT = 4000

/** A request, and how its vendor says no. */
export interface RequestContext {
  method: string
  url: URL
  /** The vendor's own rows, read before those of HTTP. */
  failures: readonly FailureRule[]
  /** Milliseconds since the epoch, for the waiting time. */
  now: number
}

/**
 * What an answer means that is no success by its status, or by a row of its vendor. The third party's own words go under
 * `details.upstream`, shortened. A failed read may be played again; a write only where nothing was done.
 * @returns undefined for a success
 */
export function upstreamError(asked: RequestContext, response: SendResponse): ConnectorsError | undefined {
  const { status } = response
  const isSuccess = status >= 200 && status <= 299
  if (isSuccess && !asked.failures.some(({ when }) => when.status.includes(status))) return undefined
  const { refusal, message } = read(asked, response)
  const elsewhere = response.moved !== undefined && response.moved.url.origin !== asked.url.origin
  if (elsewhere && !isSuccess) return refusedElsewhere(response)
  const told = tellOf(isSuccess ? asked.failures : [...asked.failures, ...HTTP_FAILURES], asked.method, refusal)
  if (isSuccess && !told) return undefined
  // The last request of an hour can be refused for another reason, which no waiting mends.
  const waitOf = told?.row.code === 'RATE_LIMITED' ? waitSeconds : retryAfterSeconds
  const wait = waitOf(response.headers, asked.now) ?? told?.row.retryAfter
  const { errors, reason, upstream } = told?.more ?? {}
  const options: ErrorOptions = {
    details: {
      ...(errors?.length ? { errors } : {}),
      ...(reason === undefined ? {} : { reason }),
      upstream: { status, ...(message === undefined ? {} : { message }), ...upstream },
    },
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
  if (status === 401) return new CredentialRefused(undefined, options)
  if (told) {
    const { code, message: sentence, retryable = false } = told.row
    return new ConnectorsError(code, told.more.message ?? sentence, { ...options, retryable })
  }
  return unknownFailure(status, { ...options, retryable: isSafe(asked.method) })
}

function unknownFailure(status: number, { retryable, ...options }: ErrorOptions): ConnectorsError {
  if (status >= 400 && status < 500) {
    const message = 'The third party refused the request; what it said stands in details.upstream.'
    return new ConnectorsError('UPSTREAM_REFUSED', message, options)
  }
  const message = 'The third party failed to answer the request; try again later.'
  return new ConnectorsError('UPSTREAM_ERROR', message, { ...options, retryable: retryable ?? false })
}

/** The credential was left behind at the border, so what another host says about it means nothing. */
function refusedElsewhere({ status, moved }: SendResponse): ConnectorsError {
  const message =
    'The third party sent the request on to another host, which does not get the credential and refused; the address stands in details.upstream.'
  const location = moved?.url === undefined ? {} : { location: plainAddress(moved.url) }
  return new ConnectorsError('UPSTREAM_REFUSED', message, { details: { upstream: { status, ...location } } })
}

/** Without the query, which may carry what is not for every eye. */
export const plainAddress = (url: URL): string => (url.origin + url.pathname).slice(0, MESSAGE_LIMIT)

function tellOf(
  rows: readonly FailureRule[],
  method: string,
  refusal: FailureResponse,
): { row: FailureRule; more: FailureFacts } | undefined {
  for (const row of rows) {
    if (!matchesRule(row, method, refusal)) continue
    const more = row.tell === undefined ? {} : row.tell(refusal)
    if (more) return { row, more }
  }
  return undefined
}

/** Never HTML: it is made for people, long, and would teach an agent nothing. */
function read(
  { url }: RequestContext,
  { status, headers, body }: SendResponse,
): { refusal: FailureResponse; message?: string } {
  const contentType = headers.get('content-type')
  // Nobody explains a refusal in more than that.
  const bytes = body.subarray(0, LONGEST_REFUSAL)
  const json = isJson(contentType) && bytes.length === body.length ? readBoundedJson(bytes, ANSWER_JSON) : undefined
  const text = essence(contentType) === 'text/plain' ? new TextDecoder().decode(bytes) : textsOf(json).join('; ')
  const documentation = isPlainObject(json) ? json.documentation_url : undefined
  const said = (typeof documentation === 'string' ? `${documentation}\n${text}` : text).slice(0, SAID_LIMIT)
  const message = shorten(text)
  const refusal = { status, headers, json, said, host: url.host }
  return { refusal, ...(message === undefined ? {} : { message }) }
}

/** The members in which APIs say what is wrong, at the top or inside `error` and `errors`, a few levels deep. */
function textsOf(answer: unknown, levels = 4): string[] {
  if (typeof answer === 'string') return [answer]
  if (levels === 0) return []
  if (Array.isArray(answer)) return answer.flatMap((item) => textsOf(item, levels - 1))
  if (!isPlainObject(answer)) return []
  const { message, error, error_description, errors, field, code } = answer
  const said = textsOf([message, error, error_description, errors], levels)
  const fault = [field, code].filter((part) => typeof part === 'string').join(' ')
  return [...new Set(said.length > 0 || fault === '' ? said : [fault])]
}

function shorten(text: string): string | undefined {
  const clean = text.replace(/\p{Cc}+/gu, ' ').trim()
  if (clean === '') return undefined
  const characters = Array.from(clean.slice(0, 2 * MESSAGE_LIMIT + 2))
  return characters.length <= MESSAGE_LIMIT ? clean : `${characters.slice(0, MESSAGE_LIMIT - 1).join('')}…`
}
