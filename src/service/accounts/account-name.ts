import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { hashOfBytes } from '../../crypto/index.js'

/** Clients paste an account's name into a path, so these can't be reached there. */
const FORBIDDEN = /[^\x20-\x7e]|[?#%\\]/gu
const IDENTIFIER_LIMIT = 255
/** What a name that had to be changed ends with: a hyphen and so many hexadecimal digits. */
const HASH_DIGITS = 8
/** Characters of a title. */
const TITLE_LIMIT = 200
/**
 * What cannot be seen or turns the direction of what follows. The two joiners stay: Persian and Indic scripts, and emoji,
 * need them.
 */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Whether an account may be called so. @see the section "Integrations" of the HTTP contract */
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
 * The name of an account, made of what a third party or a person calls it. What fits stays as it is; of what does not, two
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
 * @throws INVALID_PARAMETERS with a name that fits in `user_identifier`
 */
export function chosenName(name: string): string {
  if (isAccountName(name)) return name
  const { code, message, details } = invalidParameters(
    'The account cannot be called that: take printable ASCII without ? # % and backslash, without empty or dot segments, up to 255 characters, and not * alone. The details offer a name that fits.',
    [{ field: 'identifier', message: 'is not a name that fits into a path' }],
  )
  throw new ConnectorsError(code, message, { details: { ...details, user_identifier: accountName(name) } })
}

/**
 * What an account is called where people read it: in any script, without what cannot be seen.
 * @returns null where that is its name
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
 * @returns undefined where it is the name of today
 */
export function formerName(original: string): string | undefined {
  if (isAccountName(original)) return undefined
  const made = original
    .replaceAll(/[^\x20-\x7e]|[?#%\\]/g, '_')
    .split('/')
    .map((segment) => (isEmptyOrDots(segment) ? '_' : segment))
    .join('/')
    .trim()
    .slice(0, IDENTIFIER_LIMIT)
  return fitsIntoPath(made) ? made : '_'
}

const isEmptyOrDots = (segment: string): boolean => segment === '' || segment === '.' || segment === '..'

/** Of the UTF-16 code units, so that no two texts are the same to it, however malformed. */
const shortHash = (text: string): string => hashOfBytes(Buffer.from(text, 'utf16le')).slice(0, HASH_DIGITS)
