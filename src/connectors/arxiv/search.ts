import {
  ConnectorsError,
  cursorMeta,
  defineAction,
  invalidParameters,
  offsetIn,
  path,
  Result,
  z,
} from '../../kit/index.js'
import { entriesOf, paperOf, totalOf } from './feed.js'

/** arXiv shows no more of what it found. @see https://info.arxiv.org/help/api/user-manual.html#paging */
const LAST_START = 30_000
/** Before the first paper, and after all of them. */
const [EARLIEST, LATEST] = ['19910101', '99991231']

const day = (which: string) => z.string().optional().describe(`${which} day of submission of version 1. ISO 8601 date`)

/** @see https://info.arxiv.org/help/api/user-manual.html#query_details */
export const searchPapers = defineAction({
  name: 'search_papers',
  description:
    'Search papers by words, author, title, category or date. Several words mean any of them: join them with AND, or quote a phrase.',
  examples: [
    'papers about large language models',
    'what has this author published on arXiv',
    'latest papers on a topic',
  ],
  effect: 'read',
  input: {
    query: z
      .string()
      .min(1)
      .describe(
        'Terms such as ti:"quantum error", au:lee, abs:, co:, jr:, cat:, rn:, all:; joined by AND, OR, ANDNOT, ( )',
      ),
    start: z.number().int().min(0).max(LAST_START).default(0).describe('How many to skip'),
    max_results: z.number().int().min(1).max(2000).default(10).describe('Items on a page'),
    cursor: z.string().optional().describe('meta.forwards_cursor of the page before; start then has no effect'),
    sort_by: z
      .enum(['relevance', 'lastUpdatedDate', 'submittedDate'])
      .default('relevance')
      .describe('What orders them'),
    sort_order: z.enum(['ascending', 'descending']).default('descending').describe('Which comes first'),
    categories: z.array(z.string()).optional().describe('Only papers in one of them: cs.LG, hep-th (get_categories)'),
    date_from: day('First'),
    date_to: day('Last'),
  },
  run: async (arxiv, { sort_by: sortBy, sort_order: sortOrder, max_results, cursor, start: offset, ...terms }) => {
    const start = offsetIn({ cursor, offset })
    const query = { search_query: searchQuery(terms), start, max_results, sortBy, sortOrder }
    const feed = await arxiv.xml({ method: 'GET', path: path`/api/query`, query })
    const [papers, total] = [entriesOf(feed).map(paperOf), totalOf(feed)]
    if (papers.length === 0 && total !== undefined && start < total) throw emptyPage()
    const next = start + papers.length
    const isMore = next < (total ?? 0) && next <= LAST_START
    return new Result(papers, cursorMeta(isMore ? next : null, total === undefined ? {} : { total }))
  },
})

interface Terms {
  query: string
  categories?: string[] | undefined
  date_from?: string | undefined
  date_to?: string | undefined
}

/** The query that the manual describes; dates are those of the first version, in UTC. */
function searchQuery({ query, categories = [], date_from, date_to }: Terms): string {
  const more: string[] = []
  if (categories.length > 0) more.push(`(${categories.map(categoryTerm).join(' OR ')})`)
  if (date_from !== undefined || date_to !== undefined) {
    const [from, to] = [dayOf('date_from', date_from) ?? EARLIEST, dayOf('date_to', date_to) ?? LATEST]
    if (from > to) throw wrong('date_from', 'must not be after date_to')
    more.push(`submittedDate:[${from}0000 TO ${to}2359]`)
  }
  return more.length === 0 ? query : [`(${closed(query)})`, ...more].join(' AND ')
}

function categoryTerm(category: string): string {
  if (/^[\w.*-]{1,40}$/.test(category)) return `cat:${category}`
  throw wrong('categories', 'must be ids of categories, such as cs.LG')
}

const isDay = z.iso.date()

function dayOf(field: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (isDay.safeParse(text).success) return text.replaceAll('-', '')
  throw wrong(field, 'must be a day of the calendar, as YYYY-MM-DD')
}

/** Terms stand behind it, which must not become a part of what it leaves open, or fall out of it. */
function closed(query: string): string {
  let [depth, isQuoted] = [0, false]
  for (const character of query) {
    if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && character === '(') depth += 1
    else if (!isQuoted && character === ')' && --depth < 0) break
  }
  if (depth === 0 && !isQuoted) return query
  throw wrong('query', 'must close each bracket and each quotation that it opens')
}

const wrong = (field: string, message: string) =>
  invalidParameters(`The search is not one that arXiv understands: ${field} ${message}.`, [{ field, message }])

/** It happens under load; to a caller it would look like the end of the list. */
const emptyPage = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_ERROR',
    'The search found papers, and arXiv showed none of them; make the call again.',
    {
      retryable: true,
    },
  )
