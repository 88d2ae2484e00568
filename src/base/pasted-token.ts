const QUOTES = /^(["'`])(.*)\1$/s
/** The scheme of an Authorization field, copied along from an example. */
const SCHEME = /^(?:bearer|token)\s+/i
/** Spaces of any kind, and marks without a width, as editors, chats and web pages put them around a text that is copied. */
const AROUND = /[\s\u200b-\u200f\u2060\ufeff]/

/** A token as it was pasted, without what came along with it: spaces, quotation marks, the word Bearer. */
export function cleanPastedToken(text: string): string {
  const trimmed = trim(text)
  return trim(QUOTES.exec(trimmed)?.[2] ?? trimmed).replace(SCHEME, '')
}

/** In linear time, which a regular expression for the end of a text does not take. */
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && AROUND.test(text.charAt(start))) start++
  while (end > start && AROUND.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}
