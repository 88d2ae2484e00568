import type { JsonObject } from '../../base/json.js'
import { type AnswerForm, itemsAt } from '../request/answers.js'
import { Result } from '../result.js'
import { cursorFor, requestAt } from './next-link.js'

/**
 * A list whose pages are named by the `Link` header field and have no numbers. As with `nextLinkPage` the query of such an
 * address becomes a sealed cursor, which so says in which direction it leads; `meta` has one each for the next page and for the
 * one before.
 * @param form the member with the items, where the answer is not the list itself; the parameter that carries our cursor, `cursor`
 * by default
 * @see https://www.rfc-editor.org/rfc/rfc8288
 */
export const linkedPage = ({ items, cursor = 'cursor' }: { items?: string; cursor?: string } = {}): AnswerForm => ({
  reads: [cursor],
  ...(items === undefined ? {} : { selects: { items } }),
  run: async ({ upstream, request, input, call }) => {
    const { json, links } = await upstream.send(await requestAt(input[cursor], { request, cursor, call }))
    const [forwards, backwards] = await Promise.all([
      cursorFor(links.get('next'), call),
      cursorFor(links.get('prev'), call),
    ])
    const meta: JsonObject = {
      has_next: forwards !== null,
      has_prev: backwards !== null,
      forwards_cursor: forwards,
      backwards_cursor: backwards,
    }
    return new Result(itemsAt(json, items), meta)
  },
})
