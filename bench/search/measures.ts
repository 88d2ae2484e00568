/** What is asked of one answer, as in ../shared/search-eval/score.mjs. */
export interface Measures {
  recall1: number
  recall5: number
  /** Normalized discounted cumulative gain of the first ten. @see https://en.wikipedia.org/wiki/Discounted_cumulative_gain */
  gain10: number
}

/** @param ids what was found, the best first, each once */
export function measure(ids: readonly string[], relevant: readonly string[]): Measures {
  const right = new Set(relevant)
  const recall = (first: number) => ids.slice(0, first).filter((id) => right.has(id)).length / right.size
  const best = gainOf(Array.from({ length: Math.min(10, right.size) }, () => true))
  return { recall1: recall(1), recall5: recall(5), gain10: gainOf(ids.slice(0, 10).map((id) => right.has(id))) / best }
}

const gainOf = (hits: readonly boolean[]): number =>
  hits.reduce((sum, hit, index) => sum + (hit ? 1 / Math.log2(index + 2) : 0), 0)

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

/** The value below which a share of all values are. */
export const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
