import { setTimeout as delay } from 'node:timers/promises'
import { invalidParameters } from '../../base/errors.js'
import { LONGEST_WAIT_SECONDS, MAX_ATTEMPTS } from '../../wire/execution.js'
import { ApiError } from '../responses/api-error.js'

/** Waits that many milliseconds, or rejects when the signal aborts. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>

export const systemSleep: Sleep = (ms, signal) => delay(ms, undefined, signal ? { signal } : {})

export interface ReplayPolicy {
  /** The most attempts, the first one included. */
  maxAttempts: number
  /** Retries on 429, 5xx and network errors too, whatever the service says. */
  replayUnsafe: boolean
  sleep: Sleep
  signal: AbortSignal | undefined
}

/** @throws INVALID_PARAMETERS unless it is a whole number between 1 and 11 */
export function checkedAttempts(attempts: number): number {
  if (Number.isInteger(attempts) && attempts >= 1 && attempts <= MAX_ATTEMPTS) return attempts
  throw invalidParameters(`maxAttempts must be a whole number between 1 and ${MAX_ATTEMPTS}.`, [
    { field: 'maxAttempts', message: `must be a whole number between 1 and ${MAX_ATTEMPTS}` },
  ])
}

/**
 * Repeats a call until it succeeds, may not be retried, or its attempts are used up; the last failure is thrown.
 * @throws the signal's reason when the caller gives up while waiting
 * @see the section "Retries" of the HTTP contract
 */
export async function replay<T>(play: () => Promise<T>, policy: ReplayPolicy): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await play()
    } catch (error) {
      const wait = attempt + 1 < policy.maxAttempts ? secondsToWait(error, attempt, policy.replayUnsafe) : undefined
      if (wait === undefined) throw error
      await pause(wait * 1000, policy)
    }
  }
}

async function pause(ms: number, { sleep, signal }: ReplayPolicy): Promise<void> {
  try {
    await sleep(ms, signal)
  } finally {
    signal?.throwIfAborted()
  }
}

/** @returns undefined when the call must not be retried */
function secondsToWait(error: unknown, attempt: number, replayUnsafe: boolean): number | undefined {
  if (!(error instanceof ApiError)) return undefined
  const backoff = Math.min(2 ** attempt, LONGEST_WAIT_SECONDS) + Math.random()
  const { status } = error
  if (replayUnsafe) return status === null || status === 429 || status >= 500 ? backoff : undefined
  if (!error.retryable) return undefined
  const asked = error.retryAfterSeconds
  if (asked === undefined) return backoff
  return asked > LONGEST_WAIT_SECONDS ? undefined : asked
}
