import { CredentialRefused } from '../base/credential-refused.js'
import { ConnectorsError, type FieldError } from '../base/errors.js'

/** Which parts of an address are at fault where it cannot be opened, the likeliest first, by `details.reason`. */
const AT_FAULT: Readonly<Record<string, readonly FieldError[]>> = {
  host_unknown: [{ field: 'host', message: 'is not known' }],
  host_unreachable: [{ field: 'host', message: 'cannot be reached from here' }],
  port_closed: [{ field: 'port', message: 'is closed: nothing listens there' }],
  no_answer: [{ field: 'host', message: 'does not answer on that port' }],
  no_socket: [{ field: 'host', message: 'names no socket' }],
  database_unknown: [{ field: 'database', message: 'is not on that server' }],
  database_refused: [{ field: 'database', message: 'is not on that server, or is closed to this user' }],
  login_refused: [
    { field: 'password', message: 'was refused, or the user name was' },
    { field: 'username', message: 'was refused, or the password was' },
  ],
  file_unopened: [{ field: 'database', message: 'names no SQLite file that can be opened' }],
  other_engine: [{ field: 'driver', message: 'is not the kind of the server that answers there' }],
}

/**
 * The error of a trial with the fields of the configuration that are at fault, so that a form can mark them.
 * @param byUrl whether the address was given as a URL: then the URL is at fault, whichever part of it
 */
export function withFaultyFields(error: unknown, byUrl: boolean): unknown {
  if (!(error instanceof ConnectorsError)) return error
  const { code, message, details = {}, retryable, cause } = error
  const errors = details.errors ?? AT_FAULT[details.reason ?? '']
  if (!errors) return error
  const options = { details: { ...details, errors: byUrl ? inUrl(errors) : [...errors] }, retryable, cause }
  return error instanceof CredentialRefused
    ? new CredentialRefused(message, options)
    : new ConnectorsError(code, message, options)
}

const inUrl = (errors: readonly FieldError[]): FieldError[] =>
  errors.slice(0, 1).map(({ field, message }) => ({
    field: 'url',
    message: field === 'url' ? message : `is not right: its ${field} ${message}`,
  }))
