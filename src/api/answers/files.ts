import type { ConnectorFile } from '../../kit/index.js'

const MEDIA_TYPE = /^[\w.+-]+\/[\w.+-]+(?: *; *[\w.+-]+=(?:[\w.+-]+|"[\w .+-]*"))*$/
/** As long as file systems allow; clients refuse a longer header field. */
const NAME_CHARACTERS = 255

/**
 * A file as an answer: its own bytes and type. JSON is sent as plain bytes, since `application/json` would be taken for an
 * answer, and so is a file whose type is not a media type.
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4
 */
export function fileAnswer({ bytes, filename, contentType }: ConnectorFile): Response {
  const type = contentType && MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream'
  const name = (filename ?? 'file').slice(0, NAME_CHARACTERS).replaceAll(/[/\\\p{Cc}\p{Cs}]/gu, '_')
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, '_').replaceAll('"', '\\"')
  const extended = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return new Response(Buffer.from(bytes), {
    headers: {
      'content-type': /^application\/json\b/i.test(type) ? 'application/octet-stream' : type,
      'content-disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${extended}`,
      'x-content-type-options': 'nosniff',
    },
  })
}
