import { Readable } from 'node:stream'
import { ByteCollector } from '../../base/byte-collector.js'
import { ConnectorsError } from '../../base/errors.js'
import { type Coding, decodeStream, decodeWhole } from './content-codings.js'

/** Takes the body of an answer as it comes. */
export interface AnswerBody {
  /** @throws UPSTREAM_ERROR for more than is accepted */
  push(piece: Buffer): void
  /** The whole body, without its codings. @throws what `push` throws, and Error for bytes that are not so coded */
  end(): Uint8Array | Promise<Uint8Array>
  /** No more comes, and what is here is not wanted. */
  drop(): void
}

/** How the one who takes a body holds up what comes. */
export interface Flow {
  pause(): void
  resume(): void
  /** Called where a body turns out not to be acceptable before its end. */
  fail(error: unknown): void
}

/** Up to that size, a body that is compressed is waited for and decoded at once; larger ones while they come. Bytes. */
const AT_ONCE = 64 * 1024
/** What may come of it at once, so that nothing else waits long meanwhile. Bytes. */
const DECODED_AT_ONCE = 1024 * 1024

/** @param most the largest body accepted, after decompression, in bytes */
export const openBody = (codings: readonly Coding[], most: number, flow: Flow): AnswerBody =>
  codings.length === 0 ? new PlainBody(most) : new CodedBody(codings, most, flow)

class PlainBody implements AnswerBody {
  readonly #most: number
  readonly #bytes = new ByteCollector()

  constructor(most: number) {
    this.#most = most
  }

  push(piece: Uint8Array): void {
    if (this.#bytes.size + piece.byteLength > this.#most) throw tooLarge(this.#most)
    this.#bytes.push(piece)
  }

  end(): Uint8Array {
    return this.#bytes.whole()
  }

  drop(): void {}
}

class CodedBody implements AnswerBody {
  readonly #codings: readonly Coding[]
  readonly #most: number
  readonly #flow: Flow
  readonly #coded = new ByteCollector()
  #stream: { source: Readable; decoded: Promise<Uint8Array> } | undefined

  constructor(codings: readonly Coding[], most: number, flow: Flow) {
    this.#codings = codings
    this.#most = most
    this.#flow = flow
  }

  push(piece: Uint8Array): void {
    if (this.#stream) {
      if (!this.#stream.source.push(piece)) this.#flow.pause()
    } else {
      this.#coded.push(piece)
      if (this.#coded.size > AT_ONCE) this.#stream = this.#begin()
    }
  }

  end(): Uint8Array | Promise<Uint8Array> {
    if (!this.#stream) {
      const decoded = decodeWhole(this.#coded.whole(), this.#codings, Math.min(this.#most, DECODED_AT_ONCE))
      if (decoded) return decoded
      this.#stream = this.#begin()
    }
    this.#stream.source.push(null)
    return this.#stream.decoded
  }

  drop(): void {
    this.#stream?.source.destroy()
  }

  #begin(): { source: Readable; decoded: Promise<Uint8Array> } {
    const source = new Readable({ read: () => this.#flow.resume() })
    const decoded = this.#collected(decodeStream(source, this.#codings))
    decoded.catch((error: unknown) => this.#flow.fail(error))
    source.push(this.#coded.whole())
    return { source, decoded }
  }

  async #collected(stream: Readable): Promise<Uint8Array> {
    const body = new PlainBody(this.#most)
    // Leaving the loop by an error ends the stream and what feeds it.
    for await (const piece of stream) body.push(piece)
    return body.end()
  }
}

const tooLarge = (most: number): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    `The third party's response is larger than ${most} bytes; request less at once.`,
  )
