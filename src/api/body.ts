import type { Context } from 'hono'
import { ConnectorsError, invalidParameters } from '../base/errors.js'
import { refuseRoundedNumbers } from '../base/exact-json.js'
import { isPlainObject } from '../base/json.js'

/** The most a request may carry, in bytes. */
export const BODY_LIMIT = 32 * 1024 * 1024

/** The media type of a request, lower case, without its parameters. */
export const mediaType = (c: Context): string =>
  (c.req.header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

/** @throws TOO_LARGE before anything of an announced body is read, and as soon as an unannounced one grows past the limit */
export async function readBytes(c: Context): Promise<Buffer> {
  const announced = c.req.header('content-length')
  if (announced !== undefined) {
    if (!(Number(announced) <= BODY_LIMIT)) throw tooLarge()
    // The HTTP server cuts a body at the length it announced, so it can be read in one go.
    return Buffer.from(await c.req.raw.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.byteLength
    if (size > BODY_LIMIT) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const tooLarge = () =>
  new ConnectorsError('TOO_LARGE', `A request carries at most ${BODY_LIMIT / 1024 / 1024} MiB; send less at once.`)

/** The JSON object of a request; `{}` for an empty body. @throws INVALID_PARAMETERS, TOO_LARGE */
export async function readJsonObject(c: Context): Promise<Record<string, unknown>> {
  const text = (await readBytes(c)).toString('utf8')
  if (text.trim() === '') return {}
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalidParameters('The body is not JSON.')
  }
  refuseRoundedNumbers(text)
  if (!isPlainObject(value)) throw invalidParameters('The body is not a JSON object.')
  return value
}
