import * as oauth from 'oauth4webapi'
import { errorChain } from '../base/error-chain.js'
import { ConnectorsError } from '../base/errors.js'
import { redactor } from '../base/redact.js'
import { isRegistered, isTemporary } from './error-codes.js'

/** How far an exchange got; the transport fills it in. */
export interface ExchangeProgress {
  /** The status code of the response, as received. */
  status?: number
  content_type?: string
  retryAfterSeconds?: number
  /** The provider's own error code, where it was replaced by the registered one it stands for. */
  provider_error?: string
  /** What `Send` threw instead of returning a response, and whether the caller had aborted: before it was sent, or by then. */
  thrown?: { error: unknown; abortedBefore: boolean; aborted: boolean }
  /** Tokens that were received; they must not be quoted. */
  received: string[]
}

/**
 * Why an exchange failed, without anything secret.
 * - `refused`: the server read the request and said no
 * - `unavailable`: no answer, or one that says "later"
 * - `timeout`: no answer in time
 * - `malformed`: an answer that is not what the RFC describes
 */
export interface ExchangeFailure {
  kind: 'refused' | 'unavailable' | 'timeout' | 'malformed'
  /** A registered code, when the server named one. */
  oauth_error?: string
  /** What is wrong with the response, in words of the OAuth library or our own. */
  fault?: string
  /** Third-party text, redacted and shortened. */
  upstream?: Record<string, string | number>
  /** Whether the server may have done what it was asked, though it did not say so. */
  mayHaveActed: boolean
  retryAfterSeconds?: number
  cause: Error
}

/** The most characters of one third-party text that an error carries. */
const TEXT_LIMIT = 300

/** Network errors from before the first byte of a request is sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/**
 * Turns anything an exchange threw into a failure. The library's errors carry responses and parameters in `cause`; none
 * of that is kept.
 * @param sent secrets that the exchange sent and an answer may quote
 * @throws INTERNAL when nothing was sent because the library refuses an argument; FORBIDDEN from the egress policy;
 * UNAVAILABLE, FORBIDDEN, MISCONFIGURED for failures of a proxy
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function toFailure(error: unknown, progress: ExchangeProgress, sent: readonly string[]): ExchangeFailure {
  if (progress.thrown !== undefined) return networkFailure(progress.thrown)
  const cause = bareError(error)
  const named = error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError
  if (!named && progress.status === undefined) {
    throw new ConnectorsError('INTERNAL', 'An OAuth exchange was started with an invalid argument.', { cause })
  }
  const code = named ? error.error : undefined
  const quote = quoting([...sent, ...progress.received])
  return {
    ...judge(code, progress.status),
    ...(code !== undefined && isRegistered(code) ? { oauth_error: code } : {}),
    ...(named ? {} : { fault: cause.message }),
    upstream: {
      ...(progress.status === undefined ? {} : { status: progress.status }),
      ...quote({
        content_type: progress.content_type,
        error: progress.provider_error ?? (code !== undefined && !isRegistered(code) ? code : undefined),
        error_description: named ? error.error_description : undefined,
      }),
    },
    ...(progress.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: progress.retryAfterSeconds }),
    cause,
  }
}

/** An authorization response has no status; it is an answer like a refused request. */
function judge(code: string | undefined, status = 400): Pick<ExchangeFailure, 'kind' | 'mayHaveActed'> {
  const refused = status < 500 && (code !== undefined || status >= 400)
  if (status >= 500 || status === 429 || isTemporary(code)) return { kind: 'unavailable', mayHaveActed: !refused }
  return refused ? { kind: 'refused', mayHaveActed: false } : { kind: 'malformed', mayHaveActed: true }
}

/**
 * What must not be shown: control characters, characters that are invisible or change the text direction, half a surrogate pair.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu

/** Redacts before it shortens, so that no half of a secret is left. A body is never quoted: it may hold an unknown token. */
function quoting(secrets: readonly string[]) {
  const redact = redactor(secrets)
  return (texts: Record<string, unknown>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(texts)
        .map(([name, text]) => [name, typeof text === 'string' ? printable(redact(text)) : ''] as const)
        .filter(([, text]) => text !== ''),
    )
}

const printable = (text: string): string => text.slice(0, TEXT_LIMIT).replaceAll(UNPRINTABLE, ' ').trim()

function networkFailure({ error, abortedBefore, aborted }: NonNullable<ExchangeProgress['thrown']>): ExchangeFailure {
  const cause = bareError(error)
  const mayHaveActed = !abortedBefore && !errorChain(error).some((link) => NEVER_SENT.has(String(codeOf(link))))
  if (aborted) return { kind: 'timeout', mayHaveActed, cause }
  if (!(error instanceof ConnectorsError)) return { kind: 'unavailable', mayHaveActed, cause }
  if (error.code === 'UPSTREAM_TIMEOUT') return { kind: 'timeout', mayHaveActed, cause }
  if (error.code !== 'UPSTREAM_ERROR') {
    const { code, message, retryable, details } = error
    throw new ConnectorsError(code, message, { retryable, ...(details && { details }) })
  }
  // Without a cause there was an answer: a redirect, or one that is too large.
  return error.cause === undefined
    ? { kind: 'malformed', mayHaveActed, fault: error.message, cause }
    : { kind: 'unavailable', mayHaveActed, cause }
}

/**
 * An error that says where things went wrong, without `cause`, response, or any text but the OAuth library's and our own.
 * @see https://www.rfc-editor.org/rfc/rfc6819#section-5.1.6
 */
export function bareError(error: unknown): Error {
  const own =
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError ||
    error instanceof oauth.ResponseBodyError ||
    error instanceof oauth.AuthorizationResponseError ||
    error instanceof ConnectorsError
  const code = errorChain(error)
    .map(codeOf)
    .findLast((found) => found !== undefined)
  const bare = new Error(own ? error.message : 'The network or a library failed.')
  return code === undefined ? bare : Object.assign(bare, { code })
}

const codeOf = (error: Error): string | undefined => {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}
