import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { Secret } from '../../base/secret.js'

/** A user token as `authenticate` returns it. */
export type UserToken = string | Secret

/** A URL parser resolves dot segments, and half a surrogate pair has no UTF-8. */
const UNREACHABLE = /(?:^|\/)\.{1,2}(?:\/|$)|\p{Surrogate}/u
const VISIBLE = /^[\x21-\x7e]+$/
const PRINTABLE = /^[\x20-\x7e]+$/

/**
 * Checks that a name can be part of a path of the wire API, and returns it.
 * @param what the parameter's name, for the error
 * @throws INVALID_PARAMETERS for an empty name, dot segments and malformed text, which would lead to another route
 */
export function pathName(name: string, what: string): string {
  if (name !== '' && !UNREACHABLE.test(name)) return name
  throw invalidParameters(`The ${what} cannot be part of a path; use a name without empty or dot segments.`, [
    { field: what, message: name === '' ? 'is empty' : 'contains a dot segment or malformed text' },
  ])
}

/**
 * Checks that a header field can hold the name of an account unchanged, and returns it.
 * @throws INVALID_PARAMETERS for an empty name, one that is not printable ASCII, and a space at either end
 */
export function headerName(identifier: string): string {
  if (PRINTABLE.test(identifier) && identifier.trim() === identifier) return identifier
  throw invalidParameters('The identifier cannot be sent; names of accounts must be printable ASCII.', [
    { field: 'identifier', message: 'is empty or not printable ASCII without a space at either end' },
  ])
}

/**
 * The text of a credential that goes into a header field.
 * @param what `API key` or `user token`, for the error
 * @throws INVALID_PARAMETERS when a header field cannot hold it, without quoting it
 */
export function credentialText(credential: string | Secret, what: string): string {
  const text = credential instanceof Secret ? credential.reveal() : credential
  if (VISIBLE.test(text)) return text
  throw invalidParameters(`The ${what} is empty or contains invalid characters; check how it was copied.`)
}

/** @throws INVALID_TOKEN when there is neither */
export function tokenText(userToken: UserToken | undefined, fallback: UserToken | undefined): string {
  const token = userToken ?? fallback
  if (token !== undefined) return credentialText(token, 'user token')
  throw new ConnectorsError('INVALID_TOKEN', 'No user token was given; authenticate first and pass the token.')
}
