/** What may stand around a value: blanks, and line breaks, too. */
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d

/**
 * The value of a header field without the white space around it, which is not part of it. By hand: an expression for the end of a
 * text goes back over every blank inside, and `trim` takes away what is part of a value.
 * @see https://fetch.spec.whatwg.org/#concept-header-value-normalize
 */
export function headerValue(given: string): string {
  let [start, end] = [0, given.length]
  while (start < end && isBlank(given.charCodeAt(start))) start++
  while (end > start && isBlank(given.charCodeAt(end - 1))) end--
  return end - start === given.length ? given : given.slice(start, end)
}
