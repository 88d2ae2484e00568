import { STOP_WORDS } from './stop-words.js'
import { IN_NEED } from './weights.js'
import { type Word, WordReader } from './words.js'

/** Of a longer need the beginning is read. Characters. */
const LONGEST_NEED = 2000

/** A need in plain words, read. What is counted says how often it is in the need, less where it matters less. */
export interface Need {
  /** By stem. */
  words: ReadonlyMap<string, number>
  /** Words that stand next to each other, and the stem of both written as one. */
  neighbours: readonly { first: string; second: string; joined: string; weight: number }[]
  /** The stems of words that say nothing. They are looked for where nothing else is found. */
  stopWords: ReadonlySet<string>
}

/** Names of one thing, which are nothing to look for: UUIDs, hashes, numbers in brackets. */
const PLACEHOLDERS: readonly RegExp[] = [
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b(?=[a-f]{0,20}\d)[0-9a-f]{16,128}\b/gi,
  /[([{<]#?\d{1,40}[)\]}>]/g,
]

/** Values that tell what kind they are: actions that take such a value fit better. */
const KINDS: readonly { seen: RegExp; words: readonly string[] }[] = [
  {
    seen: /\b(?:\d{4}-\d\d?-\d\d?|\d\d?\/\d\d?\/\d{2,4}|january|february|march|april|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|yesterday)\b/i,
    words: ['date'],
  },
  { seen: /\b\d\d?(?::\d\d)?\s?[ap]m\b|\b\d\d?:\d\d\b/i, words: ['time'] },
  { seen: /[\w.+-]@[\w-]/, words: ['email'] },
  { seen: /\bhttps?:\/\//i, words: ['url'] },
  { seen: /\w\.(?:pdf|docx?|xlsx?|pptx?|csv|txt|md|html?|png|jpe?g|gif|zip|mp[34])\b/i, words: ['file'] },
  { seen: /[$€£]\s?\d/, words: ['amount', 'price'] },
]

/** A short text in quotation marks, neither of which is inside a word. */
const QUOTED = /(?<![\p{L}\p{N}])(["“‘'`])([^"“”‘’'`\n]{1,80})["”’'`](?![\p{L}\p{N}])/gu

/** Reads a need in plain words. Linear; what is too long is cut. */
export function readNeed(text: string): Need {
  const reader = new WordReader()
  const need = text.slice(0, LONGEST_NEED)
  const words = new Map<string, number>()
  const neighbours: Need['neighbours'][number][] = []
  const stopWords = new Set<string>()
  for (const { part, weight } of partsOf(withoutPlaceholders(need))) {
    let before: Word | undefined
    for (const word of reader.read(part, LONGEST_NEED)) {
      if (STOP_WORDS.has(word.text)) {
        stopWords.add(word.stem)
        continue
      }
      if (before)
        neighbours.push({
          first: before.stem,
          second: word.stem,
          joined: reader.word(before.text + word.text).stem,
          weight,
        })
      before = word
      if (word.text.length > 1)
        words.set(word.stem, (words.get(word.stem) ?? 0) + weight * (isNumber(word) ? IN_NEED.number : 1))
    }
  }
  for (const kind of kindsIn(need)) {
    const { stem } = reader.word(kind)
    if (!words.has(stem)) words.set(stem, IN_NEED.kind)
  }
  return { words, neighbours, stopWords }
}

const isNumber = ({ text }: Word): boolean => /^\p{N}+$/u.test(text)

const withoutPlaceholders = (need: string): string =>
  PLACEHOLDERS.reduce((text, placeholder) => text.replace(placeholder, ' '), withoutAddresses(need))

/** `@ada` stays. */
const withoutAddresses = (need: string): string =>
  need
    .split(' ')
    .filter((part) => part.indexOf('@') < 1)
    .join(' ')

const kindsIn = (need: string): string[] => KINDS.flatMap(({ seen, words }) => (seen.test(need) ? words : []))

/** The need, with what it quotes apart. */
function partsOf(need: string): { part: string; weight: number }[] {
  const parts: { part: string; weight: number }[] = []
  let end = 0
  for (const quotation of need.matchAll(QUOTED)) {
    parts.push(
      { part: need.slice(end, quotation.index), weight: 1 },
      { part: quotation[2] ?? '', weight: IN_NEED.quoted },
    )
    end = quotation.index + quotation[0].length
  }
  return [...parts, { part: need.slice(end), weight: 1 }]
}
