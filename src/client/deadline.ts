import { invalidParameters } from '../base/errors.js'

/** Longer than this and a timer of the platform fires at once. Milliseconds. */
const LONGEST_MS = 2 ** 31 - 1

export interface Deadline {
  signal: AbortSignal
  /** True once time ran out; false when the caller's own signal aborted first. */
  expired(): boolean
  /** To be called when the exchange is over, whatever came of it. */
  end(): void
}

/** @throws INVALID_PARAMETERS unless it is a number of milliseconds from 0 (no limit) to 2^31 - 1 */
export function checkedTimeout(timeoutMs: number): number {
  if (timeoutMs >= 0 && timeoutMs <= LONGEST_MS) return timeoutMs
  throw invalidParameters('timeoutMs is a number of milliseconds from 0, which means no limit, to 2147483647.', [
    { field: 'timeoutMs', message: 'is not from 0 to 2147483647' },
  ])
}

/**
 * A signal that aborts when time runs out or the caller's signal does. By hand, because `AbortSignal.any` and `timeout`
 * cost more than the rest of a call, and leave timers behind.
 * @param timeoutMs milliseconds, more than 0
 */
export function startDeadline(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let expired = false
  const timer = setTimeout(() => {
    expired = true
    controller.abort()
  }, timeoutMs)
  const giveUp = (): void => controller.abort(outer?.reason)
  outer?.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    end() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', giveUp)
    },
  }
}
