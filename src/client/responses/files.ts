import { filenameOf } from '../../http/content-disposition.js'
import { HEADER } from '../../wire/headers.js'

/** A file that goes into an action as a parameter, or comes out of one. */
export class ClientFile {
  readonly bytes: Uint8Array
  readonly filename: string | null
  readonly contentType: string | null
  /** The account that made it, if it came out of an action and the service says so. */
  readonly actedAs: string | null

  constructor(
    bytes: Uint8Array,
    filename: string | null = null,
    contentType: string | null = null,
    actedAs: string | null = null,
  ) {
    this.bytes = bytes
    this.filename = filename
    this.contentType = contentType
    this.actedAs = actedAs
  }
}

/** @returns the response's bytes, its media type and the name it suggests; never rejects because of its header fields */
export async function readFile(response: Response): Promise<ClientFile> {
  const { headers } = response
  const bytes = new Uint8Array(await response.arrayBuffer())
  const filename = filenameOf(headers.get('content-disposition'))
  return new ClientFile(bytes, filename, headers.get('content-type'), headers.get(HEADER.actedAs))
}
