import { ConnectorsError } from '../base/errors.js'

type Listener = (error: ConnectorsError) => void

/** Receives the progress of the answer to a statement. */
export interface AnswerListener {
  /** The statement goes to the server now. */
  begun(): void
  /** Resolves once there is room for a large answer. */
  room(): Promise<void>
}

/**
 * What can end one query early: its time, its caller, or its account being closed. The first one wins, and each
 * listener is called once.
 */
export class Cancellation {
  /** Undefined where it is not needed. */
  readonly answer: AnswerListener | undefined
  #error: ConnectorsError | undefined
  #waitsFor: string | undefined
  readonly #listeners = new Set<Listener>()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #signal: AbortSignal | undefined
  /** @param timeoutMs from now, all waiting included; `Infinity` if another process keeps the time */
  constructor(timeoutMs: number, signal?: AbortSignal, answer?: AnswerListener) {
    this.answer = answer
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.end(tooLong(timeoutMs, this.#waitsFor)), timeoutMs)
      this.#timer.unref()
    }
    this.#signal = signal
    if (signal?.aborted) this.handleEvent()
    else signal?.addEventListener('abort', this)
  }

  /** The caller's signal aborted. */
  handleEvent(): void {
    this.end(stopped(this.#signal?.reason))
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
   * Records that the query is not running yet, so that a timeout error says what it waited for.
   * @returns ends the wait
   */
  waitFor(what: string): () => void {
    this.#waitsFor = what
    return () => {
      this.#waitsFor = undefined
    }
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
      work.then(
        (value) => {
          forget()
          resolve(value)
        },
        (error: unknown) => {
          forget()
          reject(error)
        },
      )
    })
  }

  /** Releases the timer and the signal. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this)
    this.#listeners.clear()
  }
}

const tooLong = (timeoutMs: number, waitsFor: string | undefined): ConnectorsError =>
  waitsFor === undefined
    ? new ConnectorsError(
        'UPSTREAM_TIMEOUT',
        `The query took longer than ${timeoutMs} ms and was stopped; make it smaller, or set a larger timeout_ms.`,
      )
    : new ConnectorsError(
        'UPSTREAM_TIMEOUT',
        `The query waited ${timeoutMs} ms for ${waitsFor} and was not run; others of your calls use up your share. Try again when they are answered, or set a larger timeout_ms.`,
        { retryable: true },
      )

/** The error that the caller aborted with, if it is one for people; else one that says what happened. */
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
