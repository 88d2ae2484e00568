import { readersBusy, readingStopped } from './failures.js'

/** So many at a time; the others wait in the order in which they came, and only so many of them. */
export class Turns {
  #free: number
  readonly #mostWaiting: number
  readonly #waiting = new Set<() => void>()

  constructor(atATime: number, mostWaiting: number) {
    this.#free = atATime
    this.#mostWaiting = mostWaiting
  }

  /**
   * Waits for a turn.
   * @returns ends the turn; must be called once
   * @throws what `signal` aborted with, and UNAVAILABLE where too many wait already
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw readingStopped(signal.reason)
    if (this.#free > 0) this.#free -= 1
    else await this.#wait(signal)
    return () => this.#pass()
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) throw readersBusy()
    return new Promise((resolve, reject) => {
      const given = (): void => {
        signal.removeEventListener('abort', aborted)
        resolve()
      }
      const aborted = (): void => {
        this.#waiting.delete(given)
        reject(readingStopped(signal.reason))
      }
      this.#waiting.add(given)
      signal.addEventListener('abort', aborted, { once: true })
    })
  }

  #pass(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
