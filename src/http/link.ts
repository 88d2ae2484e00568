/** The name of a parameter after its semicolon, and the equals sign where a value follows. */
const NAME = /\s*([^\s;,="<]+)\s*(=\s*)?/y
const QUOTED = /"((?:[^"\\]|\\.)*)"/sy
const TOKEN = /[^\s;,"<]*/y

/**
 * The targets of a `Link` header field, by relation type in lower case. Of several links with one type the first counts.
 * Each character is read a fixed number of times, however hostile the value.
 * @param value the field's value, several joined by commas; null gives an empty map
 * @returns targets as written: absolute or relative references, not validated
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function parseLink(value: string | null | undefined): Map<string, string> {
  const text = value ?? ''
  const links = new Map<string, string>()
  let at = 0
  for (;;) {
    const open = text.indexOf('<', at)
    const close = open === -1 ? -1 : text.indexOf('>', open)
    if (close === -1) return links
    const target = text.slice(text.lastIndexOf('<', close) + 1, close).trim()
    const { types, end } = relationTypes(text, close + 1)
    for (const type of types) if (!links.has(type)) links.set(type, target)
    at = end
  }
}

/**
 * The relation types of the link whose parameters begin at `from`. Only the first `rel` of a link counts; it may name
 * several types.
 * @returns `end`: where the link ends, at a comma, the next target or the end of the text
 */
function relationTypes(text: string, from: number): { types: string[]; end: number } {
  let rel: string | undefined
  let at = from
  while (at < text.length && text[at] !== ',' && text[at] !== '<') {
    const named = text[at] === ';' ? match(NAME, text, at + 1) : undefined
    if (named) at += 1 + named[0].length
    const quoted = text[at] === '"' ? match(QUOTED, text, at) : undefined
    // A string that is not closed runs to the end of the field.
    if (text[at] === '"' && !quoted) return { types: split(rel), end: text.length }
    const given = quoted?.[1]?.replace(/\\(.)/gs, '$1') ?? (named?.[2] ? match(TOKEN, text, at)?.[0] : undefined)
    if (named?.[1]?.toLowerCase() === 'rel') rel ??= named[2] ? (given ?? '') : ''
    if (quoted) at += quoted[0].length
    else if (!named) at += 1
  }
  return { types: split(rel), end: at }
}

const split = (rel: string | undefined): string[] => rel?.toLowerCase().split(/\s+/).filter(Boolean) ?? []

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}
