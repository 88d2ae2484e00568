import { type DocumentText, MOST_MARKDOWN, Unreadable } from './protocol.js'

/**
 * A text file as it is. Unicode is recognised by its byte order mark; text that is not UTF-8 is read as windows-1252,
 * as browsers do.
 * @throws Unreadable for bytes that are not text
 * @see https://encoding.spec.whatwg.org/
 */
export function readText(bytes: Uint8Array): DocumentText {
  const truncated = bytes.byteLength > MOST_MARKDOWN
  const kept = truncated ? bytes.subarray(0, MOST_MARKDOWN) : bytes
  const markdown = decode(kept, truncated)
  if (markdown.includes('\0')) throw new Unreadable('damaged')
  return { markdown, truncated }
}

function decode(bytes: Uint8Array, isCut: boolean): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes, { stream: isCut })
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes, { stream: isCut })
  try {
    // A character that the cut went through is left out.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut })
  } catch {
    return decodeWindows1252(bytes)
  }
}

/** What windows-1252 has where Latin-1 has control characters, from 0x80 on. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * The decoder of Node 20 takes windows-1252 for Latin-1.
 * @see https://github.com/nodejs/node/issues/56542
 */
const decodeWindows1252 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('latin1')
    .replace(/\p{Cc}/gu, (control) => WINDOWS_1252[control.charCodeAt(0) - 0x80] ?? control)
