import { ConnectorsError } from '../../base/errors.js'
import { MEMORY_LIMITS, UNCOUNTED_BYTES } from './limits.js'

/** Who sends a body: a user by id, or null for a sender without a checked credential. */
export type Sender = string | null

/**
 * Shares out the memory for large bodies: strangers cannot take what users need, and no user can take all of it.
 * A sender over its share has to try again later.
 */
export class BodyMemory {
  readonly #held = new Map<Sender, number>()
  #users = 0

  /**
   * Takes memory for a body, which `release` frees.
   * @param bytes the size of the body so far, or as announced
   * @throws UNAVAILABLE, which may be retried
   */
  take(sender: Sender, bytes: number): void {
    const held = this.#held.get(sender) ?? 0
    const full =
      sender === null
        ? held + bytes > MEMORY_LIMITS.strangers
        : held + bytes > MEMORY_LIMITS.oneUser || this.#users + bytes > MEMORY_LIMITS.users
    if (full) throw noRoom()
    this.#held.set(sender, held + bytes)
    if (sender !== null) this.#users += bytes
  }

  release(sender: Sender, bytes: number): void {
    const left = (this.#held.get(sender) ?? 0) - bytes
    if (left > 0) this.#held.set(sender, left)
    else this.#held.delete(sender)
    if (sender !== null) this.#users -= bytes
  }
}

/** The memory that the body of one request takes until the request is answered. */
export class RequestMemory {
  readonly #room: BodyMemory
  #sender: Sender = null
  #bytes = 0

  constructor(room: BodyMemory) {
    this.#room = room
  }

  /** Grows to what the body needs by now. @throws UNAVAILABLE */
  growTo(sender: Sender, bytes: number): void {
    if (bytes <= UNCOUNTED_BYTES || bytes <= this.#bytes) return
    this.#room.take(sender, bytes - this.#bytes)
    this.#sender = sender
    this.#bytes = bytes
  }

  release(): void {
    if (this.#bytes > 0) this.#room.release(this.#sender, this.#bytes)
    this.#bytes = 0
  }
}

const noRoom = (): ConnectorsError =>
  new ConnectorsError('UNAVAILABLE', 'Too many large requests are being received; send this one again in a moment.', {
    retryable: true,
    retryAfterSeconds: 1,
  })
