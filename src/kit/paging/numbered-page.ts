import type { JsonObject } from '../../base/json.js'
import { memberAt } from '../member-at.js'
import { type AnswerForm, itemsAt } from '../request/answers.js'
import { Result } from '../result.js'
import type { ListForm, NumberedPageQuery } from '../upstream/upstream.js'

/**
 * One numbered page of a list, whose `Link` header field names the others; the action has the parameters `page` and
 * `per_page`. @see Upstream.list
 */
export const numberedPage = (form: ListForm = {}): AnswerForm => ({
  ...(form.items === undefined ? {} : { selects: { items: form.items } }),
  run: ({ upstream, request: { path, query } }) => upstream.list(path, query as NumberedPageQuery, form),
})

export interface CountedForm {
  /** Dotted paths of the answer: the items, and how many there are on all pages. */
  items: string
  total: string
  /** The parameters of the action; `page` and `per_page` by default. */
  page?: string
  size?: string
  /** The last page that the third party shows, where it does not show all. */
  lastPage?: number
}

/** One numbered page of a list whose answer tells the total, from which the number of pages follows. */
export const countedPage = ({ items, total, page = 'page', size = 'per_page', lastPage }: CountedForm): AnswerForm => ({
  run: async ({ upstream, request, input }) => {
    const { json } = await upstream.send(request)
    const [number, limit, counted] = [Number(input[page]), Number(input[size]), memberAt(json, total)]
    const list = itemsAt(json, items)
    const pages = typeof counted === 'number' ? Math.ceil(counted / limit) : undefined
    const meta: JsonObject = {
      page: number,
      limit,
      ...(pages === undefined ? {} : { total: counted as number, total_page: pages }),
      has_next: pages === undefined ? list.length === limit : number < Math.min(pages, lastPage ?? pages),
      has_prev: number > 1,
    }
    return new Result(list, meta)
  },
})
