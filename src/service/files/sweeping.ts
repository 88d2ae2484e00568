import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Schedule } from '../../base/schedule.js'
import type { Store } from '../../store/store.js'

/** How often what has expired is looked for. Milliseconds. */
export const SWEEP_INTERVAL = 60_000
/** Parts that are deleted in one step; their bytes are overwritten. */
const PARTS_AT_ONCE = 4

export interface SweepingDeps {
  store: Pick<Store, 'kept'>
  clock: Clock
  schedule: Schedule
  log: Pick<Logger, 'warn'> | undefined
}

/** Deletes what has expired, in small steps with a turn of the event loop in between. Several processes may do so at once. */
export class Sweeping {
  readonly #deps: SweepingDeps
  #state: 'new' | 'started' | 'stopped' = 'new'
  #cancel: (() => void) | undefined
  #sweeping: Promise<void> = Promise.resolve()

  constructor(deps: SweepingDeps) {
    this.#deps = deps
  }

  /** Sweeps as soon as possible, and from now on again and again. */
  start(): void {
    if (this.#state === 'new') this.#state = 'started'
    this.soon()
  }

  /** Sweeps as soon as possible, where it has been started: something has made room. */
  soon(): void {
    this.#sweepIn(0)
  }

  /** Deletes everything that has expired, whether it has been started or not. */
  async sweepAll(): Promise<void> {
    while (await this.#step()) await nextTurn()
  }

  /** Ends the sweeping; what is left is swept by the next process. */
  async stop(): Promise<void> {
    this.#state = 'stopped'
    this.#cancel?.()
    await this.#sweeping
  }

  #sweepIn(milliseconds: number): void {
    if (this.#state !== 'started') return
    this.#cancel?.()
    this.#cancel = this.#deps.schedule(() => {
      this.#sweeping = this.#sweeping.then(() => this.#sweep())
    }, milliseconds)
  }

  /** @returns false when nothing is left to delete */
  #step(): Promise<boolean> {
    const { store, clock } = this.#deps
    return store.kept.sweep(clock(), PARTS_AT_ONCE)
  }

  async #sweep(): Promise<void> {
    try {
      while (this.#state === 'started' && (await this.#step())) await nextTurn()
    } catch (error) {
      this.#deps.log?.warn({ err: error }, 'what has expired of kept files and results could not be deleted')
    }
    this.#sweepIn(SWEEP_INTERVAL)
  }
}
