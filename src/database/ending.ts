import { ConnectorsError } from '../kit/index.js'

type Listener = (error: ConnectorsError) => void

/**
 * What can end one query early: its time, its caller, or its account being closed. The first one wins, and everybody who
 * listens is told once.
 */
export class Ending {
  #error: ConnectorsError | undefined
  readonly #listeners = new Set<Listener>()
  readonly #timer: NodeJS.Timeout
  readonly #signal: AbortSignal | undefined
  readonly #aborted = (): void => this.end(stopped(this.#signal?.reason))

  /** @param timeoutMs from now, waiting for a free connection included */
  constructor(timeoutMs: number, signal?: AbortSignal) {
    this.#timer = setTimeout(() => this.end(tooLong(timeoutMs)), timeoutMs)
    this.#timer.unref()
    this.#signal = signal
    signal?.addEventListener('abort', this.#aborted, { once: true })
    if (signal?.aborted) this.#aborted()
  }

  end(error: ConnectorsError): void {
    if (this.#error) return
    this.#error = error
    for (const listener of this.#listeners) listener(error)
    this.clear()
  }

  /** @throws the error it ended with */
  check(): void {
    if (this.#error) throw this.#error
  }

  /** Calls `listener` when it ends, at once if it did already. @returns forgets the listener */
  listen(listener: Listener): () => void {
    if (this.#error) listener(this.#error)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * The outcome of `work`, or the error this ends with, whichever is first.
   * @param kill ends the work itself; called once, before the error is thrown
   */
  guard<T>(work: Promise<T>, kill: () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const forget = this.listen((error) => {
        kill()
        reject(error)
      })
      work.then(resolve, reject).finally(forget)
    })
  }

  /** Lets go of the timer and the signal. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#listeners.clear()
  }
}

const tooLong = (timeoutMs: number): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    `The query took longer than ${timeoutMs} ms and was stopped; make it smaller, or give a larger timeout_ms.`,
  )

/** Whoever aborts may have said why in an error of ours. */
const stopped = (reason: unknown): ConnectorsError =>
  reason instanceof ConnectorsError
    ? reason
    : new ConnectorsError(
        'UPSTREAM_TIMEOUT',
        'The query was stopped, because the call was cancelled or ran out of time.',
        {
          cause: reason,
        },
      )
