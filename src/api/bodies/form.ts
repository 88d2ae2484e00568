import { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders } from '@fastify/busboy'
import type { Context } from 'hono'
import { type ConnectorsError, invalidParameters } from '../../base/errors.js'
import { ConnectorFile } from '../../kit/index.js'
import type { ApiEnv } from '../context.js'
import { type BodySource, mediaType, readBytes } from './body.js'
import type { FormField } from './form-input.js'
import { PART_HEADER_BYTES } from './limits.js'

const AMPERSAND = 0x26
/** A form is parsed in pieces of this many bytes, so that parsing can be stopped. */
const PIECE = 64 * 1024

/**
 * The fields of a multipart or urlencoded form, in the order sent.
 * @param binary the parameters whose parts are files, with or without a file name
 * @throws INVALID_PARAMETERS for a form that is cut, malformed or has too many fields, and as `readBytes`
 * @see https://www.rfc-editor.org/rfc/rfc7578
 */
export async function readForm(
  c: Context<ApiEnv>,
  binary: ReadonlySet<string>,
  source: BodySource,
): Promise<FormField[]> {
  const bytes = await readBytes(c, source)
  const { fields } = source.limits
  if (mediaType(c) === 'application/x-www-form-urlencoded') return readUrlencoded(bytes, fields)
  return readMultipart(bytes, { 'content-type': c.req.header('content-type') ?? '' }, { binary, most: fields })
}

/** Counted before they are parsed: a field takes two bytes of a form and a hundred of memory. */
function readUrlencoded(bytes: Buffer, most: number): FormField[] {
  let fields = 1
  for (let at = bytes.indexOf(AMPERSAND); at !== -1; at = bytes.indexOf(AMPERSAND, at + 1)) {
    if (++fields > most) throw tooManyFields(most)
  }
  return [...new URLSearchParams(bytes.toString('utf8'))]
}

interface Expected {
  binary: ReadonlySet<string>
  /** How many fields there are at most. */
  most: number
}

function readMultipart(bytes: Buffer, headers: BusboyHeaders, { binary, most }: Expected): Promise<FormField[]> {
  return new Promise((resolve, reject) => {
    const source = Readable.from(pieces(bytes))
    const refuse = (error: ConnectorsError = malformed()) => {
      source.destroy()
      reject(error)
    }
    const fields: FormField[] = []
    const parser = openParser(headers, most)
    if (!parser) return refuse()
    parser.on('file', (...[name, stream, filename, , contentType]) => {
      // Reserved now, so that parts keep their order, whichever ends first.
      const place = fields.push([name, '']) - 1
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', () => refuse())
      stream.on('end', () => {
        const content = Buffer.concat(chunks)
        const file = () => new ConnectorFile(content, unquote(filename), typeOf(contentType))
        fields[place] = [name, binary.has(name) ? file() : content.toString('utf8')]
      })
    })
    parser.on('partsLimit', () => refuse(tooManyFields(most)))
    parser.on('error', () => refuse())
    parser.on('finish', () => resolve(fields))
    source.pipe(parser)
  })
}

function openParser(headers: BusboyHeaders, parts: number): ReturnType<typeof Busboy> | undefined {
  try {
    return Busboy({
      headers,
      // Everything is a file here: text would be decoded, and a part of bytes must stay as it is.
      isPartAFile: () => true,
      limits: { parts, headerSize: PART_HEADER_BYTES },
    })
  } catch {
    return undefined
  }
}

function* pieces(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE)
}

const malformed = (): ConnectorsError => invalidParameters('The multipart form is malformed or was cut; send it again.')

const tooManyFields = (most: number): ConnectorsError =>
  invalidParameters(`This form may have at most ${most} fields; send less at once.`)

/** Clients write a quote inside a file name as `%22`. @see https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
const unquote = (filename: string | undefined): string | null => filename?.replaceAll('%22', '"') || null

/** busboy's type for a part without one. */
const typeOf = (contentType: string): string | null => contentType || null
