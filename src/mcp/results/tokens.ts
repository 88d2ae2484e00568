/*
 * How many tokens of a model a text is, without a tokenizer: that would be megabytes to load and milliseconds for a call. Measured
 * against o200k_base on what this server answers (test/mcp/results/tokens.test.ts): never more than 10 % too few.
 */

const LETTER = 1
const DIGIT = 2
const SPACE = 3
const MARK = 4

/** The kind of each ASCII character. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[A-Za-z]/.test(character)) return LETTER
  if (/\d/.test(character)) return DIGIT
  return /\s/.test(character) ? SPACE : MARK
})

/** Letters in one token: of a usual word, and of what follows in a longer one. Capitals are words less often than ids. */
const WORD = 7
const PART = 2.7
const CAPITALS = 2.5
/** Digits in one token. */
const DIGITS = 3
/** Marks that stand together, as `":"` and `"},{"` in JSON, are often one token: what they cost, and each of them more. */
const MARKS = { together: 0.5, each: 0.25 }
/** A single mark right before a word, as in `/issues` and `created_at`, is often in one token with it. */
const MARK_OF_WORD = 0.8
const UNDERSCORE = 0.35
/** An estimate should rather be too high. */
const UPWARDS = 1.03
/** What a word costs more that follows letters or digits without a mark, as in ids. */
const IN_ID = 0.5
/** Tokens for each UTF-16 unit from this code on, whose last digit is 0. */
const BEYOND_ASCII: readonly [from: number, tokens: number][] = [
  // Symbols, private use and halves of emoji; what is between are ideographs and syllables.
  [0xd800, 1.2],
  [0xac00, 0.9],
  [0xa000, 1.9],
  [0x3000, 0.9],
  // Punctuation, then signs of mathematics, arrows and frames, then Braille and rarer signs.
  [0x2800, 2],
  [0x2070, 1.7],
  [0x2000, 1.2],
  // Scripts that are rare in what a tokenizer was made from, and between them those that are not.
  [0x1f00, 1.7],
  [0x1e00, 0.5],
  [0x1800, 1.9],
  [0x1780, 0.7],
  [0x1200, 2.4],
  [0x1000, 0.5],
  [0x0e80, 1.7],
  [0x0b80, 0.5],
  [0x0b00, 1.1],
  [0x0900, 0.5],
  [0x0700, 1.8],
  // Latin with accents; signs of phonetics and accents alone; Greek, Cyrillic, Hebrew and Arabic.
  [0x0370, 0.5],
  [0x0250, 1.3],
  [0x0080, 0.5],
]
/** The same for each sixteen units. */
const OF_BLOCK = new Float64Array(4_096).fill(1)
for (const [from, tokens] of BEYOND_ASCII.toReversed()) OF_BLOCK.fill(tokens, from / 16)

/** No text has more tokens for each UTF-16 unit. */
const MOST_FOR_UNIT = 2.5

/**
 * Estimates how many tokens a text is, in one pass.
 * @param text JSON, mostly; estimates of parts add up to a little more than that of the whole
 */
export function estimateTokens(text: string): number {
  let tokens = 0
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code > 127) {
      tokens += OF_BLOCK[code >> 4] ?? 1
      at += 1
      continue
    }
    const kind = KINDS[code] ?? MARK
    const end = endOfRun(text, at, kind)
    tokens += tokensOfRun(kind, text, at, end)
    at = end
  }
  return Math.ceil(tokens * UPWARDS)
}

/** Whether a text is estimated to be so many tokens at most. */
export const takesAtMost = (text: string, tokens: number): boolean =>
  text.length * MOST_FOR_UNIT <= tokens || estimateTokens(text) <= tokens

/** A word ends before a capital letter in it. */
function endOfRun(text: string, start: number, kind: number): number {
  let at = start + 1
  while (at < text.length && KINDS[text.charCodeAt(at)] === kind) {
    if (kind === LETTER && isCapital(text.charCodeAt(at)) && !isCapital(text.charCodeAt(at - 1))) break
    at += 1
  }
  return at
}

const isCapital = (code: number): boolean => code >= 65 && code <= 90

function tokensOfRun(kind: number, text: string, start: number, end: number): number {
  const length = end - start
  if (kind === LETTER) {
    const isWord = length <= 2 || !isCapital(text.charCodeAt(start + 1))
    const before = KINDS[text.charCodeAt(start - 1)]
    const more = before === LETTER || before === DIGIT ? IN_ID : 0
    return more + (isWord ? 1 + Math.max(0, length - WORD) / PART : length / CAPITALS)
  }
  if (kind === DIGIT) return Math.ceil(length / DIGITS)
  // One space belongs to the word after it.
  if (kind === SPACE) return length === 1 && text.charCodeAt(start) === 32 ? 0 : 1
  if (length === 1 && KINDS[text.charCodeAt(end)] === LETTER)
    return text.charCodeAt(start) === 95 ? UNDERSCORE : MARK_OF_WORD
  return Math.max(1, MARKS.together + length * MARKS.each)
}
