/**
 * Finds the names that look most like a wrong one, for "did you mean".
 * @param most how many are returned at most
 * @returns best first; empty if none is similar
 */
export function closeNames(wrong: string, names: readonly string[], most = 5): string[] {
  const words = wordsOf(wrong)
  return names
    .map((name) => ({ name, score: likeness(words, wordsOf(name)) }))
    .filter(({ score }) => score >= 0.4)
    .sort((a, b) => b.score - a.score || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name)
}

/** A longer text is not a misspelt name, and comparing it would take time. Characters. */
const LONGEST_NAME = 100

/** A suffix for a sentence about an unknown name: ` (did you mean this or that?)`. Empty if no name is similar. */
export function didYouMean(wrong: string, names: readonly string[]): string {
  if (wrong.length > LONGEST_NAME) return ''
  // A wrong guess leads further astray than none.
  const close = closeNames(wrong, names, 3).filter((name) => isCloseEnough(wrong, name))
  return close.length === 0 ? '' : ` (did you mean ${close.join(' or ')}?)`
}

const isCloseEnough = (wrong: string, name: string): boolean =>
  likeness(wordsOf(wrong), wordsOf(name)) > 0.55 || lettersOf(wrong) === lettersOf(name)

/** Two letters that changed places make other pairs of them all around. */
const lettersOf = (name: string): string => [...name.toLowerCase()].sort().join('')

/** Pairs of neighbouring letters. @see https://en.wikipedia.org/wiki/S%C3%B8rensen%E2%80%93Dice_coefficient */
function wordsOf(name: string): Set<string> {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  return new Set(Array.from({ length: Math.max(letters.length - 1, 0) }, (_, index) => letters.slice(index, index + 2)))
}

function likeness(a: Set<string>, b: Set<string>): number {
  const shared = [...a].filter((pair) => b.has(pair)).length
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size)
}
