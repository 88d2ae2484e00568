import { isPlainObject } from '../../base/json.js'
import { SHAPING } from '../../wire/shaping.js'
import { leavesOf, Paths } from './table.js'
import { estimateTokens } from './tokens.js'

/** More members of an item are not proposed: a model that wants them names them. */
const MOST_FIELDS = 12
/** Nor more of them than that, all together. Tokens. */
const FIELDS_TOKENS = 120
/** What the members of a map are called is not known before: further ones are not looked at. */
const MOST_PATHS = 500
/** What a table costs around its cells. Tokens. */
const AROUND = 60

/**
 * Which members of the items would have fitted, all items together: as many as possible, in the order in which the items have them,
 * addresses last.
 * @param items of the list that was too long, as the third party sent them
 * @param list the budget of the whole list in tokens, and the members that lead to it
 * @returns dotted paths for `response_fields`; none where not even one member fits, or all do
 */
export function fittingFields(
  items: readonly unknown[],
  { tokens, path: way = [] }: { tokens: number; path?: readonly string[] },
): string[] {
  const costs = new Map<string, number>()
  const holders = new Map<string, unknown>()
  const paths = new Paths(MOST_PATHS)
  for (const item of items) {
    const leaves = isPlainObject(item) ? leavesOf(item, paths) : undefined
    if (leaves === undefined) return []
    for (const [path, value] of leaves) {
      const known = costs.get(path)
      if (known === undefined) holders.set(path, item)
      costs.set(path, (known ?? estimateTokens(path) + 1) + estimateTokens(JSON.stringify(value)) + 1)
    }
  }
  const isAddress = (path: string) => path.endsWith('url') || path.endsWith('href')
  const inOrder = [...costs].sort(([one], [other]) => Number(isAddress(one)) - Number(isAddress(other)))
  const chosen: string[] = []
  let [left, leftForFields] = [tokens - AROUND, FIELDS_TOKENS]
  for (const [path, cost] of inOrder) {
    const field = [...way, path].join('.')
    const costOfField = estimateTokens(JSON.stringify(field)) + 1
    if (cost > left || costOfField > leftForFields || chosen.length >= MOST_FIELDS) continue
    if (!isField(field) || !way.every(isStep) || !leadsTo(holders.get(path), path)) continue
    chosen.push(field)
    left -= cost
    leftForFields -= costOfField
  }
  return chosen.length === costs.size ? [] : chosen
}

/** Whether `response_fields` takes it for a path. */
const isField = (field: string): boolean => field !== '' && field !== '*' && field.length <= SHAPING.path

const isStep = (name: string): boolean => !name.includes('.')

/** False where a member on the way has a name with a dot, which would be taken for two. */
function leadsTo(item: unknown, path: string): boolean {
  let at = item
  return path.split('.').every((step) => {
    if (!isPlainObject(at) || !Object.hasOwn(at, step)) return false
    at = at[step]
    return true
  })
}
