import { ConnectorsError } from '../../base/errors.js'
import { MEMORY_LIMITS, UNCOUNTED_BYTES } from './limits.js'

/** Who sends a body: a user by id, or null for somebody who has proven nothing yet. */
export type Sender = string | null

/**
 * The memory for large bodies under way, shared out: strangers cannot take what users need, and no user takes all of it.
 * A sender over its share is told to come again.
 */
export class BodyMemory {
  readonly #held = new Map<Sender, number>()
  #users = 0

  /**
   * Takes room for a body, which `release` returns.
   * @param bytes how much of the body there is by now, or will be
   * @throws UNAVAILABLE, to be tried again
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

/** The room that the body of one request holds until the request is answered. */
export class RequestMemory {
  readonly #room: BodyMemory
  #sender: Sender = null
  #bytes = 0

  constructor(room: BodyMemory) {
    this.#room = room
  }

  /** Makes it as much as the body needs by now. @throws UNAVAILABLE */
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
  new ConnectorsError('UNAVAILABLE', 'Too many large requests are under way; send it again in a moment.', {
    retryable: true,
    retryAfterSeconds: 1,
  })
