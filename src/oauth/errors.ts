import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError, type ErrorCode, type ErrorDetails, type ErrorOptions } from '../base/errors.js'
import { needsPerson, operatorAdvice } from './error-codes.js'
import type { ExchangeFailure } from './failure.js'

/** What an exchange is called in a sentence, and what to do after a temporary failure. */
export interface Step {
  /** `token request` */
  name: string
  /** An imperative without a full stop: `Begin the link again`. */
  again: string
  /** Whether the same exchange can be retried. */
  repeatable: boolean
}

/**
 * Turns a failure into the error of a link that cannot be finished. `details.oauth_error` holds a registered code,
 * `details.fault` what is wrong with a response, `details.upstream` third-party text.
 * @returns LINK_FAILED when the server said no, UPSTREAM_ERROR or UPSTREAM_TIMEOUT when it did not answer as it should
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
export function linkError(step: Step): (failure: ExchangeFailure) => ConnectorsError {
  return (failure) => {
    const said = failure.oauth_error !== undefined || failure.kind === 'refused'
    const code = said ? 'LINK_FAILED' : failure.kind === 'timeout' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_ERROR'
    const lasting = failure.kind === 'malformed' || failure.kind === 'refused'
    return toError(code, `${happened(failure, step.name)} ${advice(failure, step.again)}`, failure, {
      retryable: step.repeatable && !lasting,
    })
  }
}

/**
 * Turns a failure into the error of a grant that was not refreshed. `details.grant_may_be_spent` says whether the server
 * may have used up the refresh token although its answer did not arrive.
 * @returns CredentialRefused when only the person can restore the grant, otherwise UPSTREAM_ERROR or UPSTREAM_TIMEOUT
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export function refreshError(failure: ExchangeFailure): ConnectorsError {
  if (failure.kind === 'refused' && needsPerson(failure.oauth_error)) {
    return new CredentialRefused('The authorization server did not accept the grant.', optionsOf(failure))
  }
  const code = failure.kind === 'timeout' ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_ERROR'
  return toError(code, `${happened(failure, 'refresh request')} ${advice(failure, 'Try again')}`, failure, {
    retryable: failure.kind === 'unavailable' || failure.kind === 'timeout',
    details: { grant_may_be_spent: failure.mayHaveActed },
  })
}

function happened({ kind, oauth_error }: ExchangeFailure, step: string): string {
  switch (kind) {
    case 'refused':
      return `The authorization server refused the ${step}${oauth_error === undefined ? '' : ` (${oauth_error})`}.`
    case 'unavailable':
      return `The authorization server could not be reached or cannot answer the ${step} now.`
    case 'timeout':
      return `The authorization server did not answer the ${step} in time.`
    case 'malformed':
      return `The authorization server answered the ${step} with something that is not a valid response.`
  }
}

function advice({ kind, oauth_error }: ExchangeFailure, again: string): string {
  if (kind === 'unavailable' || kind === 'timeout') return `${again} in a while.`
  if (kind === 'malformed') return `${again}; if it keeps happening, an operator must check the connector's addresses.`
  return operatorAdvice(oauth_error) ?? `${again}.`
}

interface More {
  retryable?: boolean
  details?: ErrorDetails
}

const toError = (code: ErrorCode, message: string, failure: ExchangeFailure, more: More): ConnectorsError =>
  new ConnectorsError(code, message, optionsOf(failure, more))

function optionsOf(
  { oauth_error, fault, upstream, retryAfterSeconds, cause }: ExchangeFailure,
  more: More = {},
): ErrorOptions {
  return {
    retryable: more.retryable ?? false,
    details: {
      ...(oauth_error === undefined ? {} : { oauth_error }),
      ...(fault === undefined ? {} : { fault }),
      ...(upstream === undefined || Object.keys(upstream).length === 0 ? {} : { upstream }),
      ...more.details,
    },
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    cause,
  }
}
