import type { JsonObject } from '../../base/json.js'
import { Result } from '../result.js'
import type { Gathered } from './gather.js'
import { wrongCursor } from './wrong-cursor.js'

/** One numbered page out of items that are all here. A list that was not gathered completely has no total. */
export function pageOf({ items, truncated }: Gathered, page: number, perPage: number): Result {
  const start = (page - 1) * perPage
  return new Result(items.slice(start, start + perPage), {
    page,
    limit: perPage,
    ...(truncated ? { truncated } : { total: items.length, total_page: Math.ceil(items.length / perPage) }),
    has_next: start + perPage < items.length,
    has_prev: page > 1,
  })
}

/** A whole number from 0, as an offset is written in a cursor. */
const OFFSET = /^\d{1,9}$/

/**
 * The offset that a cursor holds, or the one given beside it. @throws INVALID_PARAMETERS for a cursor that is not an offset
 */
export function offsetIn({ cursor, offset }: { cursor?: string | undefined; offset: number }): number {
  if (cursor === undefined) return offset
  if (OFFSET.test(cursor)) return Number(cursor)
  throw wrongCursor()
}

/**
 * The `meta` of a list whose pages a function makes.
 * @param next what leads to the next page: an offset, a cursor of the vendor, or one of the connector's own; null at the end
 */
export const cursorMeta = (next: number | string | null, more: JsonObject = {}): JsonObject => ({
  has_next: next !== null,
  forwards_cursor: next === null ? null : String(next),
  ...more,
})
