import type { Json } from '../../base/json.js'

/**
 * Reads an array as the server prints it: `{1,NULL,"a b"}`, `{{1,2},{3,4}}`. In linear time.
 * @param delimiter between elements; a comma for all types but `box`
 * @param convert an element's text
 * @returns undefined for one that a list does not hold: with a lower bound of its own (`[0:1]={1,2}`), or no array at all
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export function parseArray(text: string, delimiter: string, convert: (text: string) => Json): Json[] | undefined {
  if (text.charAt(0) !== '{') return undefined
  const open: Json[][] = []
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    if (char === '{') {
      const list: Json[] = []
      open.at(-1)?.push(list)
      open.push(list)
      at += 1
    } else if (char === '}') {
      const list = open.pop()
      at += 1
      if (open.length === 0) return at === text.length ? list : undefined
    } else if (char === delimiter) {
      at += 1
    } else {
      const element = char === '"' ? quotedElement(text, at) : plainElement(text, at, delimiter)
      if (!element) return undefined
      open.at(-1)?.push(element.value === null ? null : convert(element.value))
      at = element.end
    }
  }
  return undefined
}

interface Element {
  value: string | null
  end: number
}

function plainElement(text: string, start: number, delimiter: string): Element {
  let end = start
  while (end < text.length && text.charAt(end) !== delimiter && text.charAt(end) !== '}') end += 1
  const value = text.slice(start, end)
  return { value: value === 'NULL' ? null : value, end }
}

function quotedElement(text: string, start: number): Element | undefined {
  const parts: string[] = []
  let from = start + 1
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at)
    if (char === '"') return { value: parts.join('') + text.slice(from, at), end: at + 1 }
    if (char !== '\\') continue
    parts.push(text.slice(from, at))
    from = at + 1
    at += 1
  }
  return undefined
}
