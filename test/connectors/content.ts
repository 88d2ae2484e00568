import type { SendRequest } from '../../src/http/send.js'

/** The body of a request, read by its content type, in a form that compares well and prints well. */
export type Content =
  | undefined
  /** JSON, as its value. */
  | { json: unknown }
  /** A form, as its texts. */
  | { form: Record<string, string | string[]> }
  /** Two parts: what is said about a file as JSON, and the file. @see https://www.rfc-editor.org/rfc/rfc2387 */
  | { metadata: unknown; media: Media }
  /** A file alone, or a piece of one. */
  | { media: Media }

export interface Media {
  type: string
  text: string
}

/** @throws Error where the body is not what its content type says */
export function readContent({ headers, body }: Pick<SendRequest, 'headers' | 'body'>): Content {
  if (body === undefined) return undefined
  const bytes = Buffer.from(body)
  const [, type = '', parameters = ''] = /^([^;]*)(.*)$/.exec(headers['content-type'] ?? '') ?? []
  switch (type.trim().toLowerCase()) {
    case 'application/json':
      return { json: JSON.parse(bytes.toString()) }
    case 'application/x-www-form-urlencoded':
      return { form: valuesOf(new URLSearchParams(bytes.toString())) }
    case 'multipart/related':
      return readRelated(bytes, parameters)
    case '':
      throw new Error('a body left without a content type')
    default:
      return { media: { type: type.trim(), text: bytes.toString('latin1') } }
  }
}

/** The values of a form or a query by name; a list where a name stands more than once. */
export const valuesOf = (parameters: URLSearchParams): Record<string, string | string[]> =>
  Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? String(values[0]) : values]
    }),
  )

/** The values of a form with the objects and lists that stand in it as JSON text, as Slack wants them. */
export const readForm = (form: Record<string, string | string[]>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(form).map(([name, value]) => [
      name,
      typeof value === 'string' && /^[[{]/.test(value) ? JSON.parse(value) : value,
    ]),
  )

function readRelated(bytes: Buffer, parameters: string): Content {
  const boundary = /;\s*boundary="?([^";]+)"?/i.exec(parameters)?.[1]
  if (boundary === undefined) throw new Error('multipart/related left without a boundary')
  const whole = bytes.toString('latin1')
  const pieces = `\r\n${whole}`.split(`\r\n--${boundary}`)
  if (pieces.at(-1)?.trim() !== '--') throw new Error('multipart/related left without its last boundary')
  const [first, second, ...others] = pieces.slice(1, -1).map(readPart)
  if (!first || !second || others.length > 0) throw new Error('multipart/related left with other than two parts')
  if (!/^application\/json\b/i.test(first.type)) throw new Error(`its first part is ${first.type}, not JSON`)
  return { metadata: JSON.parse(Buffer.from(first.text, 'latin1').toString()), media: second }
}

function readPart(piece: string): Media {
  const end = piece.indexOf('\r\n\r\n')
  if (end < 0) throw new Error('a part left without a line between its header fields and its body')
  const type = /^content-type:\s*(.*?)\s*$/im.exec(piece.slice(0, end))?.[1] ?? ''
  return { type, text: piece.slice(end + 4) }
}
