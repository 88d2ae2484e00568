import type { XmlElement } from './element.js'

/** Reads bytes as `parseXml` does. */
export type ParseXml = (bytes: Uint8Array) => XmlElement

/**
 * What reads XML. It takes a noticeable part of the start-up time, and most connectors never see XML, so it is loaded with the
 * first body that needs it.
 */
export const loadXmlParser = async (): Promise<ParseXml> => (await import('./parse.js')).parseXml

/** How far the first element may be from the beginning. Bytes. */
const BLANKS = 256
/** Both marks of UTF-16, and that of UTF-8. */
const MARKS = /^(?:\xff\xfe|\xfe\xff|\xef\xbb\xbf)/

/** How JSON of most vendors begins. */
const [OBJECT, LIST] = [0x7b, 0x5b]

/** Whether a body can be XML. */
export function looksLikeXml(body: Uint8Array): boolean {
  if (body[0] === OBJECT || body[0] === LIST) return false
  const beginning = Buffer.from(body.subarray(0, BLANKS)).toString('latin1')
  return MARKS.test(beginning) || beginning.trimStart().startsWith('<')
}
