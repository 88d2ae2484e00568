import { BoundedMap } from './bounded-map.js'

/** How much is remembered. */
interface Bounds {
  /** The most texts; those used least recently go first. */
  most: number
  /** A longer text is read each time, so that what is kept stays small. Characters. */
  longest: number
}

/** What was made of the last texts, where the same few come again and again and reading one costs something. */
export class RememberedTexts<Made> {
  readonly #texts: BoundedMap<string, { made: Made }>
  readonly #longest: number

  constructor({ most, longest }: Bounds) {
    this.#texts = new BoundedMap(most)
    this.#longest = longest
  }

  get size(): number {
    return this.#texts.size
  }

  /** @param make what a text is read as, from the text alone; what it throws is thrown, and not kept */
  of(text: string, make: (text: string) => Made): Made {
    if (text.length > this.#longest) return make(text)
    const known = this.#texts.get(text)
    if (known) return known.made
    const made = make(text)
    this.#texts.set(text, { made })
    return made
  }

  clear(): void {
    this.#texts.clear()
  }
}
