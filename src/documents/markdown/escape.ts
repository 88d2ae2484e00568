/** Control characters, and those that only change the direction or the look of others, to hide text or turn it around. */
const INVISIBLE = /(?!\n)\p{Cc}|[\u00ad\u200b\u2029-\u202e\u2060\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu
/**
 * What Markdown or HTML would take for a mark of its own. An asterisk alone between spaces is none; at the end of a piece of
 * text, the next one decides.
 */
const MARKS = /[\\`]|\*(?!\s)|(?<!\s)\*|\[(?=\^|$)|\](?=[([:]|$)|<(?=[a-z/!?]|$)|&(?=[a-z#]|$)|~(?=~|$)|!(?=\[|$)/gi
/** An underscore inside a word is none. */
const UNDERSCORES = /(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])/gu
/** What makes a heading, a quote, a list or a rule of a line that begins with it. */
const LINE_MARKS = /^(?:#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]{2,}$|\d{1,9}(?=[.)](?:\s|$)))/

/** Text as Markdown that reads as this text, whatever is in it. A line break stays one. */
export const escapeText = (text: string): string =>
  text
    .replace(/\r\n?|\u2028/g, '\n')
    .replace(/[\t\u00a0]/g, ' ')
    .replace(INVISIBLE, '')
    .replace(MARKS, '\\$&')
    .replace(UNDERSCORES, '\\$&')

/** The same for what stands at the beginning of a line. @param line was escaped already */
export const escapeLineMark = (line: string): string =>
  line.replace(LINE_MARKS, (mark) => (/^\d/.test(mark) ? `${mark}\\` : `\\${mark}`))

/** Longer addresses are data, not places. Characters. */
const LONGEST_ADDRESS = 2048

/**
 * The address of a link as Markdown takes it.
 * @returns undefined for all but http, https and mailto
 */
export function linkTarget(address: string | undefined): string | undefined {
  if (!address || address.length > LONGEST_ADDRESS || !URL.canParse(address)) return undefined
  const { href, protocol } = new URL(address)
  if (!['http:', 'https:', 'mailto:'].includes(protocol)) return undefined
  return href.replace(/[()<>\\\s]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
