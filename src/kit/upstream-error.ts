import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError, type ErrorCode, type ErrorOptions } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import { readBoundedJson } from '../base/json-bounds.js'
import { essence, isJson } from '../http/media-type.js'
import { retryAfterSeconds } from '../http/retry.js'
import { isSafe, type SendResponse } from '../http/send.js'
import { ANSWER_JSON } from './limits.js'

/** A larger body of a refusal is not looked at. Bytes. */
const LONGEST_REFUSAL = 1024 * 1024
/** The longest text of a third party that is handed on, in characters. */
const MESSAGE_LIMIT = 500

interface Refusal {
  code: ErrorCode
  message: string
  retryable?: boolean
}

const RATE_LIMITED: Refusal = {
  code: 'RATE_LIMITED',
  message: 'The third party takes no more requests of this account for now; try again later.',
  // Refused before anything was done, so a write may be played again too.
  retryable: true,
}
const NOT_FOUND: Refusal = {
  code: 'NOT_FOUND',
  message: 'The third party has no such thing, or this account may not see it; check the names given.',
}
const UNFIT: Refusal = {
  code: 'INVALID_PARAMETERS',
  message: 'The third party did not accept the parameters; what it said stands in details.upstream.',
}
const REFUSALS: Readonly<Record<number, Refusal>> = {
  400: UNFIT,
  403: {
    code: 'FORBIDDEN',
    message: 'The third party does not let this account do that; somebody with more rights must do it or grant them.',
  },
  404: NOT_FOUND,
  410: NOT_FOUND,
  422: UNFIT,
  429: RATE_LIMITED,
}
const REFUSED: Refusal = {
  code: 'UPSTREAM_REFUSED',
  message: 'The third party refused the request; what it said stands in details.upstream.',
}

/**
 * What an answer that is no success means. The third party's own words go under `details.upstream`, shortened.
 * @param method of the request: a failed read may be played again, a failed write may not
 * @param now milliseconds since the epoch, for the waiting time
 */
export function upstreamError(method: string, response: SendResponse, now: number): ConnectorsError {
  const { status, headers } = response
  const wait = waitSeconds(headers, now)
  const said = thirdPartyMessage(response)
  const options: ErrorOptions = {
    details: { upstream: { status, ...(said === undefined ? {} : { message: said }) } },
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
  if (status < 400 || status >= 500) {
    const message = 'The third party failed to answer the request; try again later.'
    return new ConnectorsError('UPSTREAM_ERROR', message, { ...options, retryable: isSafe(method) })
  }
  if (status === 401) return new CredentialRefused(undefined, options)
  const limited = status === 403 && (headers.has('retry-after') || isUsedUp(headers))
  const { code, message, retryable = false } = limited ? RATE_LIMITED : (REFUSALS[status] ?? REFUSED)
  return new ConnectorsError(code, message, { ...options, retryable })
}

/** The de-facto standard fields: how many requests are left, and from which second of the epoch there are more. */
const isUsedUp = (headers: Headers): boolean => headers.get('x-ratelimit-remaining')?.trim() === '0'

function waitSeconds(headers: Headers, now: number): number | undefined {
  const asked = retryAfterSeconds(headers, now)
  const reset = headers.get('x-ratelimit-reset')?.trim() ?? ''
  if (asked !== undefined || !isUsedUp(headers) || !/^\d{1,12}$/.test(reset)) return asked
  return Math.max(0, Math.ceil(Number(reset) - now / 1000))
}

/** Never HTML: it is made for people, long, and would teach an agent nothing. */
function thirdPartyMessage({ headers, body }: SendResponse): string | undefined {
  const contentType = headers.get('content-type')
  // Nobody explains a refusal in more than that.
  const said = body.subarray(0, LONGEST_REFUSAL)
  if (essence(contentType) === 'text/plain') return shorten(new TextDecoder().decode(said))
  return isJson(contentType) && said.length === body.length
    ? shorten(textsOf(readBoundedJson(said, ANSWER_JSON)).join('; '))
    : undefined
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
