import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from './log.js'
import type { Schedule } from './schedule.js'

/** How often something is looked for that is left to do. Milliseconds. */
export const SWEEP_INTERVAL = 60_000

export interface SweepingDeps {
  schedule: Schedule
  log: Pick<Logger, 'warn'> | undefined
}

export interface Sweep {
  /** Does a little of it. @returns false when nothing is left to do */
  step(): Promise<boolean>
  /** What a log says when a step failed. */
  failure: string
  /** The time between two steps, in milliseconds; a turn of the event loop by default. */
  pause?: number
}

/** Does by and by what no one waits for, in small steps with a turn of the event loop in between. Several processes may do so at once. */
export class Sweeping {
  readonly #deps: SweepingDeps
  readonly #sweep: Sweep
  #state: 'new' | 'started' | 'stopped' = 'new'
  #cancel: (() => void) | undefined
  #sweeping: Promise<void> = Promise.resolve()

  constructor(deps: SweepingDeps, sweep: Sweep) {
    this.#deps = deps
    this.#sweep = sweep
  }

  /** Sweeps as soon as possible, and from now on again and again. */
  start(): void {
    if (this.#state === 'new') this.#state = 'started'
    this.soon()
  }

  /** Sweeps as soon as possible, where it has been started: something was left to do. */
  soon(): void {
    this.#sweepIn(0)
  }

  /** Does all that is left, whether it has been started or not. */
  async sweepAll(): Promise<void> {
    while (await this.#sweep.step()) await this.#pause()
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
      this.#sweeping = this.#sweeping.then(() => this.#sweepUntilStopped())
    }, milliseconds)
  }

  async #sweepUntilStopped(): Promise<void> {
    try {
      while (this.#state === 'started' && (await this.#sweep.step())) await this.#pause()
    } catch (error) {
      this.#deps.log?.warn({ err: error }, this.#sweep.failure)
    }
    this.#sweepIn(SWEEP_INTERVAL)
  }

  #pause(): Promise<void> {
    const { pause } = this.#sweep
    return pause === undefined ? new Promise((next) => setImmediate(next)) : wait(pause)
  }
}
