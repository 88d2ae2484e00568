import { buildIndex, type IndexParts } from './build.js'
import type { ActionDocument } from './document.js'
import { type Need, readNeed } from './need.js'
import { addScores } from './postings.js'
import { synonymsOf } from './synonyms.js'
import { HALF_OF_NEED, IN_NEED, LIKENESS, PREFERRED, WHOLE_CONNECTOR, WHOLE_NAME } from './weights.js'

export type { ActionDocument } from './document.js'

/** Unknown words of one need for which similar ones are looked for. */
const MOST_UNKNOWN = 24

export interface ActionMatch {
  /** Which of the documents, as they were handed in. */
  position: number
  /** Comparable within one search only. */
  score: number
  /**
   * Whether the action itself has a word of the need, or a relative of one. Others are there because of their connector, or
   * so that the answer is not empty.
   */
  fits: boolean
}

export interface SearchOptions {
  /** How many matches are returned at most. */
  count: number
  /** Names of connectors whose actions come before equals of others: those with a linked account. */
  preferred?: ReadonlySet<string> | undefined
  /** Which documents are searched, by their position; all by default. Asked once for each document that is compared. */
  only?: ((position: number) => boolean) | undefined
}

/** What the steps of one search have in common. */
type Choice = Pick<SearchOptions, 'preferred' | 'only'>

/**
 * Finds actions by a need in plain words, with BM25F: by how rare the words are that an action shares with the need, in which of
 * its parts they stand, and how long these are.
 * @see Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.6
 */
export class ActionIndex {
  readonly #documents: readonly Pick<ActionDocument, 'connector'>[]
  readonly #parts: IndexParts

  constructor(documents: readonly ActionDocument[]) {
    this.#documents = documents.map(({ connector }) => ({ connector }))
    this.#parts = buildIndex(documents)
  }

  /**
   * @returns the best first; empty only if no document is searched. Where nothing fits at all, the first documents with a score
   * of 0
   */
  search(text: string, { count, ...choice }: SearchOptions): ActionMatch[] {
    const need = readNeed(text)
    const found =
      this.#matches(this.#termsOf(need), choice) ??
      this.#matches(this.#stopWordsOf(need), choice) ??
      this.#matches(this.#leastSimilar(need), choice)?.map((match) => ({ ...match, fits: false })) ??
      this.#inOrder(choice)
    // Equals stay in the order in which they are.
    return found.sort((a, b) => b.score - a.score).slice(0, count)
  }

  /** @returns undefined if no document that is searched has any of the terms */
  #matches(terms: ReadonlyMap<number, number>, { preferred, only }: Choice): ActionMatch[] | undefined {
    const { actions, connectors, names, connectorOf, connectorCount } = this.#parts
    const size = this.#documents.length
    const [scores, ofNames] = [new Float64Array(size), new Float64Array(size)]
    const ofConnectors = new Float64Array(connectorCount)
    for (const [term, weight] of terms) {
      addScores(actions, term, weight, scores)
      addScores(connectors, term, weight, ofConnectors)
      addScores(names, term, Math.min(1, weight), ofNames)
    }
    const found: ActionMatch[] = []
    for (let position = 0; position < size; position += 1) {
      const own = (scores[position] ?? 0) + WHOLE_CONNECTOR * (ofConnectors[connectorOf[position] ?? 0] ?? 0)
      const score = own * (1 + WHOLE_NAME * (ofNames[position] ?? 0))
      if (score <= 0 || only?.(position) === false) continue
      found.push({ position, score: score * this.#preference(position, preferred), fits: (scores[position] ?? 0) > 0 })
    }
    return found.length === 0 ? undefined : found
  }

  /** The terms of the index that a need has to do with, and how much each of them counts. */
  #termsOf({ words, neighbours }: Need): Map<number, number> {
    const { vocabulary } = this.#parts
    const counts = new Map<number, number>()
    const count = (term: number | undefined, weight: number) => {
      if (term !== undefined) counts.set(term, (counts.get(term) ?? 0) + weight)
    }
    for (const [stem, weight] of words) count(vocabulary.find(stem), weight)
    for (const { first, second, joined, weight } of neighbours) {
      count(vocabulary.find(joined), weight * IN_NEED.joined)
      const [one, other] = [vocabulary.find(first), vocabulary.find(second)]
      if (one !== undefined && other !== undefined) count(vocabulary.findPair(one, other), weight * IN_NEED.pair)
    }
    const terms = new Map([...counts].map(([term, times]) => [term, saturated(times)]))
    this.#addRelatives(words, terms)
    return terms
  }

  /** Adds similar words for those that are unknown, and synonyms. A term counts as its nearest relative makes it count. */
  #addRelatives(words: Need['words'], terms: Map<number, number>): void {
    const { vocabulary, similarWords } = this.#parts
    const relatives = new Map<number, number>()
    const relate = (term: number | undefined, weight: number) => {
      if (term !== undefined && !terms.has(term)) relatives.set(term, Math.max(relatives.get(term) ?? 0, weight))
    }
    let unknown = 0
    for (const [stem, times] of words) {
      const weight = saturated(times)
      const isKnown = vocabulary.find(stem) !== undefined
      const synonyms = [...synonymsOf(stem)].map((synonym) => vocabulary.find(synonym))
      for (const synonym of synonyms) relate(synonym, weight * (isKnown ? IN_NEED.synonym : IN_NEED.standIn))
      const isLost = !isKnown && synonyms.every((synonym) => synonym === undefined)
      if (!isLost || stem.length < 4 || unknown >= MOST_UNKNOWN) continue
      unknown += 1
      for (const { word, likeness } of similarWords.find(stem, LIKENESS.usual))
        relate(vocabulary.find(word), weight * likeness * IN_NEED.similar)
    }
    for (const [term, weight] of relatives) terms.set(term, weight)
  }

  #stopWordsOf({ stopWords }: Need): Map<number, number> {
    return this.#known(stopWords)
  }

  #leastSimilar({ words, stopWords }: Need): Map<number, number> {
    const some = [...words.keys(), ...stopWords].slice(0, MOST_UNKNOWN)
    return this.#known(
      some.flatMap((stem) => this.#parts.similarWords.find(stem, LIKENESS.least).map(({ word }) => word)),
    )
  }

  #known(stems: Iterable<string>): Map<number, number> {
    const terms = [...stems].map((stem) => this.#parts.vocabulary.find(stem)).filter((term) => term !== undefined)
    return new Map(terms.map((term) => [term, 1]))
  }

  /** All documents that are searched, with a score of 0: those of preferred connectors, then the others. */
  #inOrder({ preferred, only = () => true }: Choice): ActionMatch[] {
    const all = this.#documents
      .map((_, position) => ({ position, score: 0, fits: false }))
      .filter(({ position }) => only(position))
    const isPreferred = ({ position }: ActionMatch) => this.#preference(position, preferred) > 1
    return [...all.filter(isPreferred), ...all.filter((match) => !isPreferred(match))]
  }

  #preference(position: number, preferred?: ReadonlySet<string>): number {
    return preferred?.has(this.#documents[position]?.connector ?? '') ? 1 + PREFERRED : 1
  }
}

/** What is said again counts, but less each time. */
const saturated = (times: number): number => (times * (HALF_OF_NEED + 1)) / (HALF_OF_NEED + times)
