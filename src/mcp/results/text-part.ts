import { estimateTokens } from './tokens.js'

/** No more characters are shown for a token, even of spaces, which are thousands to one; it bounds what is measured. */
const CHARACTERS_OF_TOKEN = 8

/** A place in a text, moved out of a character. */
export function startOfPart(text: string, offset: number): number {
  const start = Math.min(offset, text.length)
  return isInside(text, start) ? start - 1 : start
}

/**
 * Where the part of a text ends that begins at a place and fits: at the end of a line if that leaves most of the part, never
 * inside a character, and always after the start.
 */
export function endOfPart(text: string, start: number, maxTokens: number): number {
  const fits = (end: number): boolean => estimateTokens(JSON.stringify(text.slice(start, end))) <= maxTokens
  let tooFar = Math.min(text.length, start + maxTokens * CHARACTERS_OF_TOKEN) + 1
  let end = start
  while (tooFar - end > 1) {
    // Most texts are shown whole.
    const middle = tooFar > text.length && end === start ? text.length : Math.floor((end + tooFar) / 2)
    if (fits(middle)) end = middle
    else tooFar = middle
  }
  if (end === text.length) return end
  const line = text.lastIndexOf('\n', end - 1) + 1
  if (line > (start + end) / 2) return line
  const whole = isInside(text, end) ? end - 1 : end
  return whole > start ? whole : Math.min(text.length, isInside(text, start + 1) ? start + 2 : start + 1)
}

/** Whether a place is between the two halves of a character. */
const isInside = (text: string, at: number): boolean =>
  /[\uDC00-\uDFFF]/.test(text.charAt(at)) && /[\uD800-\uDBFF]/.test(text.charAt(at - 1))
