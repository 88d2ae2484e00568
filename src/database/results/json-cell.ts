import type { Json } from '../../base/json.js'
import { keepsDigits } from '../../base/json.js'

/** The most that a cell may be nested to come out as JSON; what goes on from here walks it level by level. */
const MOST_LEVELS = 100

/**
 * Parses a cell of JSON without losing anything, in linear time: numbers that a double does not hold become text, as in
 * a bigint column. What a JSON value cannot hold (a key twice in one object), what is nested deeper than 100 levels, and
 * what is not JSON stays text.
 */
export function parseJsonCell(text: string): Json {
  const read = readTokens(text)
  if (!read) return text
  try {
    const value = JSON.parse(read.exact) as Json
    return read.members === countMembers(value) ? value : text
  } catch {
    return text
  }
}

interface Tokens {
  /** The same with quotes around the numbers that are to become text. */
  exact: string
  /** How many `"key": value` it has. */
  members: number
}

/** @returns undefined for text that is nested too deeply, or has a string that does not end */
function readTokens(text: string): Tokens | undefined {
  const parts: string[] = []
  let taken = 0
  let members = 0
  let level = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      at = endOfString(text, at)
      if (at === -1) return undefined
    } else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(text, at)
      const number = text.slice(at, end)
      if (JSON_NUMBER.test(number) && !keepsDigits(number)) {
        parts.push(text.slice(taken, at), '"', number, '"')
        taken = end
      }
      at = end - 1
    } else if (code === COLON) members += 1
    else if (code === BRACE || code === BRACKET) level += 1
    else if (code === BRACE_END || code === BRACKET_END) level -= 1
    if (level > MOST_LEVELS) return undefined
  }
  return { exact: parts.length === 0 ? text : parts.join('') + text.slice(taken), members }
}

const [QUOTE, BACKSLASH, MINUS, COLON] = [0x22, 0x5c, 0x2d, 0x3a]
const [BRACE, BRACE_END, BRACKET, BRACKET_END] = [0x7b, 0x7d, 0x5b, 0x5d]

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** @returns where its closing quote is, -1 where there is none */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === BACKSLASH) at += 1
    else if (code === QUOTE) return at
  }
  return -1
}

/** What is none stays as it is, so that the text is not taken for JSON. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  while (end < text.length && '0123456789.eE+-'.includes(text.charAt(end))) end += 1
  return end
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0
  const [items, own] = Array.isArray(value) ? [value, 0] : [Object.values(value), Object.keys(value).length]
  return items.reduce<number>((sum, item) => sum + countMembers(item), own)
}
