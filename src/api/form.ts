import { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { Context } from 'hono'
import { invalidParameters } from '../base/errors.js'
import { ConnectorFile, type FormField } from '../service/index.js'
import { readBytes } from './body.js'

/**
 * The fields of a multipart or urlencoded form, in the order sent.
 * @param binary the parameters whose parts are files, with or without a file name
 * @throws INVALID_PARAMETERS for a form that is cut or malformed, TOO_LARGE
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export async function readForm(c: Context, binary: ReadonlySet<string>): Promise<FormField[]> {
  const bytes = await readBytes(c)
  const contentType = c.req.header('content-type') ?? ''
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return [...new URLSearchParams(bytes.toString('utf8'))]
  return readMultipart(bytes, { 'content-type': contentType }, binary)
}

function readMultipart(bytes: Buffer, headers: BusboyHeaders, binary: ReadonlySet<string>): Promise<FormField[]> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(invalidParameters('The multipart form is malformed or was cut; send it again.'))
    const fields: FormField[] = []
    let parser: ReturnType<typeof Busboy>
    try {
      parser = Busboy({
        headers,
        // Everything is a file here: text would be decoded, and a part of bytes must stay as it is.
        isPartAFile: () => true,
      })
    } catch {
      refuse()
      return
    }
    parser.on('file', (name, stream, filename, _encoding, contentType) => {
      // Reserved now, so that parts keep their order whichever ends first.
      const place = fields.push([name, '']) - 1
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', refuse)
      stream.on('end', () => {
        const content = Buffer.concat(chunks)
        const file = () => new ConnectorFile(content, unquote(filename), typeOf(contentType))
        fields[place] = [name, binary.has(name) ? file() : content.toString('utf8')]
      })
    })
    parser.on('error', refuse)
    parser.on('finish', () => resolve(fields))
    Readable.from([bytes]).pipe(parser)
  })
}

/** Clients write a quote inside a file name as `%22`. @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
const unquote = (filename: string | undefined): string | null => filename?.replaceAll('%22', '"') || null

/** What busboy says of a part without a type. */
const typeOf = (contentType: string): string | null => contentType || null
