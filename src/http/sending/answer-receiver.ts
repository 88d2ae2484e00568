import type * as Undici from 'undici'
import { type AnswerBody, type Flow, openBody } from './answer-body.js'
import { type AnswerFields, ReceivedAnswerFields, type ReceivedFields } from './answer-fields.js'
import { codingsIn } from './content-codings.js'
import type { Hop } from './message.js'

/** The answer to one request. */
export interface Answer {
  status: number
  headers: AnswerFields
  /** Decompressed; empty for a redirect. */
  body: Uint8Array
}

type Controller = Undici.Dispatcher.DispatchController

const REDIRECTS = new Set([301, 302, 303, 307, 308])
/** What comes with these says nothing. @see https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY = new Set([204, 205, 304])
const NOTHING = new Uint8Array(0)
/** So much of a body that is not wanted is read, since another connection costs more. Bytes. */
const MOST_DROPPED = 64 * 1024

/** Where an answer redirects to; null where it does not. @see https://www.rfc-editor.org/rfc/rfc9110#section-15.4 */
export const locationOf = ({ status, headers }: Pick<Answer, 'status' | 'headers'>): string | null =>
  REDIRECTS.has(status) ? headers.get('location') : null

/**
 * Takes the answer of one request from the library, piece by piece: neither a stream nor a `Response` is made of it, which would
 * cost more than all the rest.
 */
export class AnswerReceiver implements Undici.Dispatcher.DispatchHandler, Flow {
  /** Rejects with what went wrong, or with what it was aborted for. */
  readonly answer: Promise<Answer>
  readonly #hop: Pick<Hop, 'method' | 'maxBytes'>
  #resolve: (answer: Answer) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined
  #controller: Controller | undefined
  #head: Omit<Answer, 'body'> | undefined
  /** Undefined where the body is not wanted. */
  #body: AnswerBody | undefined
  #dropped = 0
  /** Nothing more comes. */
  #isOver = false
  /** Why the request is to end as soon as it has begun. */
  #left: { reason: unknown } | undefined

  constructor(hop: Pick<Hop, 'method' | 'maxBytes'>) {
    this.#hop = hop
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller
    if (this.#left) controller.abort(this.#left.reason as Error)
  }

  onResponseStart(_: Controller, status: number, fields: ReceivedFields): void {
    // Information before the answer.
    if (status < 200) return
    const headers = new ReceivedAnswerFields(fields)
    this.#head = { status, headers }
    if (this.#hop.method === 'HEAD' || WITHOUT_BODY.has(status) || locationOf(this.#head) !== null) {
      this.#resolve({ ...this.#head, body: NOTHING })
    } else {
      this.#body = openBody(codingsIn(headers.get('content-encoding')), this.#hop.maxBytes, this)
    }
  }

  onResponseData(_: Controller, piece: Buffer): void {
    if (this.#body) this.#body.push(piece)
    else this.#drop(piece.byteLength)
  }

  onResponseEnd(): void {
    this.#isOver = true
    if (this.#head && this.#body) this.#finish(this.#head, this.#body)
  }

  onResponseError(_: Controller, error: Error): void {
    this.#isOver = true
    this.#body?.drop()
    this.#reject(error)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  fail(error: unknown): void {
    this.#reject(error)
    this.leave(error)
  }

  /** Ends the request where it is still under way, also where it has not begun yet. */
  leave(reason: unknown): void {
    if (this.#isOver) return
    this.#left ??= { reason }
    this.#controller?.abort(reason as Error)
  }

  #drop(size: number): void {
    this.#dropped += size
    if (this.#dropped > MOST_DROPPED) this.leave(new Error('The rest is not wanted.'))
  }

  #finish({ status, headers }: Omit<Answer, 'body'>, body: AnswerBody): void {
    const done = (whole: Uint8Array): void => this.#resolve({ status, headers, body: whole })
    try {
      const whole = body.end()
      if (whole instanceof Uint8Array) done(whole)
      else whole.then(done, this.#reject)
    } catch (error) {
      this.#reject(error)
    }
  }
}
