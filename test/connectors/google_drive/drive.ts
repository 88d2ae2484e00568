import { expect } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import type { ServiceCall } from '../../../src/kit/call.js'
import { ConnectorFile, type Json } from '../../../src/kit/index.js'
import type { ShapedResult } from '../../../src/kit/result.js'
import { connectTo, type SeenRequest, seenRequest, testCall } from '../harness.js'

/** What Drive answers: JSON, or the bytes of a file. */
export interface DriveAnswer {
  /** 200 by default. */
  status?: number
  headers?: Record<string, string>
  json?: Json
  bytes?: Uint8Array | string
}

/** What a call came to, and what left for it. */
export interface Played {
  seen: SeenRequest[]
  /** The body of each request that has one; the bytes as they left. */
  bodies: Uint8Array[]
  result: ShapedResult | undefined
  error: unknown
}

/** A request as a test compares it: method and path (with the host, where that is another one), and all of the query. */
export const lineOf = ({ request, query }: SeenRequest): string =>
  query.size === 0 ? request : `${request}?${decodeURIComponent(query.toString())}`

/**
 * Plays an action of Drive where its answers are files, come from other hosts, or break off.
 * @param answers one for each request, in their order; an error breaks the connection off
 */
export async function playDrive(
  action: string,
  input: unknown,
  answers: readonly (DriveAnswer | Error)[],
  call: Partial<ServiceCall> = {},
): Promise<Played> {
  const left = [...answers]
  const seen: SeenRequest[] = []
  const bodies: Uint8Array[] = []
  const authorize = () => ({ authorization: 'Bearer test-token' })
  const upstream = connectTo(
    googleDrive,
    async (request) => {
      seen.push(seenRequest(request, googleDrive.baseUrl ?? ''))
      if (request.body !== undefined) bodies.push(Buffer.from(request.body))
      const answer = left.shift() ?? new Error(`nothing was expected any more: ${request.method} ${request.url}`)
      if (answer instanceof Error) throw answer
      const { status = 200, headers = {}, json, bytes = json === undefined ? '' : JSON.stringify(json) } = answer
      const type = json === undefined ? {} : { 'content-type': 'application/json; charset=UTF-8' }
      return { status, headers: new Headers({ ...type, ...headers }), body: Buffer.from(bytes) }
    },
    authorize,
  )
  const { byName } = googleDrive
  const run = async () => (byName.get(action) ?? expect.fail(action)).prepare(input)(upstream, testCall(call))
  const outcome = await run().then(
    (result) => ({ result, error: undefined }),
    (error: unknown) => ({ result: undefined, error }),
  )
  expect(left, 'answers that nothing asked for').toEqual([])
  return { seen, bodies, ...outcome }
}

/** The file that a call came to. */
export const fileOf = ({ result, error }: Played): { name: string | null; type: string | null; text: string } => {
  if (!(result instanceof ConnectorFile)) return expect.fail(`No file: ${JSON.stringify(result)} ${error}`)
  return { name: result.filename, type: result.contentType, text: Buffer.from(result.bytes).toString('latin1') }
}
