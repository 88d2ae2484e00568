import { pipeline, type Readable, Transform } from 'node:stream'
import zlib from 'node:zlib'

/** One way in which a body is compressed. */
export interface Coding {
  /** Undoes it for bytes that are all here. @param most the largest result, in bytes */
  whole(bytes: Uint8Array, most: number): Buffer
  /** Undoes it for bytes as they come. */
  stream(): Transform
}

/** More would be there to exhaust memory. @see https://github.com/advisories/GHSA-gm62-xv2j-4w53 */
const MOST_CODINGS = 5

/** What is cut off, or padded, is read as far as it goes, as browsers do. */
const DEFLATED: zlib.ZlibOptions = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
const BROTLI: zlib.BrotliOptions = {
  flush: zlib.constants.BROTLI_OPERATION_FLUSH,
  finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
}

const gzip: Coding = {
  whole: (bytes, most) => zlib.gunzipSync(bytes, { ...DEFLATED, maxOutputLength: most }),
  stream: () => zlib.createGunzip(DEFLATED),
}
const deflate: Coding = {
  whole: (bytes, most) =>
    (isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync)(bytes, { ...DEFLATED, maxOutputLength: most }),
  stream: () => new Inflate(),
}
const br: Coding = {
  whole: (bytes, most) => zlib.brotliDecompressSync(bytes, { ...BROTLI, maxOutputLength: most }),
  stream: () => zlib.createBrotliDecompress(BROTLI),
}

/** In Node from 22.15 on, and not in the types of the oldest one. */
interface Zstd {
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer
  createZstdDecompress?: () => Transform
}
const { zstdDecompressSync, createZstdDecompress } = zlib as unknown as Zstd
const zstd: [string, Coding][] =
  zstdDecompressSync && createZstdDecompress
    ? [
        [
          'zstd',
          {
            whole: (bytes, most) => zstdDecompressSync(bytes, { maxOutputLength: most }),
            stream: createZstdDecompress,
          },
        ],
      ]
    : []

const KNOWN: ReadonlyMap<string, Coding> = new Map([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  ['br', br],
  ...zstd,
])

/**
 * The codings of a body in the order in which they are undone; none where one of them is not known, since the body is then
 * passed on as it is.
 * @param contentEncoding the value of the header field
 * @throws Error for more than five
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
export function codingsIn(contentEncoding: string | null): readonly Coding[] {
  if (!contentEncoding) return []
  const names = contentEncoding.toLowerCase().split(',')
  if (names.length > MOST_CODINGS) throw new Error(`The body has ${names.length} content codings.`)
  const codings = names.map((name) => KNOWN.get(name.trim()))
  return codings.every((coding) => coding !== undefined) ? codings.reverse() : []
}

/**
 * Undoes codings at once, for a small body: a stream would cost five times as much.
 * @param most the largest result of each coding, in bytes
 * @returns undefined for more than that
 * @throws Error for bytes that are not so coded
 */
export function decodeWhole(bytes: Uint8Array, codings: readonly Coding[], most: number): Uint8Array | undefined {
  let decoded = bytes
  for (const coding of codings) {
    if (decoded.byteLength === 0) return decoded
    try {
      decoded = coding.whole(decoded, most)
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return undefined
      throw error
    }
  }
  return decoded
}

/**
 * Undoes codings while the bytes come.
 * @param source where they come from; what goes wrong comes out of the result, and ends all of them
 */
export const decodeStream = (source: Readable, codings: readonly Coding[]): Readable =>
  pipeline([source, ...codings.map((coding) => coding.stream())], () => undefined) as Transform

/** Some servers send bare DEFLATE, without the header of zlib, whose first byte ends in an 8. @see https://www.rfc-editor.org/rfc/rfc1950#section-2.2 */
const isZlib = (bytes: Uint8Array): boolean => ((bytes[0] ?? 0) & 0x0f) === 0x08

/** Of zlib or bare, as its first byte says. */
class Inflate extends Transform {
  #inflate: zlib.Inflate | zlib.InflateRaw | undefined

  override _transform(piece: Buffer, _: BufferEncoding, done: () => void): void {
    this.#inflate ??= this.#begin(piece)
    this.#inflate.write(piece, () => done())
  }

  override _flush(done: () => void): void {
    if (this.#inflate) this.#inflate.once('end', done).end()
    else done()
  }

  override _read(size: number): void {
    this.#inflate?.resume()
    super._read(size)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inflate?.destroy()
    done(error)
  }

  #begin(first: Buffer): zlib.Inflate | zlib.InflateRaw {
    const inflate = isZlib(first) ? zlib.createInflate(DEFLATED) : zlib.createInflateRaw(DEFLATED)
    // Without the pause, all that one piece becomes would be kept here.
    inflate.on('data', (piece) => this.push(piece) || inflate.pause())
    return inflate.on('error', (error) => this.destroy(error))
  }
}
