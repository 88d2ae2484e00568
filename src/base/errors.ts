/**
 * The codes an error can carry, the same on the wire and in a tool result. Stable: programs and agents branch on them.
 * `wire/errors.ts` has their HTTP statuses. INTERNAL is a fault of this program; MISCONFIGURED is for its operator
 * to fix: keys, the store's file, the disk, rights, a setting.
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
 * What a program may need in addition to the sentence: the keys of `details`, the same in every room, on the wire and in a
 * tool result. Text from a third party or a user goes under `upstream` only; `user_identifier`, `accounts` and `existing` are the exceptions.
 */
export interface ErrorDetails {
  /** What is wrong with single parameters. */
  errors?: FieldError[]
  /** Data of a third party: untrusted. */
  upstream?: unknown
  /** The account that the failure is about, or the connector of which there is none. */
  connector?: string
  user_identifier?: string
  /** What is already linked under that name, in words of its owner and the third party. */
  existing?: string
  /** The accounts of the connector that the user has, where another one was named; at most 20, the closest names first. */
  accounts?: string[]
  /** The page on which the person links or repairs the account, the link it belongs to, and the code it shows. */
  reconnect_url?: string
  link_id?: string
  link_code?: string
  /** True if the person may finish that link with a code on another device. */
  link_device_available?: boolean
  /** How accounts of the connector are linked instead. */
  supported_auth_types?: string[]
  /** The origins at which a link of this client may end. */
  callback_origins?: string[]
  /** Names that are not actions of the connector. */
  unknown_actions?: string[]
  /** A code registered for OAuth 2. */
  oauth_error?: string
  /** What is wrong with an authorization server's response, in our words or those of the OAuth library. */
  fault?: string
  /** Whether a refresh token may be used up although no new one arrived. */
  grant_may_be_spent?: boolean
  /** One of our codes that says why: of the network, of a refusal, or of how a link ended. */
  reason?: string
  /**
   * The caller's parameters by which a third party found nothing, with their values, the first 200 characters of each: one of them
   * names what is not there, or what the account may not see.
   */
  not_found?: Record<string, string>
  /** Bytes of what was too large. */
  size?: number
}

export interface ErrorOptions {
  details?: ErrorDetails
  /** True only if retrying the call cannot do a write twice. */
  retryable?: boolean
  /** Whole seconds to wait before retrying. */
  retryAfterSeconds?: number
  cause?: unknown
}

/**
 * A failure that someone can act on. The message is one plain sentence of our own: what happened and who can do what next.
 * Thrown where it is found; turned into a response in `api/errors.ts` and `mcp/results/errors.ts` only.
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
 * True for failures that a user cannot do anything about: a fault of this program, or something that its operator has to
 * fix. The sentence may name paths of the server, so it goes to the log and the operator's own screen, never over a socket.
 */
export const isForOperator = (error: unknown): boolean =>
  error instanceof ConnectorsError && (error.code === 'INTERNAL' || error.code === 'MISCONFIGURED')

/**
 * The error for invalid parameters.
 * @param message one sentence; the individual faults go into `errors`
 */
export function invalidParameters(message: string, errors: FieldError[] = []): ConnectorsError {
  return new ConnectorsError('INVALID_PARAMETERS', message, errors.length > 0 ? { details: { errors } } : {})
}
