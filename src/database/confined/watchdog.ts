/** Looks after which a process that says nothing is asked whether its loop turns: while calls run, and otherwise. */
const ASK_AFTER = { busy: 1, idle: 15 }
/** Looks after which a question should be answered. */
const STILL = 4
/** The same where the process hardly ran meanwhile: the machine is busy, and not the process. */
const STARVED = 40
/** How much of the time it must have run to count as busy itself. */
const BUSY = 0.5
/** Looks after which a call that was ended must be, by a process that answers. */
const UNENDED = 3

/** A process as the watchdog sees it. */
export interface WatchedProcess {
  /** Calls that run, and those that were ended and are not confirmed. */
  readonly calls: Iterable<{ ended: boolean }>
  /** True if something was heard of it since this was asked last. */
  heard(): boolean
  ask(): void
  /** Milliseconds it ran on a processor so far; undefined if the system does not report it. */
  cpuTime(): number | undefined
  /** It stands still: ends it. */
  stuck(): void
}

interface State {
  /** Looks without a word. */
  silent: number
  /** Looks since the question; 0 for none. */
  asked: number
  cpuWhenAsked: number
  /** Looks at ended calls, by call. */
  unended: WeakMap<object, number>
}

/**
 * Ends processes whose event loop is blocked, or that do not stop a statement when asked to. It counts its own checks
 * and not the time, so that a service whose own loop was blocked does not blame another process for it.
 */
export class Watchdog {
  readonly #lookEvery: number
  readonly #watched = new Map<WatchedProcess, State>()
  #timer: NodeJS.Timeout | undefined

  /** @param lookEvery milliseconds */
  constructor(lookEvery: number) {
    this.#lookEvery = lookEvery
  }

  /** @returns ends the watching */
  watch(process: WatchedProcess): () => void {
    this.#watched.set(process, { silent: 0, asked: 0, cpuWhenAsked: 0, unended: new WeakMap() })
    this.#timer ??= setInterval(() => this.#look(), this.#lookEvery).unref()
    return () => {
      this.#watched.delete(process)
      if (this.#watched.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    for (const [process, state] of this.#watched) {
      const heard = process.heard()
      const isStuck = heard ? keepsACall(process, state) : this.#standsStill(process, state)
      if (isStuck) process.stuck()
    }
  }

  #standsStill(process: WatchedProcess, state: State): boolean {
    if (state.asked > 0) {
      state.asked += 1
      if (state.asked <= STILL) return false
      const ran = process.cpuTime()
      const wanted = STILL * this.#lookEvery * BUSY
      return ran === undefined || ran - state.cpuWhenAsked >= wanted || state.asked > STARVED
    }
    state.silent += 1
    const [isBusy] = process.calls
    if (state.silent >= (isBusy ? ASK_AFTER.busy : ASK_AFTER.idle)) {
      state.asked = 1
      state.cpuWhenAsked = process.cpuTime() ?? 0
      process.ask()
    }
    return false
  }
}

function keepsACall(process: WatchedProcess, state: State): boolean {
  state.silent = 0
  state.asked = 0
  for (const call of process.calls) {
    if (!call.ended) continue
    const looks = (state.unended.get(call) ?? 0) + 1
    state.unended.set(call, looks)
    if (looks > UNENDED) return true
  }
  return false
}
