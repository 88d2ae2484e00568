import type { JsonObject } from '../../base/json.js'
import { memberAt } from '../member-at.js'
import { type AnswerForm, itemsAt } from '../request/answers.js'
import { Result } from '../result.js'
import type { ListForm, PageNumbers } from '../upstream/upstream.js'

/** The parameters of an action that say which page. */
export interface PageParameters {
  /** `page` by default. */
  page?: string | undefined
  /** `per_page` by default. */
  size?: string | undefined
}

const numbersIn = (
  input: Readonly<Record<string, unknown>>,
  { page = 'page', size = 'per_page' }: PageParameters,
): PageNumbers => ({ page: Number(input[page]), size: Number(input[size]) })

/** One numbered page of a list, whose `Link` header field names the others. @see Upstream.list */
export const numberedPage = ({ page, size, ...form }: ListForm & PageParameters = {}): AnswerForm => ({
  ...(form.items === undefined ? {} : { selects: { items: form.items } }),
  run: ({ upstream, request, input }) => upstream.listPage(request, numbersIn(input, { page, size }), form),
})

export interface CountedForm extends PageParameters {
  /** Dotted paths of the answer: the items, and how many there are on all pages. */
  items: string
  total: string
  /** The last page that the third party shows, where it does not show all. */
  lastPage?: number
}

/** One numbered page of a list whose answer tells the total, from which the number of pages follows. */
export const countedPage = ({ items, total, lastPage, ...parameters }: CountedForm): AnswerForm => ({
  run: async ({ upstream, request, input }) => {
    const { json } = await upstream.send(request)
    const { page: number, size: limit } = numbersIn(input, parameters)
    const counted = memberAt(json, total)
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
