import type { Fields } from './fields.js'

/**
 * A request whose content is text, from a client in the same process: the part of the platform's `Request` that the API reads,
 * without a stream.
 */
export class TextRequest {
  readonly method: string
  readonly url: string
  readonly headers: Fields
  readonly signal: AbortSignal
  /** Its content; empty for none. */
  readonly content: string
  /** As the platform has it where nothing can be streamed. */
  readonly body = null

  constructor(url: string, init: { method: string; headers: Fields; content: string; signal: AbortSignal }) {
    this.url = url
    this.method = init.method
    this.headers = init.headers
    this.content = init.content
    this.signal = init.signal
  }

  /** The API takes it for what it replaces. */
  asRequest(): Request {
    return this as unknown as Request
  }
}

/**
 * An answer whose content is text: a `Response` as far as the API and its readers use one. A client in the same process and the listener
 * take its text as it is, and a stream is only made for a reader that asks for one. It can be read more than once.
 */
export class TextAnswer {
  readonly status: number
  readonly statusText = ''
  readonly headers: Fields
  readonly content: string
  readonly bodyUsed = false
  readonly redirected = false
  readonly type = 'default'
  readonly url = ''

  constructor(content: string, { status = 200, headers }: { status?: number; headers: Fields }) {
    this.content = content
    this.status = status
    this.headers = headers
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get body(): ReadableStream<Uint8Array> | null {
    return this.clone().body
  }

  async text(): Promise<string> {
    return this.content
  }

  async json(): Promise<unknown> {
    return JSON.parse(this.content)
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.clone().arrayBuffer()
  }

  /** The same answer by the platform's own class. */
  clone(): Response {
    return new Response(this.content, { status: this.status, headers: [...this.headers] })
  }

  /** What a caller of the API gets. */
  asResponse(): Response {
    return this as unknown as Response
  }
}

// `instanceof Response` holds, as for every other answer.
Object.setPrototypeOf(TextAnswer.prototype, Response.prototype)
