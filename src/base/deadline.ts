/** A timer of the platform that is longer than this fires at once. Milliseconds. */
export const LONGEST_DEADLINE = 2 ** 31 - 1

/** Limits how long something takes: by time, and by the caller's signal. */
export interface Deadline {
  signal: AbortSignal
  /** True once time ran out; false when the outer signal aborted first. */
  expired(): boolean
  /** Waits that many milliseconds, or until the signal aborts. Never rejects. */
  pause(milliseconds: number): Promise<void>
  /** Resolves when the signal aborts. */
  passed(): Promise<void>
  /** Must be called when the work is over, also when it failed: it clears the timer and releases the outer signal. */
  end(): void
}

/**
 * Starts a deadline: a signal that aborts when time runs out or the outer signal does. By hand, because
 * `AbortSignal.timeout` and `AbortSignal.any` hold their signals weakly: in Node 20, a pair of them is collected as garbage
 * before it fires, and a caller that waits for it waits for ever. Here the timer holds the controller. It also keeps the process
 * alive, since a caller is waiting for it.
 * @param milliseconds from 0 to 2^31 - 1
 * @param outer may have aborted already
 * @see https://github.com/nodejs/node/issues/57736
 */
export function startDeadline(milliseconds: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController()
  const { signal } = controller
  let expired = false
  const timer = setTimeout(() => {
    expired = !signal.aborted
    controller.abort(new DOMException('The time is over.', 'TimeoutError'))
  }, milliseconds)
  const giveUp = (): void => controller.abort(outer?.reason)
  if (outer?.aborted) giveUp()
  else outer?.addEventListener('abort', giveUp, { once: true })
  return {
    signal,
    expired: () => expired,
    pause: (length) => pauseUntil(length, signal),
    passed: () => pauseUntil(undefined, signal),
    end() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', giveUp)
    },
  }
}

/** Waits, or until the signal aborts. Never rejects. @param milliseconds undefined: only the signal ends it */
export function pauseUntil(milliseconds: number | undefined, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
  })
}
