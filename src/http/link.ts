/** `<target>` and everything up to the comma before the next target. Quoted strings may hold commas and brackets. */
const LINK_VALUE = /<([^<>]*)>((?:[^,"<]|"(?:[^"\\]|\\.)*")*)/gs
const PARAMETER = /;\s*([^\s;,="]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?/gs

/**
 * The targets of a `Link` header field, by relation type in lower case. Of several links with one type the first counts.
 * @param value the field's value, several joined by commas; null gives an empty map
 * @returns targets as they stand there: absolute or relative references, judged by nobody yet
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function parseLink(value: string | null | undefined): Map<string, string> {
  const links = new Map<string, string>()
  for (const [, target = '', parameters = ''] of (value ?? '').matchAll(LINK_VALUE)) {
    for (const type of relationTypes(parameters)) if (!links.has(type)) links.set(type, target.trim())
  }
  return links
}

/** Only the first `rel` of a link counts; it may name several types. */
function relationTypes(parameters: string): string[] {
  for (const [, name = '', quoted, token] of parameters.matchAll(PARAMETER)) {
    if (name.toLowerCase() !== 'rel') continue
    const value = quoted?.replace(/\\(.)/gs, '$1') ?? token ?? ''
    return value.toLowerCase().split(/\s+/).filter(Boolean)
  }
  return []
}
