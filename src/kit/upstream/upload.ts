import { pauseUntil } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Json } from '../../base/json.js'
import type { ConnectorFile } from '../files.js'
import { memberAt } from '../member-at.js'
import { mediaTypeOf, RawBody } from './bodies.js'
import type { SignedResponse, Upstream } from './upstream.js'

/** How a vendor takes a file in parts. */
export interface UploadProtocol {
  /** Parts are multiples of this. Bytes. */
  step: number
  /** The statuses by which it asks for more. */
  more: readonly number[]
  /** How many bytes it has, by an answer that asks for more. */
  received(response: SignedResponse): number
  /** The header fields of a request that asks how far it is; absent: it cannot be asked. */
  ask?: (size: number) => { method: 'PUT' | 'GET'; headers: Readonly<Record<string, string>> }
}

/** Bytes of one part; a multiple of the steps of all vendors. */
const PART = 5 * 1024 * 1024
/** The pauses after which an upload that broke off is taken up again. Milliseconds. */
const PAUSES = [1_000, 2_000, 4_000]

/**
 * Sends a file in parts to an upload session, and goes on after what arrived when a part breaks off. The third party makes
 * nothing of a session that is not finished, so that a failure leaves nothing behind.
 * @returns its answer to the last part
 * @throws UPSTREAM_ERROR when it breaks off too often, or the session has ended
 */
export async function uploadInParts(upstream: Upstream, what: UploadedFile): Promise<SignedResponse> {
  const upload = new Upload(upstream, what)
  let failure: unknown
  for (const pause of [0, ...PAUSES]) {
    try {
      if (failure === undefined) return await upload.run()
      await pauseUntil(pause, what.signal)
      return (await upload.resume()) ?? (await upload.run())
    } catch (error) {
      if (!isBrokenOff(error)) throw error
      failure = error
    }
  }
  throw failure
}

/** A file, and where and how it goes. */
export interface UploadedFile {
  /** The address that the third party made for the upload. */
  session: string
  file: ConnectorFile
  protocol: UploadProtocol
  /** Ends the pauses before an upload is taken up again. */
  signal: AbortSignal
}

/** A 4xx is final: the session has ended, or the request was wrong. A part that came too fast can be sent again. */
function isBrokenOff(error: unknown): boolean {
  if (!(error instanceof ConnectorsError) || !BROKEN_OFF.has(error.code)) return false
  const status = memberAt((error.details?.upstream ?? null) as Json, 'status')
  return typeof status !== 'number' || status === 429 || status < 400 || status >= 500
}

const BROKEN_OFF = new Set(['UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT'])

class Upload {
  readonly #upstream: Upstream
  readonly #session: string
  readonly #file: ConnectorFile
  readonly #protocol: UploadProtocol
  #sent = 0

  constructor(upstream: Upstream, { session, file, protocol }: UploadedFile) {
    this.#upstream = upstream
    this.#session = session
    this.#file = file
    this.#protocol = protocol
  }

  /** Sends what is left, part by part. */
  async run(): Promise<SignedResponse> {
    for (;;) {
      const response = await this.#sendPart()
      if (!this.#protocol.more.includes(response.status)) return response
      this.#advance(this.#protocol.received(response))
    }
  }

  /** Asks how much arrived. @returns the last answer where the file had arrived whole */
  async resume(): Promise<SignedResponse | undefined> {
    const { ask, more, received } = this.#protocol
    if (!ask) return undefined
    const response = await this.#upstream.signed(this.#session, { ...ask(this.#file.bytes.byteLength), expected: more })
    if (!more.includes(response.status)) return response
    this.#sent = Math.min(received(response), this.#file.bytes.byteLength)
    return undefined
  }

  #sendPart(): Promise<SignedResponse> {
    const { bytes } = this.#file
    const size = Math.max(this.#protocol.step, PART - (PART % this.#protocol.step))
    const end = Math.min(this.#sent + size, bytes.byteLength)
    return this.#upstream.signed(this.#session, {
      method: 'PUT',
      headers: { 'content-range': `bytes ${this.#sent}-${end - 1}/${bytes.byteLength}` },
      body: new RawBody(bytes.subarray(this.#sent, end), mediaTypeOf(this.#file)),
      expected: this.#protocol.more,
    })
  }

  /** @throws UPSTREAM_ERROR where the third party does not get ahead, which would never end */
  #advance(received: number): void {
    if (received <= this.#sent || received > this.#file.bytes.byteLength) {
      const message =
        'The third party asks for parts of the file that it has already; nothing was uploaded, make the call again.'
      throw new ConnectorsError('UPSTREAM_REFUSED', message)
    }
    this.#sent = received
  }
}
