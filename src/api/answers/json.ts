/** A JSON answer that remembers its text: a client in this process reads it without a stream in between. */
class JsonAnswer extends Response {
  readonly #text: string

  constructor(text: string) {
    super(text, { headers: { 'content-type': 'application/json' } })
    this.#text = text
  }

  override readonly text = async (): Promise<string> => this.#text

  override readonly json = async (): Promise<unknown> => JSON.parse(this.#text)
}

/** The answer of an action, the most frequent kind. */
export const jsonAnswer = (body: unknown): Response => new JsonAnswer(JSON.stringify(body))
