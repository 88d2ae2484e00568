import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import type { Schedule } from '../../base/schedule.js'
import type { Connector, Pace, Send } from '../../kit/index.js'
import type { Store } from '../../store/store.js'

/** The longest that one request waits for its turn. Milliseconds. */
export const LONGEST_WAIT = 20_000
/** What a request may take in all, its wait included, where it says nothing else: as long as `send` gives one. Milliseconds. */
const LONGEST_REQUEST = 30_000
/** How long a turn outlasts the limit of its request, should its process end meanwhile. Milliseconds. */
const MARGIN = 5_000
/** How often a process checks whether the turn of another one is over. Milliseconds. */
const LOOK_AGAIN = 100

interface PacerDeps {
  leases: Store['leases']
  clock: Clock
  schedule: Schedule
}

/**
 * Keeps the pace that vendors ask for: one request of a connector at a time, each so long after the end of the one before, since
 * only then is it sure when that one arrived. Requests of this process take turns in the order in which they came. A turn is a
 * lease in the store that is not given up before its time is over, so the pace holds for all processes on the same store.
 */
export class Pacer {
  readonly #deps: PacerDeps
  readonly #lines = new Map<string, Line>()

  constructor(deps: PacerDeps) {
    this.#deps = deps
  }

  /**
   * `send` for the requests of a connector, at the pace that it asks for. A request that waits has so much less time for its
   * answer.
   * @returns a function that also throws RATE_LIMITED, with the time after which to try again, where a request would wait for
   * longer than 20 seconds; nothing was sent then
   */
  paced({ name, title, pace }: Connector, send: Send): Send {
    if (!pace) return send
    const line = this.#lines.get(name) ?? new Line(this.#deps, { lease: `pace:${name}`, title, pace })
    this.#lines.set(name, line)
    return async (request) => {
      const turn = await line.take(request.signal)
      try {
        const left = (request.timeoutMs ?? LONGEST_REQUEST) - turn.waited
        return await send({ ...request, timeoutMs: Math.max(1, left) })
      } finally {
        await turn.end()
      }
    }
  }
}

interface Turn {
  /** Milliseconds. */
  waited: number
  /** To be called when the request is over; the next one may begin when the pace allows it. Never rejects. */
  end(): Promise<void>
}

interface LineFacts {
  /** Its name in the store. */
  lease: string
  title: string
  pace: Pace
}

/** The requests of one connector in this process. */
class Line {
  readonly #deps: PacerDeps
  readonly #facts: LineFacts
  /** Ends with the turn of the last one in the line. */
  #last: Promise<void> = Promise.resolve()
  #waiting = 0
  /** From when on another request may begin, as far as this process knows. Milliseconds since the epoch. */
  #free = 0

  constructor(deps: PacerDeps, facts: LineFacts) {
    this.#deps = deps
    this.#facts = facts
  }

  /** @throws RATE_LIMITED where the wait is too long, and what `signal` aborted with */
  async take(signal: AbortSignal | undefined): Promise<Turn> {
    signal?.throwIfAborted()
    const came = this.#deps.clock()
    const wait = this.#wait()
    if (wait > LONGEST_WAIT) throw this.#tooMany(wait)
    const before = this.#last
    const leave = this.#join()
    const patience = this.#patience(signal)
    this.#waiting += 1
    try {
      await until(before, patience.signal)
      const holder = uuid()
      const start = await this.#hold(holder, patience.signal)
      return { waited: start - came, end: () => this.#end(holder).finally(leave) }
    } catch (error) {
      leave()
      throw error
    } finally {
      this.#waiting -= 1
      patience.end()
    }
  }

  /** How long one who comes now would wait at least. Milliseconds. */
  #wait(): number {
    return Math.max(0, this.#free - this.#deps.clock()) + this.#waiting * this.#facts.pace.everyMs
  }

  /** @returns lets the next one go ahead, once all before it have */
  #join(): () => void {
    let leave = (): void => undefined
    const left = new Promise<void>((resolve) => {
      leave = resolve
    })
    this.#last = this.#last.then(() => left)
    return leave
  }

  /** Aborts as the caller's signal does, and when the longest wait is over. */
  #patience(outer: AbortSignal | undefined): { signal: AbortSignal; end(): void } {
    const controller = new AbortController()
    const giveUp = (): void => controller.abort(outer?.reason)
    outer?.addEventListener('abort', giveUp, { once: true })
    const cancel = this.#deps.schedule(() => {
      controller.abort(this.#tooMany(Math.max(this.#wait(), this.#facts.pace.everyMs)))
    }, LONGEST_WAIT)
    return {
      signal: controller.signal,
      end() {
        cancel()
        outer?.removeEventListener('abort', giveUp)
      },
    }
  }

  /** Takes the lease for as long as a request may take. @returns when that was */
  async #hold(holder: string, signal: AbortSignal): Promise<number> {
    const { leases, clock } = this.#deps
    const { lease, pace } = this.#facts
    for (;;) {
      const now = clock()
      const known = this.#free - now
      if (known <= 0 && (await leases.acquire(lease, holder, now + LONGEST_REQUEST + MARGIN, now))) {
        if (!signal.aborted) {
          this.#free = now + pace.everyMs
          return now
        }
        await this.#release(holder)
      }
      await this.#pause(known > 0 ? known : LOOK_AGAIN, signal)
    }
  }

  /** From now on the lease only keeps the next request from beginning too soon. */
  async #end(holder: string): Promise<void> {
    const { leases, clock } = this.#deps
    const { lease, pace } = this.#facts
    const now = clock()
    this.#free = now + pace.everyMs
    // A lease that could not be shortened expires by itself; the outcome of the request counts.
    await leases.acquire(lease, holder, this.#free, now).catch(() => false)
  }

  async #release(holder: string): Promise<void> {
    await this.#deps.leases.release(this.#facts.lease, holder).catch(() => undefined)
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    let cancel = (): void => undefined
    const over = new Promise<void>((resolve) => {
      cancel = this.#deps.schedule(resolve, milliseconds)
    })
    await until(over, signal).finally(cancel)
  }

  #tooMany(wait: number): ConnectorsError {
    const { title, pace } = this.#facts
    const every = pace.everyMs === 1000 ? 'second' : `${pace.everyMs / 1000} seconds`
    return new ConnectorsError(
      'RATE_LIMITED',
      `Nothing was sent: ${title} asks for one request at a time, at most one every ${every}, and too many wait for their turn already. Make the call again later.`,
      { retryable: true, retryAfterSeconds: Math.ceil(wait / 1000) },
    )
  }
}

/** Waits for something, or rejects with what the signal aborts with. */
function until(done: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason)
    if (signal.aborted) return aborted()
    signal.addEventListener('abort', aborted, { once: true })
    void done.then(() => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
  })
}
