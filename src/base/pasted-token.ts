/** What editors, chats and web pages put around a text that is copied: spaces of any kind, and marks without a width. */
const AROUND = /^[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+$/g
const QUOTES = /^(["'`])(.*)\1$/s
/** The scheme of an Authorization field, copied along from an example. */
const SCHEME = /^(?:bearer|token)\s+/i

/** A token as it was pasted, without what came along with it: spaces, quotation marks, the word Bearer. */
export function cleanPastedToken(text: string): string {
  const trimmed = text.replace(AROUND, '')
  const inner = QUOTES.exec(trimmed)?.[2] ?? trimmed
  return inner.replace(AROUND, '').replace(SCHEME, '')
}
