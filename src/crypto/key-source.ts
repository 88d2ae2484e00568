import { singleFlight } from '../base/single-flight.js'
import type { KeyRing } from './key-ring.js'
import { sealedKeyId } from './seal.js'

/**
 * The key ring of a process that keeps running while keys are rotated: as read at the start, and read again from
 * its source when something is sealed with a key that it does not hold, or before anything new is sealed.
 */
export class KeySource {
  #ring: KeyRing
  /** Reads the keys again; concurrent callers share one read. */
  readonly latest: () => Promise<KeyRing>

  /** @param read reads the keys again; what it throws is thrown to the callers that need them */
  constructor(ring: KeyRing, read: () => Promise<KeyRing>) {
    this.#ring = ring
    this.latest = singleFlight(async () => {
      this.#ring = await read()
      return this.#ring
    })
  }

  /** A source that always has the same keys. */
  static fixed(ring: KeyRing): KeySource {
    return new KeySource(ring, async () => ring)
  }

  /** The ring as it was read last. */
  get ring(): KeyRing {
    return this.#ring
  }

  /** The ring that opens `sealed`: read again, once, when it lacks that key. Opening then shows whether it is there. */
  async ringFor(sealed: string): Promise<KeyRing> {
    return this.#ring.find(sealedKeyId(sealed)) ? this.#ring : this.latest()
  }
}
