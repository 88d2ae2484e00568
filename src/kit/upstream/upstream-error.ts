import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError, type ErrorOptions } from '../../base/errors.js'
import { isPlainObject } from '../../base/json.js'
import { once } from '../../base/once.js'
import { essence, isJson } from '../../http/media-type.js'
import { retryAfterSeconds, waitSeconds } from '../../http/retry.js'
import type { SendResponse } from '../../http/send.js'
import type { XmlElement } from '../xml/element.js'
import { XmlFault } from '../xml/fault.js'
import type { ParseXml } from '../xml/load.js'
import type { AnswerJson } from './answer-json.js'
import { type FailureFacts, type FailureResponse, type FailureRule, HTTP_FAILURES, matchesRule } from './failures.js'

/** A larger error body is not examined. Bytes. */
const LONGEST_REFUSAL = 1024 * 1024
/** The longest third-party text that is passed on, and that the rules examine, in characters. */
const MESSAGE_LIMIT = 500
const SAID_LIMIT = 4000

/** A request, and the failure rules of its vendor. */
export interface RequestContext {
  method: string
  /** Whether it could change anything. */
  isRead: boolean
  url: URL
  /** The vendor's own rules, checked before those of HTTP. */
  failures: readonly FailureRule[]
  /** The body, where it is JSON. */
  json: AnswerJson
  /** Reads the body, where that looks like XML. */
  parseXml?: ParseXml | undefined
  /** Milliseconds since the epoch, for the waiting time. */
  now: number
}

const isSuccess = (status: number): boolean => status >= 200 && status <= 299

/** Whether an answer is a success by its status, and no rule of its vendor could say otherwise. */
export function isPlainSuccess(failures: readonly FailureRule[], method: string, status: number): boolean {
  const mayMean = ({ when }: FailureRule): boolean => when.status.includes(status) && (when.method ?? method) === method
  return isSuccess(status) && !failures.some(mayMean)
}

/**
 * What an answer means that is not a success by its status, or by a rule of its vendor. The third party's own words go under
 * `details.upstream`, shortened. A failed read may be retried; a write only where nothing was done.
 * @returns undefined for a success
 */
export function upstreamError(asked: RequestContext, response: SendResponse): ConnectorsError | undefined {
  const { status } = response
  const { refusal, message } = read(asked, response)
  const elsewhere = response.moved !== undefined && response.moved.url.origin !== asked.url.origin
  if (elsewhere && !isSuccess(status)) return refusedElsewhere(response)
  const match = matchRule(
    isSuccess(status) ? asked.failures : [...asked.failures, ...HTTP_FAILURES],
    asked.method,
    refusal,
  )
  if (isSuccess(status) && !match) return undefined
  // The last request of an hour can be refused for another reason, and waiting does not help then.
  const waitOf = match?.rule.code === 'RATE_LIMITED' ? waitSeconds : retryAfterSeconds
  const wait = waitOf(response.headers, asked.now) ?? match?.rule.retryAfter
  const { errors, reason, upstream } = match?.more ?? {}
  const options: ErrorOptions = {
    details: {
      ...(errors?.length ? { errors } : {}),
      ...(reason === undefined ? {} : { reason }),
      upstream: { status, ...(message === undefined ? {} : { message }), ...upstream },
    },
    ...(wait === undefined ? {} : { retryAfterSeconds: wait }),
  }
  if (status === 401 || match?.rule.refusesCredential) return new CredentialRefused(undefined, options)
  if (match) {
    const { code, message: sentence, retryable = false } = match.rule
    return new ConnectorsError(code, match.more.message ?? sentence, { ...options, retryable })
  }
  return unknownFailure(status, { ...options, retryable: asked.isRead })
}

function unknownFailure(status: number, { retryable, ...options }: ErrorOptions): ConnectorsError {
  if (status >= 400 && status < 500) {
    const message = 'The third party refused the request; its own words are in details.upstream.'
    return new ConnectorsError('UPSTREAM_REFUSED', message, options)
  }
  const message = 'The third party failed to answer the request; try again later.'
  return new ConnectorsError('UPSTREAM_ERROR', message, { ...options, retryable: retryable ?? false })
}

/** The credential is not sent to another host, so what that host says about it means nothing. */
function refusedElsewhere({ status, moved }: SendResponse): ConnectorsError {
  const message =
    'The third party redirected the request to another host, which does not receive the credential and refused; the address is in details.upstream.'
  const location = moved?.url === undefined ? {} : { location: plainAddress(moved.url) }
  return new ConnectorsError('UPSTREAM_REFUSED', message, { details: { upstream: { status, ...location } } })
}

/** Without the query, which may contain secrets. */
export const plainAddress = (url: URL): string => (url.origin + url.pathname).slice(0, MESSAGE_LIMIT)

function matchRule(
  rules: readonly FailureRule[],
  method: string,
  refusal: FailureResponse,
): { rule: FailureRule; more: FailureFacts } | undefined {
  for (const rule of rules) {
    if (!matchesRule(rule, method, refusal)) continue
    const more = rule.tell === undefined ? {} : rule.tell(refusal)
    if (more) return { rule, more }
  }
  return undefined
}

/** Never HTML: it is written for people, long, and of no use to an agent. */
function read(
  { url, json: whole, parseXml }: RequestContext,
  { status, headers, body }: SendResponse,
): { refusal: FailureResponse; message?: string } {
  const contentType = headers.get('content-type')
  // No vendor needs more than that to explain a refusal.
  const bytes = body.subarray(0, LONGEST_REFUSAL)
  const isWhole = isJson(contentType) && bytes.length === body.length
  const json = body.length === 0 || isWhole ? whole.value : undefined
  const text = essence(contentType) === 'text/plain' ? new TextDecoder().decode(bytes) : textsOf(json).join('; ')
  const documentation = isPlainObject(json) ? json.documentation_url : undefined
  const said = (typeof documentation === 'string' ? `${documentation}\n${text}` : text).slice(0, SAID_LIMIT)
  const message = shorten(text)
  const xml = once(() => (bytes.length === body.length && parseXml ? xmlIn(bytes, parseXml) : undefined))
  const refusal = { status, headers, json, xml, said, host: url.host }
  return { refusal, ...(message === undefined ? {} : { message }) }
}

function xmlIn(bytes: Uint8Array, parseXml: ParseXml): XmlElement | undefined {
  try {
    return parseXml(bytes)
  } catch (error) {
    if (error instanceof XmlFault) return undefined
    throw error
  }
}

/** The members in which APIs explain an error, at the top level or inside `error` and `errors`, a few levels deep. */
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
