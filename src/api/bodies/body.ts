import { isUtf8 } from 'node:buffer'
import type { Context } from 'hono'
import type { z } from 'zod'
import { ByteCollector } from '../../base/byte-collector.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { refuseRoundedNumbers } from '../../base/exact-json.js'
import { isPlainObject } from '../../base/json.js'
import { exceededBound, JSON_DEPTH } from '../../base/json-bounds.js'
import { parseRequest } from '../../wire/requests/index.js'
import { TextRequest } from '../../wire/text-messages.js'
import type { ApiEnv } from '../context.js'
import type { Sender } from './body-memory.js'
import { type BodyLimits, SMALL_BODY } from './limits.js'

/** Whose body is read, and its limits. The credential is checked before the body is read. */
export interface BodySource {
  sender: Sender
  limits: BodyLimits
}

/** A body of a sender without a checked credential. */
export const ANONYMOUS_BODY: BodySource = { sender: null, limits: SMALL_BODY }

/** A body of a user, or of a client, whose credential was checked. */
export const bodyOf = (sender: string, limits: BodyLimits = SMALL_BODY): BodySource => ({ sender, limits })

/** The media type of a request, lower case, without its parameters. */
export const mediaType = (c: Context<ApiEnv>): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/**
 * The body of a request, which counts against the memory for bodies until the request is answered.
 * @throws TOO_LARGE before an announced body is read, and as soon as an unannounced one grows past the limit;
 * INVALID_PARAMETERS for one that is compressed, breaks off or does not arrive in time; UNAVAILABLE when too many are
 * being read
 */
export async function readBytes(c: Context<ApiEnv>, { sender, limits }: BodySource): Promise<Buffer> {
  const { raw } = c.req
  if (raw instanceof TextRequest) return handedOver(raw, limits, (size) => c.env.room.growTo(sender, size))
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw invalidParameters('Encoded bodies are not supported; send the body without content-encoding.')
  }
  const announced = c.req.header('content-length')
  if (announced !== undefined && !(Number(announced) <= limits.bytes)) throw tooLarge(limits)
  const room = c.env.room
  if (announced === undefined) {
    return inTime(
      readPieces(raw.body, limits, (bytes) => room.growTo(sender, bytes)),
      limits,
    )
  }
  room.growTo(sender, Number(announced))
  // The HTTP server cuts a body at the length it announced, so it can be read in one go.
  const bytes = Buffer.from(await inTime(raw.arrayBuffer(), limits))
  if (bytes.length > limits.bytes) throw tooLarge(limits)
  return bytes
}

/** The content of a request from this process: nothing has to arrive. */
function handedOver({ content }: TextRequest, limits: BodyLimits, growTo: (bytes: number) => void): Buffer {
  const bytes = Buffer.from(content)
  if (bytes.length > limits.bytes) throw tooLarge(limits)
  growTo(bytes.length)
  return bytes
}

async function readPieces(
  body: ReadableStream<Uint8Array> | null,
  limits: BodyLimits,
  growTo: (bytes: number) => void,
): Promise<Buffer> {
  const collector = new ByteCollector()
  // Leaving the loop by an error ends the stream, so nothing more is stored.
  for await (const piece of body ?? []) {
    const size = collector.size + piece.byteLength
    if (size > limits.bytes) throw tooLarge(limits)
    growTo(size)
    collector.push(piece)
  }
  return collector.whole()
}

/** A sender of one byte a minute would keep a connection, and what has arrived, for hours. */
async function inTime<T>(reading: Promise<T>, { milliseconds }: BodyLimits): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const seconds = milliseconds / 1000
    timer = setTimeout(
      () => reject(invalidParameters(`The body did not arrive within ${seconds} seconds; send it again.`)),
      milliseconds,
    )
  })
  try {
    return await Promise.race([reading, late])
  } catch (cause) {
    if (cause instanceof ConnectorsError) throw cause
    throw new ConnectorsError('INVALID_PARAMETERS', 'The body broke off; send it again.', { cause })
  } finally {
    clearTimeout(timer)
  }
}

const tooLarge = ({ bytes }: BodyLimits) =>
  new ConnectorsError('TOO_LARGE', `This request may have at most ${bytes / 1024 / 1024} MiB; send less at once.`)

/**
 * The JSON object of a request; `{}` for an empty body.
 * @throws INVALID_PARAMETERS, also for too many values or too deep nesting, and as `readBytes`
 */
export async function readJsonObject(c: Context<ApiEnv>, source: BodySource): Promise<Record<string, unknown>> {
  const bytes = await readBytes(c, source)
  return objectIn(parseBody(bytes, source.limits))
}

function objectIn(value: unknown): Record<string, unknown> {
  if (!isPlainObject(value)) throw invalidParameters('The body is not a JSON object.')
  return value
}

/** The JSON object of a request, parsed. @throws INVALID_PARAMETERS, and as `readJsonObject` */
export async function readBody<Schema extends z.ZodType>(
  c: Context<ApiEnv>,
  source: BodySource,
  schema: Schema,
): Promise<z.output<Schema>> {
  return parseRequest(schema, await readJsonObject(c, source))
}

/** The query of a request, parsed; the first of a repeated name counts. @throws INVALID_PARAMETERS */
export const readQuery = <Schema extends z.ZodType>(c: Context, schema: Schema): z.output<Schema> =>
  parseRequest(schema, c.req.query())

/**
 * The JSON object of a request as its bytes, which are sent back later as they are, so that every number keeps its digits.
 * @param schema what it must be
 * @throws INVALID_PARAMETERS, and as `readJsonObject`
 */
export async function readJsonBytes(c: Context<ApiEnv>, source: BodySource, schema: z.ZodType): Promise<Buffer> {
  const bytes = await readBytes(c, source)
  parseRequest(schema, objectIn(parseJson(boundedText(bytes, source.limits))))
  return bytes
}

function parseBody(bytes: Buffer, limits: BodyLimits): unknown {
  const text = boundedText(bytes, limits)
  refuseRoundedNumbers(text)
  return parseJson(text)
}

function boundedText(bytes: Buffer, { values, depth = JSON_DEPTH }: BodyLimits): string {
  if (!isUtf8(bytes)) throw invalidParameters('The body is not UTF-8, as JSON must be.')
  switch (exceededBound(bytes, { depth, values })) {
    case 'depth':
      throw invalidParameters(`Lists and objects of a request may be nested at most ${depth} deep; send flatter data.`)
    case 'values':
      throw invalidParameters(`This request may hold at most ${values} values; send less at once.`)
  }
  return bytes.toString('utf8')
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw invalidParameters('The body is not JSON.')
  }
}
