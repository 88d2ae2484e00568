/** How many similar words stand in for one that is unknown. */
const MOST_SIMILAR = 4

/** Finds words that share many groups of three letters with one: a slip of the keyboard, the parts of a compound. */
export class SimilarWords {
  /** The words that have a trigram, by the trigram. */
  readonly #having = new Map<string, string[]>()

  constructor(words: Iterable<string>) {
    for (const word of words)
      for (const trigram of trigramsOf(word)) {
        const having = this.#having.get(trigram)
        if (having) having.push(word)
        else this.#having.set(trigram, [word])
      }
  }

  /**
   * @param least how much has to be shared, between 0 and 1
   * @returns the most similar first, and how much each shares
   * @see https://en.wikipedia.org/wiki/S%C3%B8rensen%E2%80%93Dice_coefficient
   */
  find(word: string, least: number): { word: string; likeness: number }[] {
    const trigrams = trigramsOf(word)
    const shared = new Map<string, number>()
    for (const trigram of trigrams)
      for (const having of this.#having.get(trigram) ?? []) shared.set(having, (shared.get(having) ?? 0) + 1)
    return [...shared]
      .map(([other, count]) => ({ word: other, likeness: (2 * count) / (trigrams.size + other.length) }))
      .filter(({ likeness }) => likeness >= least)
      .sort((a, b) => b.likeness - a.likeness || (a.word < b.word ? -1 : 1))
      .slice(0, MOST_SIMILAR)
  }
}

/** Beginning and end count as letters, so there are as many as the word has letters, if they are all different. */
function trigramsOf(word: string): Set<string> {
  const letters = [...`^${word}$`]
  return new Set(letters.slice(2).map((letter, index) => `${letters[index]}${letters[index + 1]}${letter}`))
}
