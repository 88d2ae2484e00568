import { isPlainObject } from './json.js'

const REDACTED = '[redacted]'
/** The forms in which a third party may quote a secret back: as it is, percent-encoded, form-encoded, base64, JSON-escaped. */
function forms(secret: string): string[] {
  const encoded = encodeURIComponent(secret)
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
 * Makes a function that blacks out the given secrets in text, and in every string of a JSON value.
 * A value without a secret comes back as it is, the same object, so that the usual case copies nothing.
 * @param secrets what must not be seen
 * @param shortest secrets of fewer characters are left out: a password `test` would black out half of every text
 */
export function redactor(secrets: readonly string[], shortest = 4): <T>(value: T) => T {
  const needles = [...new Set(secrets.filter((secret) => secret.length >= shortest).flatMap(forms))].sort(
    (a, b) => b.length - a.length,
  )
  const text = (value: string): string => {
    let out = value
    for (const needle of needles) if (out.includes(needle)) out = out.replaceAll(needle, REDACTED)
    return out
  }
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) {
      const copy = value.map(walk)
      return copy.every((item, index) => item === value[index]) ? value : copy
    }
    if (!isPlainObject(value)) return value
    let changed = false
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value)) {
      const cleanKey = text(key)
      const cleanItem = walk(item)
      changed ||= cleanKey !== key || cleanItem !== item
      Object.defineProperty(copy, cleanKey, { value: cleanItem, enumerable: true, writable: true, configurable: true })
    }
    return changed ? copy : value
  }
  return needles.length === 0 ? (value) => value : (value) => walk(value) as typeof value
}
