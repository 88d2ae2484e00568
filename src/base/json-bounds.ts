import { readJson } from './json.js'

/** What JSON from outside may hold. */
export interface JsonBounds {
  /** How deep lists and objects may be nested. */
  depth: number
  /** How many values it may hold, lists and objects counted too. */
  values: number
}

/** How deep lists and objects in user input may be nested. */
export const JSON_DEPTH = 100

/** The bytes that matter, named by their characters. */
const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [LIST, LIST_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d]

/**
 * Checks that JSON is within bounds before it is parsed: 30 MB of brackets become gigabytes of values, and a value
 * nested a hundred thousand levels deep exhausts the stack in every walk over it. Nothing is built, and each byte
 * is read once.
 * @param bytes UTF-8; for bytes that are not JSON the result has no meaning
 * @returns the bound it exceeds; undefined if it is within both
 */
export function exceededBound(bytes: Uint8Array, { depth, values }: JsonBounds): keyof JsonBounds | undefined {
  let [open, count] = [0, 1]
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at)
        break
      case LIST:
      case OBJECT:
        if (++open > depth) return 'depth'
        if (++count > values) return 'values'
        break
      case LIST_END:
      case OBJECT_END:
        open--
        break
      case COMMA:
        if (++count > values) return 'values'
    }
  }
  return undefined
}

/** Parses JSON in UTF-8; undefined if it is invalid or exceeds a bound. */
export const readBoundedJson = (bytes: Uint8Array, bounds: JsonBounds): unknown =>
  exceededBound(bytes, bounds) ? undefined : readJson(new TextDecoder().decode(bytes))

/** The index of the quote that ends the string starting at `start`; past the last byte if there is none. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}
