/** The most texts that are kept. */
const MOST_TEXTS = 200
/** The most characters of all of them together. */
const MOST_CHARACTERS = 512 * 1024

interface Entry<T> {
  made: T
  /** True if it was asked for since it was last spared. */
  used: boolean
}

/**
 * Keeps what was made of the last texts, so that the same text need not be read again. What was asked for meanwhile is spared
 * when the oldest has to go, once for each time round.
 */
export class ReadTexts<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #mostTexts: number
  readonly #mostCharacters: number
  #characters = 0

  constructor(mostTexts = MOST_TEXTS, mostCharacters = MOST_CHARACTERS) {
    this.#mostTexts = mostTexts
    this.#mostCharacters = mostCharacters
  }

  get size(): number {
    return this.#entries.size
  }

  /** @param make what a text is read as; what it throws is thrown, and not kept */
  of(text: string, make: (text: string) => T): T {
    const known = this.#entries.get(text)
    if (known) {
      known.used = true
      return known.made
    }
    const made = make(text)
    if (text.length <= this.#mostCharacters) this.#keep(text, made)
    return made
  }

  #keep(text: string, made: T): void {
    this.#characters += text.length
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size < this.#mostTexts && this.#characters <= this.#mostCharacters) break
      this.#entries.delete(oldest)
      if (entry.used) {
        entry.used = false
        this.#entries.set(oldest, entry)
      } else this.#characters -= oldest.length
    }
    this.#entries.set(text, { made, used: false })
  }
}
