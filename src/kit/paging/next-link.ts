import { ConnectorsError } from '../../base/errors.js'
import type { JsonObject } from '../../base/json.js'
import type { Call } from '../call.js'
import { memberAt } from '../member-at.js'
import { type AnswerForm, type Asked, itemsAt } from '../request/answers.js'
import { Result } from '../result.js'
import type { Query, UpstreamRequest } from '../upstream/upstream.js'
import { wrongCursor } from './wrong-cursor.js'

/** A longer link is refused. Characters. */
const LONGEST_LINK = 8_000

export interface NextLinkForm {
  /** The member with the items; `value` by default. */
  items?: string
  /** The member with the link to the next page. */
  next: string
  /** The parameter that carries our cursor; `cursor` by default. */
  cursor?: string
  /** The member with a link to later changes, and the parameter that takes ours for it. */
  delta?: { link: string; parameter: string }
}

/**
 * A list whose answer holds the address of the next page, as Microsoft Graph's does. Only the query of that address is kept,
 * in a sealed cursor: the path is always the call's own, so that a cursor never leads anywhere else.
 * @see https://learn.microsoft.com/en-us/graph/paging
 */
export const nextLinkPage = ({ items = 'value', next, cursor = 'cursor', delta }: NextLinkForm): AnswerForm => ({
  reads: [cursor, ...(delta ? [delta.parameter] : [])],
  selects: { items, beside: [next, ...(delta ? [delta.link] : [])] },
  run: async ({ upstream, request, input, call }) => {
    const given = input[cursor] ?? (delta && input[delta.parameter])
    const { json } = await upstream.send(await requestAt(given, { request, cursor, call }))
    const forwards = await cursorFor(memberAt(json, next), call)
    const later = delta && (await cursorFor(memberAt(json, delta.link), call))
    const meta: JsonObject = { has_next: forwards !== null, forwards_cursor: forwards }
    return new Result(itemsAt(json, items), later ? { ...meta, delta_token: later } : meta)
  },
})

/**
 * The request of the page that a cursor leads to; without one the request as it is.
 * @param cursor the parameter that carried it
 * @throws INVALID_PARAMETERS for a cursor that was not made for this action and user
 */
export async function requestAt(
  given: unknown,
  { request, cursor, call }: Pick<Asked, 'request' | 'call'> & { cursor: string },
): Promise<UpstreamRequest> {
  if (typeof given !== 'string') return request
  return { ...request, query: await queryIn(given, cursor, call), select: undefined }
}

/** The sealed query of a link. @returns null where there is no link @throws UPSTREAM_ERROR for one that is not an address */
export async function cursorFor(link: unknown, { seal }: Call): Promise<string | null> {
  if (typeof link !== 'string' || link === '') return null
  if (link.length > LONGEST_LINK || !URL.canParse(link)) {
    throw new ConnectorsError(
      'UPSTREAM_ERROR',
      'The third party named an invalid address for the next page; try again later.',
    )
  }
  return seal(new URL(link).search)
}

/** @throws INVALID_PARAMETERS for a cursor that was not made for this action and user */
async function queryIn(cursor: string, parameter: string, { open }: Call): Promise<Query> {
  const search = await open(cursor)
  if (search === undefined) throw wrongCursor(parameter)
  const query = new URLSearchParams(search)
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, query.getAll(name)]))
}
