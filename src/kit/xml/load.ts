import type { XmlElement } from './element.js'

/** Reads bytes as `parseXml` does. */
export type ParseXml = (bytes: Uint8Array) => XmlElement

/**
 * What reads a body, where that looks like XML. The parser takes a noticeable part of the start-up time, and most connectors
 * never see XML, so it is loaded with the first body that needs it.
 * @returns undefined for a body that cannot be XML
 */
export const parserFor = async (body: Uint8Array): Promise<ParseXml | undefined> =>
  looksLikeXml(body) ? (await import('./parse.js')).parseXml : undefined

/** How far the first element may be from the beginning. Bytes. */
const BLANKS = 256
/** Both marks of UTF-16, and that of UTF-8. */
const MARKS = /^(?:\xff\xfe|\xfe\xff|\xef\xbb\xbf)/

function looksLikeXml(body: Uint8Array): boolean {
  const beginning = Buffer.from(body.subarray(0, BLANKS)).toString('latin1')
  return MARKS.test(beginning) || beginning.trimStart().startsWith('<')
}
