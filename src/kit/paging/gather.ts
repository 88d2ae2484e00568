import pMap from 'p-map'
import type { Json } from '../../base/json.js'

/** Requests in progress at the same time, for one call. */
const CONCURRENT = 4

/**
 * Does something with each item, some of them at the same time, and returns the results in the order of the items. The first
 * failure ends it: what has not begun is not begun.
 * @param options at most how many at a time (4 by default), and the signal of the call
 */
export const fanOut = <Item, Done>(
  items: Iterable<Item>,
  work: (item: Item, index: number) => Promise<Done>,
  { atOnce = CONCURRENT, signal }: { atOnce?: number; signal?: AbortSignal } = {},
): Promise<Done[]> => pMap(items, work, { concurrency: atOnce, ...(signal ? { signal } : {}) })

/** What was gathered of a list that is longer than what one call may look at. */
export interface Gathered {
  items: Json[]
  /** True when the list has more than was gathered. */
  truncated: boolean
}

/** One page of a list, and what leads to the next one. */
export interface Page<Next> {
  items: Json[]
  /** Undefined on the last page. */
  next: Next | undefined
}

/**
 * Walks the pages of a list until its end, or until enough items are there.
 * @param pageAt fetches one page; gets undefined for the first one
 * @param most the most items; no further page is fetched once there are as many
 */
export async function gather<Next>(
  pageAt: (next: Next | undefined) => Promise<Page<Next>>,
  most: number,
): Promise<Gathered> {
  const items: Json[] = []
  let next: Next | undefined
  for (;;) {
    const page = await pageAt(next)
    items.push(...page.items)
    next = page.next
    if (next === undefined || items.length >= most) break
  }
  return { items: items.slice(0, most), truncated: next !== undefined || items.length > most }
}
