import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError, type ErrorOptions } from '../base/errors.js'
import { isPlainObject } from '../base/json.js'
import type { Effect } from './effect.js'

/** Failures after which it is not known what the third party did. */
const UNKNOWN_OUTCOME = new Set(['UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT'])

/**
 * The same failure, saying truthfully whether the call may be made again. That follows from what the action does, and not from
 * the method of the request that failed: a read may be repeated although it is a POST at this vendor, and nothing that has
 * changed something already may be, although the request that failed was a GET.
 * @param hasWritten whether an earlier request of this call changed something
 */
export function failureOfAction(error: unknown, effect: Effect, hasWritten: boolean): unknown {
  if (!(error instanceof ConnectorsError)) return error
  if (effect === 'read') return mayBeRepeated(error) ? withRetry(error, true) : error
  if (!hasWritten) return error
  if (error instanceof CredentialRefused) {
    return new ConnectorsError(
      'UPSTREAM_REFUSED',
      'The third party stopped accepting the credential when a part of this was done; look at what is there before making the call again.',
      optionsOf(error, false),
    )
  }
  return error.retryable ? withRetry(error, false) : error
}

function mayBeRepeated(error: ConnectorsError): boolean {
  if (error.retryable || !UNKNOWN_OUTCOME.has(error.code)) return false
  const upstream = error.details?.upstream
  const status = isPlainObject(upstream) ? upstream.status : undefined
  // A redirect that was not followed would be answered in the same way.
  return typeof status !== 'number' || status >= 500 || (status >= 200 && status <= 299)
}

const withRetry = (error: ConnectorsError, retryable: boolean): ConnectorsError =>
  new ConnectorsError(error.code, error.message, optionsOf(error, retryable))

const optionsOf = ({ details, retryAfterSeconds, cause }: ConnectorsError, retryable: boolean): ErrorOptions => ({
  ...(details === undefined ? {} : { details }),
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  retryable,
  cause,
})
