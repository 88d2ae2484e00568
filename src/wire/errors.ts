import { z } from 'zod'
import type { ErrorCode, ErrorDetails } from '../base/errors.js'

/** Each code's status over HTTP, and the class-like `type` in the envelope. */
export const ERRORS: Record<ErrorCode, { status: number; type: string }> = {
  INVALID_PARAMETERS: { status: 400, type: 'InvalidParametersError' },
  AUTH_TYPE_NOT_SUPPORTED: { status: 400, type: 'AuthTypeNotSupportedError' },
  OAUTH_NOT_CONFIGURED: { status: 400, type: 'OAuthNotConfiguredError' },
  LINK_FAILED: { status: 400, type: 'LinkFailedError' },
  LINK_EXPIRED: { status: 400, type: 'LinkExpiredError' },
  INVALID_API_KEY: { status: 401, type: 'AuthenticationError' },
  INVALID_TOKEN: { status: 401, type: 'AuthenticationError' },
  INVALID_CREDENTIALS: { status: 401, type: 'AuthenticationError' },
  FORBIDDEN: { status: 403, type: 'ForbiddenError' },
  RECONNECT_REQUIRED: { status: 403, type: 'ReconnectRequiredError' },
  NOT_FOUND: { status: 404, type: 'NotFoundError' },
  CONNECTOR_NOT_FOUND: { status: 404, type: 'ConnectorNotFoundError' },
  ACTION_NOT_FOUND: { status: 404, type: 'ActionNotFoundError' },
  INTEGRATION_NOT_FOUND: { status: 404, type: 'IntegrationNotFoundError' },
  METHOD_NOT_ALLOWED: { status: 405, type: 'MethodNotAllowedError' },
  USER_EXISTS: { status: 409, type: 'ConflictError' },
  CLIENT_EXISTS: { status: 409, type: 'ConflictError' },
  INTEGRATION_EXISTS: { status: 409, type: 'ConflictError' },
  TOO_LARGE: { status: 413, type: 'TooLargeError' },
  RATE_LIMITED: { status: 429, type: 'RateLimitedError' },
  INTERNAL: { status: 500, type: 'InternalError' },
  MISCONFIGURED: { status: 500, type: 'MisconfiguredError' },
  UPSTREAM_REFUSED: { status: 502, type: 'UpstreamError' },
  UPSTREAM_ERROR: { status: 502, type: 'UpstreamError' },
  UNAVAILABLE: { status: 503, type: 'UnavailableError' },
  UPSTREAM_TIMEOUT: { status: 504, type: 'UpstreamTimeoutError' },
}

/** The longest message that goes over the wire, in characters. */
export const MESSAGE_LIMIT = 1000

export const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code)

/** The fields of `details`, as in `ErrorDetails`. */
export const errorDetails = z
  .object({
    errors: z.array(z.object({ field: z.string(), message: z.string() })),
    upstream: z.unknown(),
    connector: z.string(),
    user_identifier: z.string(),
    accounts: z.array(z.string()),
    existing: z.string(),
    reconnect_url: z.string(),
    link_id: z.string(),
    link_code: z.string(),
    link_device_available: z.boolean(),
    supported_auth_types: z.array(z.string()),
    callback_origins: z.array(z.string()),
    unknown_actions: z.array(z.string()),
    oauth_error: z.string(),
    fault: z.string(),
    grant_may_be_spent: z.boolean(),
    reason: z.string(),
    not_found: z.record(z.string(), z.string()),
    size: z.number(),
  } satisfies Record<keyof ErrorDetails, z.ZodType>)
  .partial()

/** Every failure, under both contracts. The top-level `message` repeats the text for the oldest clients. */
export const errorEnvelope = z.object({
  error: z.object({
    type: z.string(),
    code: z.string(),
    message: z.string(),
    request_id: z.string(),
    recovery: z.object({ retryable: z.boolean(), retry_after_seconds: z.number().int().min(0).optional() }),
    details: errorDetails.optional(),
  }),
  message: z.string(),
})
/** As it is written: `details` is what was thrown. */
export type ErrorEnvelope = z.infer<typeof errorEnvelope>
