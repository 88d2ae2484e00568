/** Any value of JSON. @see https://www.rfc-editor.org/rfc/rfc8259 */
export type Json = null | boolean | number | string | Json[] | JsonObject
export interface JsonObject {
  [key: string]: Json
}

/** True for `{…}`, false for arrays, null and class instances such as Buffer or Date. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Parses JSON text; undefined if it is invalid. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Whether a double holds a JSON number exactly as written: yes for `1.10` and `1e3`; no for `9007199254740993`, `1e400`,
 * `0.1234567890123456789`, for `-0`, whose sign is lost in the next `JSON.stringify`, and for any whole number that is
 * written out beyond 2^53, where it shares its double with others.
 */
export function keepsDigits(number: string): boolean {
  // Fifteen digits always fit, and most numbers have fewer.
  if (number.length < 16 && !/[eE]/.test(number) && number.charAt(0) !== '-') return true
  const parsed = Number(number)
  if (!Number.isFinite(parsed) || Object.is(parsed, -0)) return false
  if (Math.abs(parsed) > Number.MAX_SAFE_INTEGER && !/[.eE]/.test(number)) return false
  return sameDecimal(number, String(parsed))
}

/** Whether two texts of decimal numbers mean the same number. */
export function sameDecimal(a: string, b: string): boolean {
  const [first, second] = [decimal(a), decimal(b)]
  return first.digits === second.digits && (first.digits === '' || first.exponent === second.exponent)
}

/** A number as digits without zeros at either end and a power of ten. */
function decimal(text: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.')
  const all = whole + fraction
  let start = 0
  let end = all.length
  while (start < end && all.charAt(start) === '0') start += 1
  while (end > start && all.charAt(end - 1) === '0') end -= 1
  return { digits: all.slice(start, end), exponent: Number(power) - fraction.length + (all.length - end) }
}
