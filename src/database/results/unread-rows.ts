import type { JsonObject } from '../../base/json.js'
import type { QueryResult, UnreadRows } from '../port.js'

/** What is known of rows before they are parsed. */
export type RowsHead = Pick<QueryResult & { kind: 'rows' }, 'kind' | 'columns' | 'truncated'>

/** A result as JSON; its rows apart, so that who passes them on need not parse them. */
export interface AnswerText {
  /** The result, where it has no rows; otherwise what is known of them. */
  head: string
  rows: UnreadRows | undefined
}

/** The result of a statement whose rows are parsed when they are looked at, which for most callers is never. */
export function resultOfUnread(head: RowsHead, unread: UnreadRows): QueryResult {
  let rows: JsonObject[] | undefined
  return Object.defineProperties(head as QueryResult & { kind: 'rows' }, {
    rows: {
      enumerable: true,
      get: () => {
        rows ??= JSON.parse(unread.json) as JsonObject[]
        return rows
      },
    },
    unread: { value: unread },
  })
}
