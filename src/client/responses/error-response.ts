import type { Clock } from '../../base/clock.js'
import type { ErrorDetails, ErrorOptions, FieldError } from '../../base/errors.js'
import { isPlainObject, readJson } from '../../base/json.js'
import { retryAfterSeconds } from '../../http/retry.js'
import { errorDetails, isErrorCode, MESSAGE_LIMIT } from '../../wire/errors.js'
import { HEADER, REQUEST_ID } from '../../wire/headers.js'
import { ApiError } from './api-error.js'
import { codeOfStatus, type RequestSubject, type SentCredential, sentenceOf } from './status-codes.js'

/** What is known about the request when a failing response is read. */
export interface FailureContext {
  subject: RequestSubject
  credential: SentCredential
  /** Redacts the credentials of the request. */
  redact: <T>(value: T) => T
  clock: Clock
}

/** The content of a failing body. `message` only if it was in the contract's envelope; other text is `details.upstream`. */
interface FailureBody {
  message?: string
  code?: unknown
  requestId?: unknown
  recovery?: unknown
  details?: ErrorDetails
}

const CODE = /^[A-Z][A-Z0-9_]{0,63}$/
/** The most faults of a list that are passed on. */
const MOST_FAULTS = 20

/**
 * Reads a failing response in any of the shapes that services use: the contract's envelope, `{detail}`, `{error: "text"}`,
 * `{message}`, and anything else. Never rejects, whatever the body holds.
 * @see the section "Failures" of the HTTP contract
 */
export async function readFailure(response: Response, context: FailureContext): Promise<ApiError> {
  const told = context.redact(readBody(readJson(await response.text())))
  const apiCode = typeof told.code === 'string' && CODE.test(told.code) ? told.code : null
  const code = isErrorCode(apiCode) ? apiCode : codeOfStatus(response.status, context.subject, context.credential)
  const facts = {
    status: response.status,
    apiCode,
    requestId: requestId(told.requestId) ?? context.redact(headerRequestId(response)),
  }
  return new ApiError(code, cut(told.message ?? '') || sentenceOf(code), facts, {
    ...recoveryOf(told.recovery, response.headers, context.clock),
    ...(told.details ? { details: bounded(told.details) } : {}),
  })
}

/** The failure of select, get and remove that error contract 1 answers with 200. @param said the service's own text */
export function refusedWithSuccess(response: Response, said: unknown, { redact }: FailureContext): ApiError {
  const upstream = cut(redact(clean(said)))
  return new ApiError(
    'INTEGRATION_NOT_FOUND',
    sentenceOf('INTEGRATION_NOT_FOUND'),
    { status: response.status, requestId: headerRequestId(response) },
    upstream ? { details: { upstream } } : {},
  )
}

/** The error for a response that breaks the contract. @param errors what does not match, without the values */
export function outOfContract(response: Response, errors: FieldError[] = []): ApiError {
  return new ApiError(
    'UPSTREAM_ERROR',
    'The response does not match the contract of a connector service; check that the base URL leads to one.',
    { status: response.status, requestId: headerRequestId(response) },
    errors.length > 0 ? { details: { errors } } : {},
  )
}

function readBody(body: unknown): FailureBody {
  if (!isPlainObject(body)) return {}
  const { error, detail } = body
  if (isPlainObject(error)) return readEnvelope(error)
  if (Array.isArray(detail)) return { details: { errors: detail.slice(0, MOST_FAULTS).map(toFieldError) } }
  if (isPlainObject(detail)) return { details: { upstream: detail } }
  const upstream = clean(error) || clean(detail) || clean(body.message)
  return upstream ? { details: { upstream } } : {}
}

function readEnvelope(error: Record<string, unknown>): FailureBody {
  return {
    message: clean(error.message),
    code: error.code,
    requestId: error.request_id,
    recovery: error.recovery,
    ...(isPlainObject(error.details) ? { details: readDetails(error.details) } : {}),
  }
}

const FIELDS = errorDetails.shape

/** The keys of the contract with valid values; everything else that a service sends is a third party's data. */
function readDetails(given: Record<string, unknown>): ErrorDetails {
  const known: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    const fits = Object.hasOwn(FIELDS, key) ? FIELDS[key as keyof ErrorDetails].safeParse(value) : undefined
    if (fits?.success) known[key] = fits.data
    else others[key] = value
  }
  if (Object.keys(others).length === 0) return known
  return { ...known, upstream: { ...others, ...(known.upstream === undefined ? {} : { upstream: known.upstream }) } }
}

/** A fault as FastAPI reports it: `{loc: ["body", "identifier"], msg, type}`. */
function toFieldError(fault: unknown): FieldError {
  const { loc, msg } = isPlainObject(fault) ? fault : {}
  const steps = (Array.isArray(loc) ? loc : []).map(String)
  const [first = '', ...rest] = steps
  const field = rest.length > 0 && ['body', 'query', 'path', 'header'].includes(first) ? rest : steps
  return { field: clean(field.join('.')) || '(the whole input)', message: clean(msg) || 'does not fit' }
}

function recoveryOf(recovery: unknown, headers: Headers, clock: Clock): ErrorOptions {
  const { retryable, retry_after_seconds: wait } = isPlainObject(recovery) ? recovery : {}
  const told = typeof wait === 'number' && Number.isInteger(wait) && wait >= 0 ? wait : undefined
  const seconds = told ?? retryAfterSeconds(headers, clock())
  return { retryable: retryable === true, ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }) }
}

const requestId = (id: unknown): string | null => (typeof id === 'string' && REQUEST_ID.test(id) ? id : null)
const headerRequestId = (response: Response): string | null => requestId(response.headers.get(HEADER.requestId))

/** Removes control and invisible formatting characters. Text is cut after redaction, so that no half of a secret stays. */
const clean = (text: unknown): string =>
  typeof text === 'string' ? text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim() : ''

const cut = (text: string): string => text.slice(0, MESSAGE_LIMIT).replace(/\p{Surrogate}$/u, '')

const bounded = (details: ErrorDetails): ErrorDetails =>
  typeof details.upstream === 'string' ? { ...details, upstream: cut(details.upstream) } : details
