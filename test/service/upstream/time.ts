import type { Schedule } from '../../../src/base/schedule.js'

/** Time that passes when a test says so. */
export class ManualTime {
  #now = 1_000_000
  readonly #timers = new Set<{ at: number; run: () => void }>()

  readonly clock = (): number => this.#now

  readonly schedule: Schedule = (run, milliseconds) => {
    const timer = { at: this.#now + milliseconds, run }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How much is scheduled. */
  get pending(): number {
    return this.#timers.size
  }

  /** Lets time pass as far as it takes until something is done. */
  async passUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false
    const end = (): void => {
      isDone = true
    }
    void done.then(end, end)
    while (!isDone) {
      await settled()
      if (!isDone) await this.pass(100)
    }
  }

  /** Lets time pass, a timer at a time, with what each of them sets off. */
  async pass(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settled()
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = end
  }
}

/** What follows from something that just happened, the store's answers included. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
