/** Looks after which a process that says nothing is asked whether its loop turns: while calls run, and otherwise. */
const ASK_AFTER = { busy: 1, idle: 15 }
/** Looks after which a question is not answered any more. */
const STILL = 4
/** Looks after which a call that was ended must be. */
const UNENDED = 3

/** What is watched. */
export interface Watched {
  /** Calls that run, and those that were ended and are not confirmed. */
  readonly calls: Iterable<{ ended: boolean }>
  /** True if something was heard of it since this was asked last. */
  heard(): boolean
  ask(): void
  /** It stands still: ends it. */
  stuck(): void
}

interface State {
  silent: number
  asked: number
  /** Looks at ended calls, by call. */
  unended: WeakMap<object, number>
}

/**
 * Ends processes whose loop stands still, or that do not stop a statement they were told to stop. It counts its own looks
 * and not the time, so that a service whose own loop stood still blames nobody else for it.
 */
export class Watchdog {
  readonly #lookEvery: number
  readonly #watched = new Map<Watched, State>()
  #timer: NodeJS.Timeout | undefined

  /** @param lookEvery milliseconds */
  constructor(lookEvery: number) {
    this.#lookEvery = lookEvery
  }

  /** @returns ends the watching */
  watch(process: Watched): () => void {
    this.#watched.set(process, { silent: 0, asked: 0, unended: new WeakMap() })
    this.#timer ??= setInterval(() => this.#look(), this.#lookEvery).unref()
    return () => {
      this.#watched.delete(process)
      if (this.#watched.size > 0) return
      clearInterval(this.#timer)
      this.#timer = undefined
    }
  }

  #look(): void {
    for (const [process, state] of this.#watched) if (isStuck(process, state)) process.stuck()
  }
}

function isStuck(process: Watched, state: State): boolean {
  let busy = false
  for (const call of process.calls) {
    busy = true
    if (!call.ended) continue
    const looks = (state.unended.get(call) ?? 0) + 1
    state.unended.set(call, looks)
    if (looks > UNENDED) return true
  }
  if (process.heard()) {
    state.silent = 0
    state.asked = 0
    return false
  }
  if (state.asked > 0) {
    state.asked += 1
    return state.asked > STILL
  }
  state.silent += 1
  if (state.silent >= (busy ? ASK_AFTER.busy : ASK_AFTER.idle)) {
    state.asked = 1
    process.ask()
  }
  return false
}
