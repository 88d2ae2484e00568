/** Which documents a term is in, and how much it weighs there: those of term `t` are between `starts[t]` and `starts[t + 1]`. */
export interface Postings {
  starts: Int32Array
  documents: Int32Array
  weights: Float32Array
}

/** Takes postings in any order. Documents and terms are numbers from 0 on. */
export class PostingsBuilder {
  readonly #terms: number[] = []
  readonly #documents: number[] = []
  readonly #weights: number[] = []

  add(term: number, document: number, weight: number): void {
    this.#terms.push(term)
    this.#documents.push(document)
    this.#weights.push(weight)
  }

  /** @param termCount how many terms there are; their numbers are smaller */
  build(termCount: number): Postings {
    const starts = new Int32Array(termCount + 1)
    for (const term of this.#terms) starts[term + 1] = (starts[term + 1] ?? 0) + 1
    for (let term = 0; term < termCount; term += 1) starts[term + 1] = (starts[term + 1] ?? 0) + (starts[term] ?? 0)
    const next = starts.slice()
    const [documents, weights] = [new Int32Array(this.#terms.length), new Float32Array(this.#terms.length)]
    this.#terms.forEach((term, index) => {
      const place = next[term] ?? 0
      next[term] = place + 1
      documents[place] = this.#documents[index] ?? 0
      weights[place] = this.#weights[index] ?? 0
    })
    return { starts, documents, weights }
  }
}

export function countOf({ starts }: Postings, term: number): number {
  return (starts[term + 1] ?? 0) - (starts[term] ?? 0)
}

/** Adds to the score of each document that has a term: its weight there times a factor. */
export function addScores(
  { starts, documents, weights }: Postings,
  term: number,
  factor: number,
  scores: Float64Array,
): void {
  const end = starts[term + 1] ?? 0
  for (let place = starts[term] ?? 0; place < end; place += 1) {
    const document = documents[place] ?? 0
    scores[document] = (scores[document] ?? 0) + factor * (weights[place] ?? 0)
  }
}
