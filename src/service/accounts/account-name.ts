import { invalidParameters } from '../../base/errors.js'

/** Clients paste an account's name into a path, so these can't be reached there. */
const FORBIDDEN = /[^\x20-\x7e]|[?#%\\]/g
const IDENTIFIER_LIMIT = 255

/** Whether an account may be called so. @see the section "Integrations" of the HTTP contract */
export function isAccountName(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= IDENTIFIER_LIMIT &&
    name.search(FORBIDDEN) === -1 &&
    name.trim() === name &&
    name.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..')
  )
}

/**
 * The name of a new account: as the third party or the person gave it.
 * @param chosen true when a person chose it: then it is refused rather than changed
 * @throws INVALID_PARAMETERS
 */
export function accountName(name: string, chosen: boolean): string {
  if (isAccountName(name)) return name
  if (chosen) {
    throw invalidParameters(
      'The account cannot be called that: take printable ASCII without ? # % and backslash, without empty or dot segments, up to 255 characters.',
      [{ field: 'identifier', message: 'is not a name that fits into a path' }],
    )
  }
  const made = name
    .replaceAll(FORBIDDEN, '_')
    .split('/')
    .map((segment) => (segment === '' || segment === '.' || segment === '..' ? '_' : segment))
    .join('/')
    .trim()
    .slice(0, IDENTIFIER_LIMIT)
  return isAccountName(made) ? made : '_'
}
