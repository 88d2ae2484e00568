import type { ActionDocument } from './document.js'
import { countOf, type Postings, PostingsBuilder } from './postings.js'
import { SimilarWords } from './similar-words.js'
import { STOP_WORDS } from './stop-words.js'
import { Vocabulary } from './vocabulary.js'
import { FIELD_WEIGHTS, HALF_OF_ACTION, HALF_OF_CONNECTOR } from './weights.js'
import { type Word, WordReader } from './words.js'

/** What is read of one part of an action at most; it may come from another service. Characters. */
const LONGEST_FIELD = 4000

export interface IndexParts {
  vocabulary: Vocabulary
  similarWords: SimilarWords
  /** By action: how much each term says about it. */
  actions: Postings
  /** By connector: the same of all of its actions together. */
  connectors: Postings
  /** By action: which share of its name a word is. */
  names: Postings
  /** The number of the connector of each action. */
  connectorOf: Int32Array
  connectorCount: number
}

type FieldName = keyof typeof FIELD_WEIGHTS
const FIELDS = Object.keys(FIELD_WEIGHTS) as FieldName[]
/** Parts in which neighbouring words are a term, too. Names of parameters stand side by side by chance. */
const IN_ORDER: ReadonlySet<FieldName> = new Set(['connector', 'name', 'description', 'examples'])

const textsOf = (document: ActionDocument): Record<FieldName, string> => ({
  connector: `${document.connector} . ${document.connectorTitle}`,
  name: document.name,
  description: document.description,
  examples: document.examples.join(' . '),
  parameterNames: document.parameters.map(({ name }) => name).join(' . '),
  parameterTexts: document.parameters.map(({ description }) => description).join(' . '),
  effect: document.effect ?? '',
})

/** Builds the index of some actions. Linear in their texts. */
export function buildIndex(documents: readonly ActionDocument[]): IndexParts {
  const reader = new WordReader()
  const read = documents.map((document) => {
    const texts = textsOf(document)
    return FIELDS.map((field) => reader.read(texts[field], LONGEST_FIELD))
  })
  const vocabulary = new Vocabulary()
  const weights = termWeights(read, vocabulary)
  const { connectorOf, connectorCount } = numberConnectors(documents)
  const actions = postingsOf(weights, HALF_OF_ACTION, vocabulary.size)
  return {
    vocabulary,
    similarWords: new SimilarWords([...vocabulary.words()].map(([word]) => word)),
    actions,
    connectors: postingsOf(together(weights, connectorOf, connectorCount), HALF_OF_CONNECTOR, vocabulary.size),
    names: nameShares(read, { vocabulary, actions }),
    connectorOf,
    connectorCount,
  }
}

const meaning = (words: readonly Word[]): Word[] => words.filter(({ text }) => !STOP_WORDS.has(text))

/** For each action its terms, and how much each weighs: by the parts it stands in and how long these are. */
function termWeights(read: readonly Word[][][], vocabulary: Vocabulary): Map<number, number>[] {
  const average = FIELDS.map((_, field) => averageLength(read.map((fields) => meaning(fields[field] ?? []).length)))
  return read.map((fields) => {
    const weights = new Map<number, number>()
    FIELDS.forEach((field, number) => {
      const { weight, evenness } = FIELD_WEIGHTS[field]
      const words = meaning(fields[number] ?? [])
      const each = weight / (1 - evenness + (evenness * words.length) / (average[number] ?? 1))
      for (const term of termsOf(words, field, vocabulary)) weights.set(term, (weights.get(term) ?? 0) + each)
    })
    // Words without meaning are found where a need has no others: "who am I".
    for (const { text, stem } of fields[FIELDS.indexOf('name')] ?? [])
      if (STOP_WORDS.has(text)) weights.set(vocabulary.add(stem), FIELD_WEIGHTS.name.weight)
    return weights
  })
}

function averageLength(lengths: readonly number[]): number {
  const filled = lengths.filter((length) => length > 0)
  return filled.length === 0 ? 1 : filled.reduce((sum, length) => sum + length, 0) / filled.length
}

function termsOf(words: readonly Word[], field: FieldName, vocabulary: Vocabulary): number[] {
  const terms = words.map(({ stem }) => vocabulary.add(stem))
  if (!IN_ORDER.has(field)) return terms
  return [...terms, ...terms.slice(1).map((term, index) => vocabulary.addPair(terms[index] as number, term))]
}

/** Actions without a connector stand each for itself. */
function numberConnectors(documents: readonly ActionDocument[]): Pick<IndexParts, 'connectorOf' | 'connectorCount'> {
  const numbers = new Map<string, number>()
  const connectorOf = Int32Array.from(documents, ({ connector }, position) => {
    const key = connector === '' ? `#${position}` : connector
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
  return { connectorOf, connectorCount: numbers.size }
}

/** The terms of connectors: those of their actions, less for each where there are many. */
function together(
  weights: readonly Map<number, number>[],
  connectorOf: Int32Array,
  count: number,
): Map<number, number>[] {
  const sizes = new Int32Array(count)
  for (const connector of connectorOf) sizes[connector] = (sizes[connector] ?? 0) + 1
  const sums = Array.from({ length: count }, () => new Map<number, number>())
  weights.forEach((terms, position) => {
    const connector = connectorOf[position] ?? 0
    const sum = sums[connector]
    const share = 1 / Math.sqrt(sizes[connector] ?? 1)
    for (const [term, weight] of terms) sum?.set(term, (sum.get(term) ?? 0) + weight * share)
  })
  return sums
}

/** Postings with what a term contributes to a score: the rarer it is and the more it weighs, the more, up to a limit. */
function postingsOf(weights: readonly Map<number, number>[], half: number, termCount: number): Postings {
  const builder = new PostingsBuilder()
  weights.forEach((terms, document) => {
    for (const [term, weight] of terms) builder.add(term, document, weight / (half + weight))
  })
  const postings = builder.build(termCount)
  for (let term = 0; term < termCount; term += 1) {
    const rarity = rarityOf(countOf(postings, term), weights.length)
    for (let place = postings.starts[term] ?? 0; place < (postings.starts[term + 1] ?? 0); place += 1)
      postings.weights[place] = (postings.weights[place] ?? 0) * rarity
  }
  return postings
}

/** What a word says that so many of all documents have: the inverse document frequency of BM25. */
const rarityOf = (having: number, all: number): number => Math.log(1 + (all - having + 0.5) / (having + 0.5))

function nameShares(
  read: readonly Word[][][],
  { vocabulary, actions }: Pick<IndexParts, 'vocabulary' | 'actions'>,
): Postings {
  const builder = new PostingsBuilder()
  read.forEach((fields, position) => {
    const terms = new Set(meaning(fields[FIELDS.indexOf('name')] ?? []).map(({ stem }) => vocabulary.add(stem)))
    const rarities = [...terms].map((term) => ({ term, rarity: rarityOf(countOf(actions, term), read.length) }))
    const all = rarities.reduce((sum, { rarity }) => sum + rarity, 0)
    for (const { term, rarity } of rarities) builder.add(term, position, rarity / all)
  })
  return builder.build(vocabulary.size)
}
