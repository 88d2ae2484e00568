import type { Json, JsonObject } from '../../base/json.js'
import { uuid } from '../../base/random.js'
import type { ConnectorFile } from '../files.js'

/** A body that is not our JSON: it leaves as it is. */
export class RawBody {
  readonly bytes: Uint8Array
  readonly contentType: string

  constructor(bytes: Uint8Array, contentType: string) {
    this.bytes = bytes
    this.contentType = contentType
  }
}

/** The type of bytes that are not known to be anything else. @see https://www.rfc-editor.org/rfc/rfc2046#section-4.5.1 */
export const OCTETS = 'application/octet-stream'

/** A media type with parameters, in the characters that a header field may have. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1 */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:; ?[\w-]{1,40}=[\w.+-]{1,80}){0,5}$/

/** The type of a file where it is well formed: it may have been invented by the sender. */
export const mediaTypeOf = ({ contentType }: ConnectorFile): string =>
  contentType !== null && MEDIA_TYPE.test(contentType) ? contentType : OCTETS

/**
 * A form in which objects and lists are JSON text; members that are undefined or null are left out.
 * @see https://url.spec.whatwg.org/#application/x-www-form-urlencoded
 */
export function formBody(members: Readonly<Record<string, unknown>>): RawBody {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined || value === null) continue
    form.append(name, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return new RawBody(new TextEncoder().encode(form.toString()), 'application/x-www-form-urlencoded')
}

/** Metadata and a file in one body. The names of the metadata are ours; the dialect spells them when the request leaves. */
export class RelatedBody {
  readonly metadata: JsonObject
  readonly file: ConnectorFile

  constructor(metadata: JsonObject, file: ConnectorFile) {
    this.metadata = metadata
    this.file = file
  }
}

/**
 * Metadata and a file in one body, of the kind `multipart/related`.
 * @param metadata the first part, as JSON
 * @see https://www.rfc-editor.org/rfc/rfc2387
 */
export const multipartRelated = (metadata: JsonObject, file: ConnectorFile): RelatedBody =>
  new RelatedBody(metadata, file)

/** The bytes of such a body. @param metadata in the vendor's spelling */
export function relatedBytes(metadata: Json, file: ConnectorFile): RawBody {
  // Random, so that no file contains it.
  const boundary = uuid()
  const head = [
    `--${boundary}`,
    'Content-Type: application/json; charset=UTF-8',
    '',
    JSON.stringify(metadata),
    `--${boundary}`,
    `Content-Type: ${mediaTypeOf(file)}`,
    '',
    '',
  ]
  const parts = [Buffer.from(head.join('\r\n')), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]
  return new RawBody(Buffer.concat(parts), `multipart/related; boundary=${boundary}`)
}
