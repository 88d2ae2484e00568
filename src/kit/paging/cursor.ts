import { memberAt } from '../member-at.js'
import { type AnswerForm, itemsAt } from '../request/answers.js'
import { Result } from '../result.js'

/**
 * A list whose answer holds a token for the next page: Google's `nextPageToken`, a cursor. The token is sent in a
 * parameter of the action, which the published clients call `cursor`; `meta` has `has_next` and `forwards_cursor`.
 * @param form dotted paths of the answer, in our spelling: the member with the items, and the one with the token
 */
export const cursorPage = ({ items, next }: { items: string; next: string }): AnswerForm => ({
  selects: { items, beside: [next] },
  run: async ({ upstream, request }) => {
    const { json } = await upstream.send(request)
    const token = memberAt(json, next)
    const hasNext = typeof token === 'string' && token !== ''
    return new Result(itemsAt(json, items), { has_next: hasNext, forwards_cursor: hasNext ? token : null })
  },
})
