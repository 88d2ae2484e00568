import type { ConnectorFile } from '../../kit/index.js'

const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?: *; *[\w.+-]+=(?:[\w.+-]+|"[\w .+-]*"))*$/
const UNKNOWN_TYPE = 'application/octet-stream'
/** As long as file systems allow; clients refuse a longer header field. */
const NAME_CHARACTERS = 255

/**
 * A file as the answer of an action: its own bytes and type. JSON is sent as plain bytes, since `application/json` would be taken
 * for an answer, and so is a file whose type is not a media type.
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4
 */
export function fileAnswer({ bytes, filename, contentType }: ConnectorFile): Response {
  const type = mediaTypeIn(contentType) ?? UNKNOWN_TYPE
  return answer(bytes, /^application\/json\b/i.test(type) ? UNKNOWN_TYPE : type, sentName(filename ?? 'file'))
}

/** A file as the answer of a route that answers nothing else: JSON keeps its type, and a file without a name gets none. */
export const onlyFileAnswer = ({ bytes, filename, contentType }: ConnectorFile): Response =>
  answer(bytes, mediaTypeIn(contentType) ?? UNKNOWN_TYPE, filename === null ? null : sentName(filename))

/** A media type, as it was given; null for anything else. */
export const mediaTypeIn = (contentType: string | null): string | null =>
  contentType !== null && MEDIA_TYPE.test(contentType) ? contentType : null

/** A file name as it is sent: not too long, without folders and control characters. */
export const sentName = (filename: string): string =>
  filename.slice(0, NAME_CHARACTERS).replaceAll(/[/\\\p{Cc}\p{Cs}]/gu, '_')

function answer(bytes: Uint8Array, type: string, name: string | null): Response {
  return new Response(Buffer.from(bytes), {
    headers: {
      'content-type': type,
      'content-disposition': name === null ? 'attachment' : `attachment; ${nameParameters(name)}`,
      'x-content-type-options': 'nosniff',
    },
  })
}

function nameParameters(name: string): string {
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll('"', '\\"')
  const extended = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `filename="${ascii}"; filename*=UTF-8''${extended}`
}
