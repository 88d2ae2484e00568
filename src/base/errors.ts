/**
 * The codes an error can carry, the same on the wire and in a tool result. Stable: programs and agents branch on them.
 * What each means over HTTP stands in `wire/errors.ts`. INTERNAL is a fault of this program; MISCONFIGURED is for its operator
 * to mend: keys, the store's file, the disk, rights, a setting.
 */
export type ErrorCode =
  | 'INVALID_PARAMETERS'
  | 'INVALID_API_KEY'
  | 'INVALID_TOKEN'
  | 'INVALID_CREDENTIALS'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONNECTOR_NOT_FOUND'
  | 'ACTION_NOT_FOUND'
  | 'INTEGRATION_NOT_FOUND'
  | 'USER_EXISTS'
  | 'INTEGRATION_EXISTS'
  | 'CLIENT_EXISTS'
  | 'AUTH_TYPE_NOT_SUPPORTED'
  | 'OAUTH_NOT_CONFIGURED'
  | 'LINK_FAILED'
  | 'LINK_EXPIRED'
  | 'RECONNECT_REQUIRED'
  | 'TOO_LARGE'
  | 'RATE_LIMITED'
  | 'UPSTREAM_REFUSED'
  | 'UPSTREAM_ERROR'
  | 'UPSTREAM_TIMEOUT'
  | 'UNAVAILABLE'
  | 'INTERNAL'
  | 'MISCONFIGURED'

/** One thing wrong with one parameter. `field` is a dotted path. */
export interface FieldError {
  field: string
  message: string
}

/**
 * What a program may need besides the sentence: the keys of `details`, the same in every room, on the wire and in a tool
 * result. What a third party or a user wrote goes under `upstream`, and only there; `user_identifier` and `existing` are of theirs, too.
 */
export interface ErrorDetails {
  /** What is wrong with single parameters. */
  errors?: FieldError[]
  /** Data of a third party: untrusted. */
  upstream?: unknown
  /** The account that the failure is about. */
  connector?: string
  user_identifier?: string
  /** What is linked under that name already, in words of its owner and the third party. */
  existing?: string
  /** The page on which the person repairs the account, the link it belongs to, and the code it shows. */
  reconnect_url?: string
  link_id?: string
  link_code?: string
  /** True where the person may finish that link by a code on another device. */
  link_device_available?: boolean
  /** How accounts of the connector are linked instead. */
  supported_auth_types?: string[]
  /** Where a link of this client may end. */
  callback_origins?: string[]
  /** Names that no action of the connector has. */
  unknown_actions?: string[]
  /** A code registered for OAuth 2. */
  oauth_error?: string
  /** What is wrong with an answer of an authorization server, in our words or those of the OAuth library. */
  fault?: string
  /** Whether a refresh token may be used up although no new one arrived. */
  grant_may_be_spent?: boolean
  /** One of our codes that says why: of the network, of a refusal, or of how a link ended. */
  reason?: string
  /** Bytes of what was too large. */
  size?: number
}

export interface ErrorOptions {
  details?: ErrorDetails
  /** True only where playing the call again cannot do a write twice. */
  retryable?: boolean
  /** Whole seconds to wait before playing again. */
  retryAfterSeconds?: number
  cause?: unknown
}

/**
 * A failure somebody can act on. The message is one plain sentence of our own: what happened and who can do what next.
 * Thrown where it is found, answered in `api/errors.ts` and `mcp/errors.ts` only.
 */
export class ConnectorsError extends Error {
  override readonly name: string = 'ConnectorsError'
  readonly code: ErrorCode
  readonly details: ErrorDetails | undefined
  readonly retryable: boolean
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
    this.retryable = options.retryable ?? false
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}

/**
 * True for what a user can do nothing about: a fault of this program, or something that its operator has to mend. The
 * sentence may name paths of the server, so it goes into the log and to the operator's own screen, never over a socket.
 */
export const isForOperator = (error: unknown): boolean =>
  error instanceof ConnectorsError && (error.code === 'INTERNAL' || error.code === 'MISCONFIGURED')

/**
 * The error for parameters that do not fit.
 * @param message one sentence; the single faults go into `errors`
 */
export function invalidParameters(message: string, errors: FieldError[] = []): ConnectorsError {
  return new ConnectorsError('INVALID_PARAMETERS', message, errors.length > 0 ? { details: { errors } } : {})
}
