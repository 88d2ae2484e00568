/**
 * How much each part of an action counts, and how much its length: with `evenness` 0 a word in a long text counts as in a
 * short one, with 1 it counts in proportion. These and the numbers below were found on one half of the sets of
 * `npm run eval:search`; around them the results change little.
 */
export const FIELD_WEIGHTS = {
  connector: { weight: 1.5, evenness: 0.8 },
  name: { weight: 3, evenness: 0.6 },
  description: { weight: 0.8, evenness: 0.8 },
  examples: { weight: 0.5, evenness: 0.6 },
  parameterNames: { weight: 2, evenness: 0.6 },
  parameterTexts: { weight: 0.35, evenness: 0.6 },
  effect: { weight: 0.5, evenness: 0 },
} as const

/** From which weight on a word of an action counts half of what it can count. */
export const HALF_OF_ACTION = 4
/** The same for the words of a connector as a whole. */
export const HALF_OF_CONNECTOR = 0.7
/** How much its connector as a whole counts for an action. */
export const WHOLE_CONNECTOR = 0.7
/** How much more an action counts whose whole name is in the need. */
export const WHOLE_NAME = 0.15
/** From how many times on a word of the need counts half of what it can count. */
export const HALF_OF_NEED = 1.2

/** What counts less than a word of the need that is in the index. */
export const IN_NEED = {
  synonym: 0.25,
  /** The same where no action has the word itself. */
  standIn: 0.6,
  similar: 0.5,
  /** Two words that stand together in the need and in the action: this on top of what each of them counts. */
  pair: 0.35,
  /** Two words of the need that are one in the index (zip code, zipcode). */
  joined: 0.5,
  /** What stands in quotation marks is a value as a rule (the title of an issue), and says little about the action. */
  quoted: 0.6,
  number: 0.1,
  /** What kind of value stands in the need: a date, an address. */
  kind: 1,
} as const

/** How similar a word has to be to one that is unknown; the second, where nothing else is found. */
export const LIKENESS = { usual: 0.5, least: 0.1 } as const

/** Among actions whose scores differ by less than this share, those of a preferred connector come first. */
export const PREFERRED = 0.1
