/** What is left of a name for the comparison. */
interface Shape {
  /** Pairs of neighbouring letters. */
  pairs: ReadonlySet<string>
  /** `pull`, `requests`; also of `pullRequests`. */
  words: readonly string[]
}

/** A longer text is not a misspelt name, and comparing it would take time. Characters. */
const LONGEST_NAME = 100

/**
 * Finds the names that look most like a wrong one, for "did you mean".
 * @param wrong may be any text; of a very long one nothing is found
 * @param most how many are returned at most
 * @returns best first; empty if none is similar
 */
export function closeNames(wrong: string, names: readonly string[], most = 5): string[] {
  if (wrong.length > LONGEST_NAME) return []
  const shape = shapeOf(wrong)
  return names
    .map((name) => ({ name, score: likeness(shape, shapeOf(name)) }))
    .filter(({ score }) => score >= 0.4)
    .sort((a, b) => b.score - a.score || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name)
}

/**
 * A suffix for a sentence about an unknown name that means one thing: a parameter, a field. ` (did you mean this or that?)`, or
 * empty if no name is very similar: a wrong guess leads further astray than none.
 */
export function didYouMean(wrong: string, names: readonly string[]): string {
  const shape = shapeOf(wrong.slice(0, LONGEST_NAME))
  return suffix(closeNames(wrong, names, 3).filter((name) => isCloseEnough({ wrong, shape }, name)))
}

/**
 * The same for a name that stands for a whole need, as that of an action or a connector: the three most likely, even if the caller
 * has to look at what they do.
 */
export const mostLikely = (wrong: string, names: readonly string[]): string => suffix(closeNames(wrong, names, 3))

const suffix = (names: readonly string[]): string =>
  names.length === 0
    ? ''
    : ` (did you mean ${names.slice(0, -1).join(', ')}${names.length > 1 ? ' or ' : ''}${names.at(-1)}?)`

const isCloseEnough = ({ wrong, shape }: { wrong: string; shape: Shape }, name: string): boolean =>
  likeness(shape, shapeOf(name)) > 0.55 || lettersOf(wrong) === lettersOf(name)

/** Two letters that changed places make other pairs of them all around. */
const lettersOf = (name: string): string => [...name.toLowerCase()].sort().join('')

function shapeOf(name: string): Shape {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
  const letters = words.join('')
  const pairs = Array.from({ length: Math.max(letters.length - 1, 0) }, (_, at) => letters.slice(at, at + 2))
  return { words, pairs: new Set(pairs) }
}

/** From 0 to 1: by letters, for what is misspelt, or by words, for what is in another order, cut short or written out. */
const likeness = (a: Shape, b: Shape): number => Math.max(likenessOfLetters(a, b), likenessOfWords(a, b))

/** @see https://en.wikipedia.org/wiki/S%C3%B8rensen%E2%80%93Dice_coefficient */
function likenessOfLetters({ pairs: a }: Shape, { pairs: b }: Shape): number {
  const shared = [...a].filter((pair) => b.has(pair)).length
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size)
}

function likenessOfWords({ words: a }: Shape, { words: b }: Shape): number {
  const shared = a.reduce((sum, word) => sum + Math.max(0, ...b.map((other) => likenessOfTwo(word, other))), 0)
  return a.length + b.length === 0 ? 0 : (2 * Math.min(shared, b.length)) / (a.length + b.length)
}

/** The fewest letters that stand for a longer word: `repo`, `org`. */
const SHORTEST_FORM = 3

function likenessOfTwo(a: string, b: string): number {
  if (a === b) return 1
  const [short, long] = a.length < b.length ? [a, b] : [b, a]
  return short.length >= SHORTEST_FORM && long.startsWith(short) ? 0.9 : 0
}
