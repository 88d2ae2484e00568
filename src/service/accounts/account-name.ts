import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { hashOfBytes } from '../../crypto/index.js'

/** Clients put an account's name into a path, where these characters cannot be used. */
const FORBIDDEN = /[^\x20-\x7e]|[?#%\\]/gu
const IDENTIFIER_LIMIT = 255
/** A name that had to be changed ends with a hyphen and this many hexadecimal digits. */
const HASH_DIGITS = 8
/** The longest title, in characters. */
const TITLE_LIMIT = 200
/**
 * What cannot be seen or turns the direction of what follows. The two joiners stay: Persian and Indic scripts, and emoji,
 * need them.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Whether this is a valid account name. @see the section "Integrations" of the HTTP contract */
export const isAccountName = (name: string): boolean => name !== '*' && fitsIntoPath(name)

function fitsIntoPath(name: string): boolean {
  return (
    name.length > 0 &&
    name.length <= IDENTIFIER_LIMIT &&
    name.search(FORBIDDEN) === -1 &&
    name.trim() === name &&
    name.split('/').every((segment) => !isEmptyOrDots(segment))
  )
}

/**
 * The name of an account, made from what a third party or a person calls it. A valid name stays as it is; of others, two
 * different texts become two different names: where something was replaced or cut, a short hash of the whole follows.
 */
export function accountName(original: string): string {
  if (isAccountName(original)) return original
  const fitting = original
    .replaceAll(FORBIDDEN, '_')
    .trim()
    .split('/')
    .map((segment) => (isEmptyOrDots(segment) ? '_' : segment))
    .join('/')
    .slice(0, IDENTIFIER_LIMIT - HASH_DIGITS - 1)
  return `${fitting}-${shortHash(original)}`
}

/**
 * A name that a person chose, as it is.
 * @throws INVALID_PARAMETERS with a valid name in `user_identifier`
 */
export function chosenName(name: string): string {
  if (isAccountName(name)) return name
  const { code, message, details } = invalidParameters(
    'Invalid account name. Use up to 255 characters of printable ASCII without ? # % and backslash, without empty or dot segments, and not * alone. The details suggest a valid name.',
    [{ field: 'identifier', message: 'is not a valid account name' }],
  )
  throw new ConnectorsError(code, message, { details: { ...details, user_identifier: accountName(name) } })
}

/**
 * What an account is called where people read it: in any script, without invisible characters.
 * @returns null if that is its name already
 */
export function accountTitle(original: string, name: string): string | null {
  const seen = Array.from(
    original
      .slice(0, TITLE_LIMIT * 4)
      .replaceAll(UNSEEN, '')
      .trim(),
  )
  const title = seen.length > TITLE_LIMIT ? `${seen.slice(0, TITLE_LIMIT - 1).join('')}…` : seen.join('')
  return title === '' || title === name ? null : title
}

/**
 * The name that an earlier release made of the same text, which accounts of that time still have.
 * @returns undefined where it is today's name
 */
export function formerName(original: string): string | undefined {
  if (isAccountName(original)) return undefined
  const name = original
    .replaceAll(/[^\x20-\x7e]|[?#%\\]/g, '_')
    .split('/')
    .map((segment) => (isEmptyOrDots(segment) ? '_' : segment))
    .join('/')
    .trim()
    .slice(0, IDENTIFIER_LIMIT)
  return fitsIntoPath(name) ? name : '_'
}

const isEmptyOrDots = (segment: string): boolean => segment === '' || segment === '.' || segment === '..'

/** Over the UTF-16 code units, so that even malformed texts differ. */
const shortHash = (text: string): string => hashOfBytes(Buffer.from(text, 'utf16le')).slice(0, HASH_DIGITS)
