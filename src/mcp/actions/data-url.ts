/** What a `data:` URL holds. */
export interface DataUrl {
  bytes: Buffer
  contentType: string
}

const PREFIX = /^data:/i
const BASE64 = /;[ ]*base64[ ]*$/i

/**
 * Reads a `data:` URL in one pass, as browsers do: percent signs that encode nothing stand for themselves, and base64 may be of either
 * alphabet, with space in it and without padding.
 * @returns undefined if the text is not a data: URL, or its base64 is not valid
 * @see https://www.rfc-editor.org/rfc/rfc2397
 */
export function readDataUrl(text: string): DataUrl | undefined {
  const comma = text.indexOf(',')
  if (comma === -1 || !PREFIX.test(text)) return undefined
  const head = text.slice('data:'.length, comma)
  const isBase64 = BASE64.test(head)
  const type = head.replace(BASE64, '').trim()
  const content = percentDecoded(text.slice(comma + 1))
  const bytes = isBase64 ? base64Decoded(content) : content
  return bytes && { bytes, contentType: type === '' || type.startsWith(';') ? `text/plain${type}` : type }
}

const PERCENT = 37

function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text)
  let size = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] === PERCENT ? hexValue(bytes, at + 1) : undefined
    bytes[size] = code ?? bytes[at] ?? 0
    size += 1
    if (code !== undefined) at += 2
  }
  return bytes.subarray(0, size)
}

/** The byte that two hexadecimal digits stand for. */
function hexValue(bytes: Buffer, at: number): number | undefined {
  const [high, low] = [digitValue(bytes[at]), digitValue(bytes[at + 1])]
  return high === undefined || low === undefined ? undefined : high * 16 + low
}

function digitValue(code = 0): number | undefined {
  if (code >= 48 && code <= 57) return code - 48
  // Capitals and small letters differ in one bit.
  const letter = code | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : undefined
}

/** Node's decoder skips characters that are not base64, so the text is checked first. */
function base64Decoded(content: Buffer): Buffer | undefined {
  const text = content.toString('latin1').replace(/[\t\n\f\r ]+/g, '')
  const digits = text.replace(/={1,2}$/, '')
  // One digit left over is less than a byte.
  if (/[^A-Za-z0-9+/_-]/.test(digits) || digits.length % 4 === 1) return undefined
  if (digits !== text && text.length % 4 !== 0) return undefined
  return Buffer.from(digits, 'base64')
}
