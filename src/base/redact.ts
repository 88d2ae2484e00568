import { ConnectorsError } from './errors.js'
import { isPlainObject } from './json.js'
import { includesText, replaceText } from './replace-text.js'

/** How CI systems show a masked value. */
const REDACTED = '***'
/** How deep a value may be nested. JSON of third parties and of users is refused long before that. */
const DEEPEST = 1000
/** The forms in which a third party may quote a secret: as it is, percent-encoded, form-encoded, base64, JSON-escaped. */
function forms(secret: string): string[] {
  // Half of a surrogate pair cannot be encoded, and would end the whole call.
  const encoded = encodeURIComponent(secret.replaceAll(/\p{Cs}/gu, '\ufffd'))
  return [
    secret,
    encoded,
    encoded.replaceAll('%20', '+'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    JSON.stringify(secret).slice(1, -1),
  ]
}

/**
 * Makes a function that redacts the given secrets in text, and in every string of a JSON value.
 * A value without a secret is returned as the same object, so that the usual case copies nothing.
 * @param secrets the texts to redact
 * @throws UPSTREAM_ERROR, from the function, for a value so deep that a walk over it would exhaust the stack
 * @param shortest secrets of fewer characters are left out: a password `test` would redact half of every text
 */
export function redactor(secrets: readonly string[], shortest = 4): <T>(value: T) => T {
  const needles = needlesOf(secrets, shortest)
  const text = (value: string): string => {
    let out = value
    for (const needle of needles) if (needle.length <= out.length) out = replaceText(out, needle, REDACTED)
    return out
  }
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return text(value)
    if (depth > DEEPEST) throw tooDeep()
    if (Array.isArray(value)) {
      const copy = value.map((item) => walk(item, depth + 1))
      return copy.every((item, index) => item === value[index]) ? value : copy
    }
    if (!isPlainObject(value)) return value
    let changed = false
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      const cleanKey = text(key)
      const cleanItem = walk(item, depth + 1)
      changed ||= cleanKey !== key || cleanItem !== item
      Object.defineProperty(copy, cleanKey, { value: cleanItem, enumerable: true, writable: true, configurable: true })
    }
    return changed ? copy : value
  }
  return needles.length === 0 ? (value) => value : (value) => walk(value, 0) as typeof value
}

/**
 * Makes a function that says of a JSON text whether `redactor` with the same secrets would leave its value alone. Looking at one text
 * takes a fraction of the time of a walk over all values in it, and nearly every text is clean.
 *
 * True is certain, but for the depth of the value, which is not looked at. False means that the walk has to decide: the text may hold a
 * secret in one of its strings, and it may only look so across two of them, or in a number. Secrets that contain half a surrogate pair
 * always take the walk, since the other half may precede or follow in the text, and the pair is written differently from its halves.
 * @param secrets the texts to look for
 * @param shortest secrets of fewer characters are left out
 * @returns a function of a text as `JSON.stringify` writes it, with any indentation: other writers escape other characters
 * @see https://tc39.es/ecma262/#sec-quotejsonstring
 */
export function jsonChecker(secrets: readonly string[], shortest = 4): (text: string) => boolean {
  const needles = needlesOf(secrets, shortest)
  if (needles.some((needle) => HALF_PAIR.test(needle))) return () => false
  const written = needles.map((needle) => JSON.stringify(needle).slice(1, -1))
  // Where one needle is in another, the shorter one finds both.
  const decisive = written.filter((needle) => !written.some((other) => other !== needle && includesText(needle, other)))
  return (text) => !decisive.some((needle) => includesText(text, needle))
}

const HALF_PAIR = /\p{Surrogate}/u

/** All forms of the secrets, the longest first. */
const needlesOf = (secrets: readonly string[], shortest: number): string[] =>
  [...new Set(secrets.filter((secret) => secret.length >= shortest).flatMap(forms))].sort((a, b) => b.length - a.length)

const tooDeep = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    `The third party's response is nested more than ${DEEPEST} levels deep; ask for a part of it.`,
  )
