/*
 * How many tokens of a model a text is, without a tokenizer: that would be megabytes to load and milliseconds for a call. Measured
 * against o200k_base on what this server answers (test/mcp/results/tokens.test.ts): never more than 10 % too few.
 */

/** Beyond ASCII, and at both ends of a text. */
const OTHER = 0
const LETTER = 1
const CAPITAL = 2
const DIGIT = 3
const SPACE = 4
const MARK = 5

/** The kind of each ASCII character. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code)
  if (/[a-z]/.test(character)) return LETTER
  if (/[A-Z]/.test(character)) return CAPITAL
  if (/\d/.test(character)) return DIGIT
  return /\s/.test(character) ? SPACE : MARK
})
const UNDERSCORE_CODE = 95
const SPACE_CODE = 32

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
 * Estimates how many tokens a text is. Looks at each character once, since this is a part of every call: the kind of the next character
 * ends a run, and begins the one after it.
 * @param text JSON, mostly; estimates of parts add up to a little more than that of the whole
 */
export function estimateTokens(text: string): number {
  const { length } = text
  let tokens = 0
  /** The kind of the character before the run. */
  let before = OTHER
  let code = length > 0 ? text.charCodeAt(0) : 0
  for (let at = 0; at < length; ) {
    const start = at
    const first = code
    const kind = kindOf(first)
    let last = kind
    let second = OTHER
    let next = OTHER
    for (;;) {
      at += 1
      code = at < length ? text.charCodeAt(at) : BEYOND
      next = kindOf(code)
      if (at === start + 1) second = next
      // A word ends before a capital letter in it.
      const goesOn = kind > CAPITAL ? next === kind : next === LETTER || (next === CAPITAL && last === CAPITAL)
      if (kind === OTHER || !goesOn) break
      last = next
    }
    if (kind === OTHER) tokens += OF_BLOCK[first >> 4] ?? 1
    else if (kind > CAPITAL) tokens += tokensOfRun(at - start, first, kind, next)
    else tokens += tokensOfWord(at - start, second, before)
    before = last
  }
  return Math.ceil(tokens * UPWARDS)
}

/** Any code beyond ASCII. */
const BEYOND = 128
const kindOf = (code: number): number => (code < BEYOND ? (KINDS[code] ?? OTHER) : OTHER)

/** @param second the kind of its second character @param before that of the character before it */
function tokensOfWord(length: number, second: number, before: number): number {
  const isWord = length <= 2 || second !== CAPITAL
  const more = before === LETTER || before === CAPITAL || before === DIGIT ? IN_ID : 0
  if (!isWord) return more + length / CAPITALS
  return more + (length > WORD ? 1 + (length - WORD) / PART : 1)
}

/** @param first its characters are all of the kind of this one @param next the kind of the character after it */
function tokensOfRun(length: number, first: number, kind: number, next: number): number {
  if (kind === DIGIT) return Math.ceil(length / DIGITS)
  // One space belongs to the word after it.
  if (kind === SPACE) return length === 1 && first === SPACE_CODE ? 0 : 1
  if (length === 1 && (next === LETTER || next === CAPITAL)) {
    return first === UNDERSCORE_CODE ? UNDERSCORE : MARK_OF_WORD
  }
  return Math.max(1, MARKS.together + length * MARKS.each)
}

/** Whether a text is estimated to be so many tokens at most. */
export const takesAtMost = (text: string, tokens: number): boolean =>
  text.length * MOST_FOR_UNIT <= tokens || estimateTokens(text) <= tokens
