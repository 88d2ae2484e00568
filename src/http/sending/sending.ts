import type * as Undici from 'undici'
import { type Answer, AnswerReceiver } from './answer-receiver.js'
import type { Hop, SendRequest } from './message.js'
import { requestFields } from './request-fields.js'

/**
 * One call of `send`: what it has under way, which ends with its time or when its caller has gone away. By hand: an
 * `AbortController` of its own for each call would cost as much as the timer and the listener together.
 */
export class Sending {
  readonly #signal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  readonly #giveUp = (): void => this.#end(this.#signal?.reason)
  /** The last one is for the answer; those before take what is left of redirects. */
  readonly #receivers: AnswerReceiver[] = []
  #over: { reason: unknown } | undefined
  #expired = false

  /** @param timeoutMs milliseconds */
  constructor({ signal }: SendRequest, timeoutMs: number) {
    this.#signal = signal
    this.#timer = setTimeout(() => {
      this.#expired = this.#over === undefined
      this.#end(new DOMException('The time is over.', 'TimeoutError'))
    }, timeoutMs)
    if (signal?.aborted) this.#giveUp()
    else signal?.addEventListener('abort', this.#giveUp, { once: true })
  }

  /** True once its time ran out; false where the caller had gone away before. */
  get expired(): boolean {
    return this.#expired
  }

  /** Sends a request over a connection of that pool. @throws what the library throws, and what ended all this */
  exchange(pool: Undici.Dispatcher, hop: Hop): Promise<Answer> {
    if (this.#over) throw this.#over.reason
    const receiver = new AnswerReceiver(hop)
    this.#receivers.push(receiver)
    const { method, url, body } = hop
    pool.dispatch(
      {
        origin: url.origin,
        path: pathOf(url),
        method: method as Undici.Dispatcher.HttpMethod,
        headers: requestFields(hop),
        ...(body === undefined ? {} : { body }),
      },
      receiver,
    )
    return receiver.answer
  }

  /** To be called when it is done, also when it failed. */
  end(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#giveUp)
    for (const receiver of this.#receivers) receiver.leave(NOT_WANTED)
  }

  #end(reason: unknown): void {
    this.#over ??= { reason }
    for (const receiver of this.#receivers) receiver.fail(reason)
  }
}

const NOT_WANTED = new Error('The rest of the answer is not wanted.')

/** Without the fragment; a question mark without anything behind it stays. */
function pathOf({ pathname, search, href, hash }: URL): string {
  if (search !== '') return pathname + search
  return href[href.length - hash.length - 1] === '?' ? `${pathname}?` : pathname
}
