import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import { memberAt } from '../member-at.js'
import { itemsAt } from '../request/answers.js'
import { Result } from '../result.js'

/** What a caller says of the part of a connection that it wants. */
export interface ConnectionPart {
  /** Items on a page. */
  per_page: number
  /** A cursor of the page before or after, as `connectionPage` made it, or one of the vendor's. */
  cursor?: string | undefined
  /** Begin with the last page, and take the vendor's own cursors as those that a page ends before. */
  from_last?: boolean | undefined
}

/** A cursor with the direction it was made for, so that a caller can go back by the cursor alone. */
const AFTER = 'after:'
const BEFORE = 'before:'

/**
 * The arguments of a connection as variables of a document: `first` and `after`, or `last` and `before`.
 * @see https://relay.dev/graphql/connections.htm#sec-Arguments
 */
export function connectionVariables({ per_page, cursor, from_last = false }: ConnectionPart): JsonObject {
  const isBackwards = cursor?.startsWith(BEFORE) || (from_last && !cursor?.startsWith(AFTER))
  const at = cursor?.replace(/^(?:after|before):/, '')
  const place = isBackwards ? { before: at } : { after: at }
  return {
    ...(isBackwards ? { last: per_page } : { first: per_page }),
    ...(at === undefined ? {} : (place as JsonObject)),
  }
}

/**
 * One page of a connection, whose items are always in the order of the whole list. `meta`: `total`, `total_page`, `has_next`,
 * `has_prev`, `forwards_cursor`, `backwards_cursor`.
 * @param connection in our spelling, by the dialect or by aliases: `nodes`, `total_count`, and `page_info` with `has_next_page`,
 * `has_previous_page`, `start_cursor`, `end_cursor`. One that is missing has no items
 * @param make the item of a node; the node itself by default
 * @see https://relay.dev/graphql/connections.htm#sec-undefined.PageInfo
 */
export function connectionPage(
  connection: Json | undefined,
  asked: ConnectionPart,
  make: (node: Json) => Json = (node) => node,
): Result {
  const list = connection ?? null
  const told = (name: string): Json | undefined => memberAt(list, `page_info.${name}`)
  const { after, before } = connectionVariables(asked)
  // A vendor need not look into the direction that it does not go; the item of the cursor is there, though.
  const hasNext = told('has_next_page') === true || before !== undefined
  const hasPrev = told('has_previous_page') === true || after !== undefined
  const total = memberAt(list, 'total_count')
  const cursor = (has: boolean, name: string, direction: string): string | null => {
    const value = told(name)
    return has && typeof value === 'string' && value !== '' ? direction + value : null
  }
  return new Result(
    itemsAt(list, 'nodes')
      .filter(isPlainObject)
      .map((node) => make(node as Json)),
    {
      ...(typeof total === 'number' ? { total, total_page: Math.ceil(total / asked.per_page) } : {}),
      has_next: hasNext,
      has_prev: hasPrev,
      forwards_cursor: cursor(hasNext, 'end_cursor', asked.from_last ? AFTER : ''),
      backwards_cursor: cursor(hasPrev, 'start_cursor', BEFORE),
    },
  )
}
