import { CredentialRefused } from '../../base/credential-refused.js'
import { ConnectorsError, type ErrorCode, type ErrorDetails } from '../../base/errors.js'
import type { Json } from '../../base/json.js'
import type { DatabaseAddress } from '../address.js'
import type { RowsHead } from '../results/unread-rows.js'

// One JSON object a line, in both directions.

/** What a process is for, sent once. A map of parameters is sent as its entries. */
export interface Assignment {
  kind: 'open'
  address: Omit<DatabaseAddress, 'parameters'> & { parameters: [string, string][] }
  readOnly: boolean
  localFiles: boolean
}

/** What the service asks for. `id` is a number of its own for each call. */
export type Task =
  | { kind: 'query'; id: number; sql: string; variables: Record<string, Json>; limit: number }
  | { kind: 'probe'; id: number }
  | { kind: 'abilities'; id: number }

/** A message from the service to a process. */
export type Order =
  | Assignment
  | Task
  /** Stop this call, at the server too. */
  | { kind: 'end'; id: number }
  /** There is room for the large answer to this call. */
  | { kind: 'room'; id: number }
  /** What the host stands for; none where it may not be connected to. */
  | { kind: 'address'; host: number; address?: string }
  | { kind: 'ping' }
  /** End when all calls are answered. */
  | { kind: 'close' }

/** A message from a process to the service. */
export type Report =
  /** It runs, and its loop turns. */
  | { kind: 'alive' }
  /** A server let it in, and statements are sent from now on. */
  | { kind: 'begun' }
  | { kind: 'host'; host: number; name: string }
  /** The answer to this call is a large one. */
  | { kind: 'room'; id: number }
  | { kind: 'done'; id: number; value?: unknown }
  /** A statement gave so many rows; the next line is the list of them. */
  | { kind: 'rows'; id: number; count: number; value: RowsHead }
  | { kind: 'failed'; id: number; error: PlainError }

/** An error on its way from one process to another. */
export interface PlainError {
  /** Missing if a driver threw an error that is not ours. */
  code?: ErrorCode
  message: string
  details?: ErrorDetails
  retryable?: boolean
  retryAfterSeconds?: number
  /** True for what was thrown as `CredentialRefused`. */
  credentialRefused?: boolean
  /** The number of the question for a host that was refused with it: the service knows the error itself. */
  host?: number
}

/** Thrown in the process where the service refused a host. */
export class HostRefusal extends ConnectorsError {
  readonly host: number

  constructor(host: number) {
    super('FORBIDDEN', 'The host may not be connected to.')
    this.host = host
  }
}

export function plainError(thrown: unknown): PlainError {
  if (!(thrown instanceof ConnectorsError))
    return { message: thrown instanceof Error ? thrown.message : String(thrown) }
  const { code, message, details, retryable, retryAfterSeconds } = thrown
  return {
    code,
    message,
    retryable,
    ...(details && { details }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(thrown instanceof CredentialRefused && { credentialRefused: true }),
    ...(thrown instanceof HostRefusal && { host: thrown.host }),
  }
}

export function thrownError(plain: PlainError & { code: ErrorCode }): ConnectorsError {
  const { code, message, details, retryable, retryAfterSeconds } = plain
  const options = {
    ...(details && { details }),
    ...(retryable !== undefined && { retryable }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  }
  return plain.credentialRefused ? new CredentialRefused(message, options) : new ConnectorsError(code, message, options)
}
