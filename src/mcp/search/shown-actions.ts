import { estimateTokens } from '../results/tokens.js'
import { DETAILS, type FoundAction, type ShownAction, shownAction } from './found-action.js'

/** What five actions may take of a model's context, and each further one. Tokens, of which what is said beside them is taken off. */
const TOKENS = { five: 1_400, each: 280 }

/**
 * The actions as far as they fit: what is left out goes from the last one first, and from the least needed to the most. What is
 * best fits best, and stays whole longest.
 * @param found the best first
 */
export function fittingActions(found: readonly FoundAction[]): ShownAction[] {
  const budget = TOKENS.five + TOKENS.each * Math.max(0, found.length - 5)
  const shown = found.map((action) => shownAction(action, 0))
  const sizes = shown.map(tokensOf)
  let total = sizes.reduce((sum, size) => sum + size, 0)
  for (let level = 1; level < DETAILS.length; level += 1) {
    for (let place = found.length - 1; place >= 0 && total > budget; place -= 1) {
      const less = shownAction(found[place] as FoundAction, level)
      total += tokensOf(less) - (sizes[place] ?? 0)
      shown[place] = less
      sizes[place] = tokensOf(less)
    }
  }
  return shown
}

const tokensOf = (action: ShownAction): number => estimateTokens(JSON.stringify(action))
