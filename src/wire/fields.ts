import { headerValue } from '../base/header-value.js'

/** What a header field can hold. @see https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/**
 * The header fields of a message whose content is text: what of the platform's `Headers` is used, at a tenth of its cost. Each
 * name has one value, so that `set-cookie` has no place here. Names are read in any case.
 */
export class Fields implements Iterable<[string, string]> {
  readonly #values = new Map<string, string>()

  /** @throws TypeError as `set` */
  constructor(given: Readonly<Record<string, string>> = {}) {
    for (const name in given) this.set(name, given[name] ?? '')
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase())
  }

  /**
   * White space around a value is not part of it.
   * @throws TypeError for a value that no header field can hold, as it would fail on the way over a network
   */
  set(name: string, value: string): void {
    const own = headerValue(value)
    if (!VALUE.test(own)) throw new TypeError(`The value of the header field ${name} cannot be sent.`)
    this.#values.set(name.toLowerCase(), own)
  }

  delete(name: string): void {
    this.#values.delete(name.toLowerCase())
  }

  /** None: a cookie needs a field of its own each time. */
  getSetCookie(): string[] {
    return []
  }

  forEach(take: (value: string, name: string) => void): void {
    this.#values.forEach(take)
  }

  entries(): IterableIterator<[string, string]> {
    return this.#values.entries()
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries()
  }
}
