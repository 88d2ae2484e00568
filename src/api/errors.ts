import type { Context } from 'hono'
import { ConnectorsError, isForOperator } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { ERRORS, type ErrorEnvelope, HEADER, MESSAGE_LIMIT } from '../wire/index.js'
import type { ApiEnv } from './context.js'

/** What callers are told of a failure that they can do nothing about: where the operator finds the reason. */
export const unexpectedMessage = (requestId: string): string =>
  `Something went wrong here that is not your fault. Try again; if it stays, the operator finds the reason in the log under the request id ${requestId}.`

/**
 * Turns whatever was thrown into the envelope of the contract. The one place that does for HTTP. An error that is not a
 * ConnectorsError is logged (without its text) and answered as INTERNAL. What is for the operator is logged whole; its
 * text goes to a caller in this process only.
 */
export function answerError(error: unknown, c: Context<ApiEnv>, log: Logger): Response {
  const requestId = c.get('requestId')
  const thrown =
    error instanceof ConnectorsError ? error : new ConnectorsError('INTERNAL', unexpectedMessage(requestId))
  const forOperator = isForOperator(thrown)
  if (forOperator) log.error({ err: error, request_id: requestId }, 'a request failed unexpectedly')
  const known =
    forOperator && c.env?.inProcess !== true ? new ConnectorsError(thrown.code, unexpectedMessage(requestId)) : thrown
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
