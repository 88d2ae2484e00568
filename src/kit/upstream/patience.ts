import { systemClock } from '../../base/clock.js'
import { pauseUntil } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import { type AskedRequest, type Exchange, exchange, type HttpUpstreamOptions, throwFailure } from './exchange.js'
import type { UpstreamRequest } from './upstream.js'

/** All the waiting of one call, where nothing else is set. Milliseconds. */
export const PATIENCE_MS = 20_000
/**
 * The wait where the third party names none, or a shorter one: otherwise one that always says 0 would be asked without end.
 * Milliseconds.
 */
const LEAST_WAIT_MS = 1_000

/** Makes a request, perhaps more than once. */
export type Ask = (request: AskedRequest) => Promise<Exchange>

/**
 * Asks again after the time that the third party names, as long as all the waiting of its requests stays within the limit;
 * requests that wait at the same time count once. Only reads: whether a refused write did something cannot be known here.
 */
export function askPatiently(options: HttpUpstreamOptions): Ask {
  const { clock = systemClock, patienceMs = PATIENCE_MS } = options
  let left = patienceMs
  /** The end of the waits so far. */
  let end = 0
  return async (request) => {
    for (;;) {
      const asked = await exchange(options, request)
      const wait = asked.isRead ? waitOf(options, asked) : undefined
      if (wait === undefined) return asked
      const now = clock()
      const more = Math.max(0, now + wait - Math.max(now, end))
      if (more > left) return asked
      left -= more
      end = Math.max(end, now + wait)
      await pauseUntil(wait, options.signal)
      options.signal.throwIfAborted()
    }
  }
}

/** Milliseconds; undefined for an answer that waiting does not change. */
function waitOf(options: HttpUpstreamOptions, asked: Exchange): number | undefined {
  try {
    throwFailure(options, asked)
    return undefined
  } catch (error) {
    if (!(error instanceof ConnectorsError)) throw error
    if (error.code !== 'RATE_LIMITED' && asked.response.status !== 503) return undefined
    return Math.max(LEAST_WAIT_MS, (error.retryAfterSeconds ?? 0) * 1000)
  }
}

/** When to make a call again whose answer was still being computed at its end. Seconds. */
const COMPUTED_SOON = 10

/**
 * Asks until the third party has computed the answer, with growing pauses.
 * @param asked `status`: the one by which the third party says "not yet"
 * @throws UPSTREAM_TIMEOUT if that takes too long
 */
export async function askUntilReady(
  ask: Ask,
  { request, status, signal }: { request: UpstreamRequest; status: number; signal: AbortSignal },
): Promise<Exchange> {
  let waited = 0
  for (let wait = LEAST_WAIT_MS; ; wait *= 2) {
    const asked = await ask(request)
    waited += wait
    if (asked.response.status !== status) return asked
    if (waited > PATIENCE_MS) throw stillComputed(status)
    await pauseUntil(wait, signal)
    signal.throwIfAborted()
  }
}

const stillComputed = (status: number): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The third party is still computing the answer; make the call again in some seconds.',
    { details: { upstream: { status } }, retryable: true, retryAfterSeconds: COMPUTED_SOON },
  )
