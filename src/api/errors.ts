import type { Context } from 'hono'
import { ConnectorsError } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { ERRORS, type ErrorEnvelope, HEADER, MESSAGE_LIMIT } from '../wire/index.js'
import type { ApiEnv } from './context.js'

const UNEXPECTED =
  'Something went wrong here that is not your fault; try again, and tell the operator the request id if it stays.'

/**
 * Turns whatever was thrown into the envelope of the contract. The one place that does for HTTP.
 * An error that is none of ours is logged (without its text) and answered as INTERNAL.
 */
export function answerError(error: unknown, c: Context<ApiEnv>, log: Logger): Response {
  const known = error instanceof ConnectorsError ? error : new ConnectorsError('INTERNAL', UNEXPECTED, { cause: error })
  const requestId = c.get('requestId')
  if (known.code === 'INTERNAL') log.error({ err: error, request_id: requestId }, 'a request failed unexpectedly')
  const { status, type } = ERRORS[known.code]
  const message = known.message.slice(0, MESSAGE_LIMIT)
  const envelope: ErrorEnvelope = {
    error: {
      type,
      code: known.code,
      message,
      request_id: requestId,
      recovery: {
        retryable: known.retryable,
        ...(known.retryAfterSeconds === undefined ? {} : { retry_after_seconds: known.retryAfterSeconds }),
      },
      ...(known.details ? { details: known.details } : {}),
    },
    message,
  }
  const headers = new Headers({ 'content-type': 'application/json' })
  if (known.retryAfterSeconds !== undefined) headers.set(HEADER.retryAfter, String(known.retryAfterSeconds))
  return new Response(JSON.stringify(envelope), { status, headers })
}
