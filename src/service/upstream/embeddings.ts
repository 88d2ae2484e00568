import type { Clock } from '../../base/clock.js'
import { startDeadline } from '../../base/deadline.js'
import type { Logger } from '../../base/log.js'
import { makeOnce } from '../../base/single-flight.js'

/** Has texts embedded: one vector for each, in their order, all of one length. */
export type Embed = (texts: readonly string[], signal: AbortSignal) => Promise<number[][]>

export interface EmbeddingsDeps {
  embed: Embed
  /** The texts that needs are compared with. */
  texts: readonly string[]
  clock: Clock
  log: Pick<Logger, 'warn'> | undefined
}

/** How many texts one request has. */
const BATCH = 64
/** What is sent of a text. Characters. */
const LONGEST_TEXT = 2000
/** The most numbers of one vector. */
const LONGEST_VECTOR = 8192
/** How long a search waits for it. Milliseconds. */
const PATIENCE_MS = 3_000
/** How long one request for a batch may take, in the background. Milliseconds. */
const BATCH_MS = 30_000
/** After a failure, nothing is sent for that long. Milliseconds. */
const REST_MS = 60_000

/**
 * Compares needs with texts by a model elsewhere. The vectors of the texts are fetched once, in the background where that takes
 * long, and kept in memory. It is a help and not a need: whatever fails is logged once, and there is no comparison for a while.
 */
export class Embeddings {
  readonly #deps: EmbeddingsDeps
  readonly #vectors: () => Promise<Float32Array[]>
  readonly #closing = new AbortController()
  #restUntil = Number.NEGATIVE_INFINITY
  #hasLogged = false

  constructor(deps: EmbeddingsDeps) {
    this.#deps = deps
    this.#vectors = makeOnce(() => this.#fetchAll())
  }

  /**
   * How much a need is like some of the texts, by their positions.
   * @returns from -1 to 1 for each; undefined where that cannot be said in time
   */
  async likeness(need: string, positions: readonly number[]): Promise<number[] | undefined> {
    if (this.#deps.clock() < this.#restUntil) return undefined
    const deadline = startDeadline(PATIENCE_MS, this.#closing.signal)
    const inTime = deadline.passed().then(() => {
      throw deadline.signal.reason
    })
    // The vectors of the texts go on being fetched where this search no longer waits for them.
    const comparing = this.#compare(need, positions, deadline.signal)
    comparing.catch(() => {})
    try {
      return await Promise.race([comparing, inTime])
    } catch (error) {
      this.#note(error)
      return undefined
    } finally {
      deadline.end()
    }
  }

  /** Ends what goes on in the background. */
  close(): void {
    this.#closing.abort()
  }

  async #compare(need: string, positions: readonly number[], signal: AbortSignal): Promise<number[]> {
    const vectors = await this.#vectors()
    const [given] = await this.#deps.embed([need.slice(0, LONGEST_TEXT)], signal)
    const vector = unitVector(given, vectors[0]?.length)
    return positions.map((position) => dot(vector, vectors[position]))
  }

  async #fetchAll(): Promise<Float32Array[]> {
    const { texts, embed } = this.#deps
    const vectors: Float32Array[] = []
    for (let start = 0; start < texts.length; start += BATCH) {
      const batch = texts.slice(start, start + BATCH).map((text) => text.slice(0, LONGEST_TEXT))
      const deadline = startDeadline(BATCH_MS, this.#closing.signal)
      try {
        const given = await embed(batch, deadline.signal)
        if (given.length !== batch.length) throw new Error('The number of vectors is not that of the texts.')
        for (const each of given) vectors.push(unitVector(each, vectors[0]?.length))
      } finally {
        deadline.end()
      }
    }
    return vectors
  }

  #note(error: unknown): void {
    this.#restUntil = this.#deps.clock() + REST_MS
    if (this.#hasLogged || this.#closing.signal.aborted) return
    this.#hasLogged = true
    this.#deps.log?.warn({ err: error }, 'needs cannot be embedded; actions are found by their words alone')
  }
}

/** @param length that of the other vectors, if there are any */
function unitVector(given: readonly number[] | undefined, length: number | undefined): Float32Array {
  if (given === undefined || given.length === 0 || given.length > LONGEST_VECTOR) throw new Error('There is no vector.')
  if (length !== undefined && given.length !== length) throw new Error('The vectors are not of one length.')
  const size = Math.sqrt(given.reduce((sum, value) => sum + value * value, 0))
  if (!Number.isFinite(size)) throw new Error('A vector has a part that is not a number.')
  return Float32Array.from(given, (value) => (size === 0 ? 0 : value / size))
}

function dot(a: Float32Array, b: Float32Array | undefined): number {
  let sum = 0
  if (b) for (let at = 0; at < a.length; at += 1) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}
