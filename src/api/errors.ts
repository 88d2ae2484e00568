import type { Context } from 'hono'
import { ConnectorsError, isForOperator } from '../base/errors.js'
import type { Logger } from '../base/log.js'
import { ERRORS, type ErrorEnvelope, HEADER, MESSAGE_LIMIT } from '../wire/index.js'
import { jsonTextAnswer } from './answers/json.js'
import type { ApiEnv } from './context.js'

/** The message of a failure that callers can do nothing about: it says where the operator finds the reason. */
export const unexpectedMessage = (requestId: string): string =>
  `Something went wrong that is not your fault. Try again; if it keeps happening, the operator finds the reason in the log under the request id ${requestId}.`

/**
 * Turns anything that was thrown into the envelope of the contract. The only place that does so for HTTP. An error that is not a
 * ConnectorsError is logged (without its text) and answered as INTERNAL. An error for the operator is logged completely; its
 * text is sent to callers in this process only.
 */
export function answerError(error: unknown, c: Context<ApiEnv>, log: Logger): Response {
  const requestId = c.env.requestId
  const thrown =
    error instanceof ConnectorsError ? error : new ConnectorsError('INTERNAL', unexpectedMessage(requestId))
  const forOperator = isForOperator(thrown)
  if (forOperator) log.error({ err: error, request_id: requestId }, 'a request failed unexpectedly')
  const known =
    forOperator && c.env.inProcess !== true ? new ConnectorsError(thrown.code, unexpectedMessage(requestId)) : thrown
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
  const retryAfter =
    known.retryAfterSeconds === undefined ? {} : { [HEADER.retryAfter]: String(known.retryAfterSeconds) }
  return jsonTextAnswer(JSON.stringify(envelope), status, retryAfter)
}
