/** More words than this are not told apart in a pair: two numbers have to fit into one exactly. */
const MOST_WORDS = 2 ** 26

/** Numbers the words and the pairs of neighbouring words of an index: its terms. */
export class Vocabulary {
  readonly #words = new Map<string, number>()
  readonly #pairs = new Map<number, number>()

  /** How many terms there are. */
  get size(): number {
    return this.#words.size + this.#pairs.size
  }

  words(): Iterable<[string, number]> {
    return this.#words
  }

  find(stem: string): number | undefined {
    return this.#words.get(stem)
  }

  findPair(first: number, second: number): number | undefined {
    return this.#pairs.get(first * MOST_WORDS + second)
  }

  /** The number of a word, which it gets if it has none. */
  add(stem: string): number {
    const known = this.#words.get(stem)
    if (known !== undefined) return known
    const term = this.size
    this.#words.set(stem, term)
    return term
  }

  addPair(first: number, second: number): number {
    const key = first * MOST_WORDS + second
    const known = this.#pairs.get(key)
    if (known !== undefined) return known
    const term = this.size
    this.#pairs.set(key, term)
    return term
  }
}
