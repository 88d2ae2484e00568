import { isPlainObject } from '../../base/json.js'
import { leavesOf } from './table.js'
import { estimateTokens } from './tokens.js'

/** More members of an item are not proposed: a model that wants them names them. */
const MOST_FIELDS = 12
/** What a table costs around its cells. Tokens. */
const AROUND = 60

/**
 * Which members of the items would have fitted, all items together: as many as possible, in the order in which the items have them,
 * addresses last.
 * @param items of the list that was too long, as the third party sent them
 * @param tokens the budget of the whole list
 * @returns dotted paths for `response_fields`; none where not even one member fits, or all do
 */
export function fittingFields(items: readonly unknown[], tokens: number): string[] {
  const costs = new Map<string, number>()
  for (const item of items) {
    const leaves = isPlainObject(item) ? leavesOf(item) : undefined
    if (leaves === undefined) return []
    for (const [path, value] of leaves) {
      const known = costs.get(path)
      // What the members of a map are called is not known before.
      if (known === undefined && costs.size >= 500) continue
      costs.set(path, (known ?? estimateTokens(path) + 1) + estimateTokens(JSON.stringify(value)) + 1)
    }
  }
  const isAddress = (path: string) => path.endsWith('url') || path.endsWith('href')
  const inOrder = [...costs].sort(([one], [other]) => Number(isAddress(one)) - Number(isAddress(other)))
  const chosen: string[] = []
  let left = tokens - AROUND
  for (const [path, cost] of inOrder) {
    if (cost > left || chosen.length >= MOST_FIELDS) continue
    chosen.push(path)
    left -= cost
  }
  return chosen.length === costs.size ? [] : chosen
}
