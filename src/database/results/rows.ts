import { type ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'

/** Column names as they are, later ones of the same name with the suffix `_2`, `_3` and so on. */
export function uniqueColumnNames(names: readonly string[]): string[] {
  if (new Set(names).size === names.length) return [...names]
  const taken = new Set(names)
  const seen = new Set<string>()
  return names.map((name) => {
    let unique = name
    for (let count = 2; seen.has(unique) || (unique !== name && taken.has(unique)); count += 1)
      unique = `${name}_${count}`
    seen.add(unique)
    return unique
  })
}

/** One row as an object. A column called `__proto__` is a column like any other. */
export function rowObject(names: readonly string[], value: (index: number) => Json): JsonObject {
  const row: JsonObject = {}
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string
    if (name === '__proto__') {
      Object.defineProperty(row, name, { value: value(index), enumerable: true, writable: true, configurable: true })
    } else {
      row[name] = value(index)
    }
  }
  return row
}

/** A whole number as it is where JSON keeps it exactly, else its digits as text. */
export function integer(digits: string | bigint): number | string {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : String(digits)
}

/** A fraction as a number; what JSON has no number for (`NaN`, `Infinity`, `-0`) as text. */
export const float = (number: number): number | string =>
  Number.isFinite(number) && !Object.is(number, -0) ? number : Object.is(number, -0) ? '-0' : String(number)

/** `2024-01-02 03:04:05+00` as `2024-01-02T03:04:05+00:00`; other forms (`infinity`, years BC) stay as they are. */
export function isoTimestamp(text: string): string {
  const [, date, time, offset] =
    /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::\d\d){0,2})?$/.exec(text) ?? []
  if (date === undefined || time === undefined) return text
  return `${date}T${time}${offset === undefined ? '' : isoOffset(offset)}`
}

/** `+00` as `+00:00`. */
export const isoOffset = (offset: string): string => (offset.length === 3 ? `${offset}:00` : offset)

/** A column holds bytes that are not UTF-8 text, which a result cannot hold as they are. */
export const notText = (column: string): ConnectorsError =>
  invalidParameters(
    'A column holds text that is not UTF-8, so the rows cannot be returned; the details name it. Select its bytes, for example as hex, or leave it out.',
    [{ field: column, message: 'holds bytes that are not UTF-8' }],
  )
