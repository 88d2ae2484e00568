import type { Cancellation } from '../cancellation.js'

/** Work that several queries need and one does: the others wait, and look again when it is done. */
export class OneAtATime {
  #work: Promise<void> | undefined

  /**
   * Does the work, or waits for the query that does it, whatever comes of it there.
   * @throws what the work failed with where this query did it, and what `cancellation` ended with
   */
  async once(cancellation: Cancellation, work: () => Promise<void>): Promise<void> {
    const known = this.#work
    if (known !== undefined) {
      const done = known.catch(() => undefined)
      return cancellation.guard(done, () => undefined)
    }
    this.#work = work()
    try {
      await this.#work
    } finally {
      this.#work = undefined
    }
  }

  /** True while the work is done. */
  get isBusy(): boolean {
    return this.#work !== undefined
  }
}
