const QUOTES = /^(["'`])(.*)\1$/s
/** The scheme of an Authorization field, copied along from an example. */
const SCHEME = /^(?:bearer|token)\s+/i
/** Spaces of any kind and zero-width characters, which editors, chats and web pages put around copied text. */
const AROUND = /[\s\u200b-\u200f\u2060\ufeff]/

/** A pasted token without what was copied with it: spaces, quotation marks, the word Bearer. */
export function cleanPastedToken(text: string): string {
  const trimmed = trim(text)
  return trim(QUOTES.exec(trimmed)?.[2] ?? trimmed).replace(SCHEME, '')
}

/** In linear time; a regular expression anchored at the end of a text is not. */
function trim(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && AROUND.test(text.charAt(start))) start++
  while (end > start && AROUND.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}
