import { defineConnector, type FailureRule } from '../../kit/index.js'
import { getCategories } from './categories.js'
import { refusalThatSays } from './feed.js'
import { downloadPaper, getPaperMetadata } from './papers.js'
import { searchPapers } from './search.js'
import { getDailyUpdates } from './updates.js'

/** Refusals are feeds, with status 400 and, in former times, 200. @see https://info.arxiv.org/help/api/user-manual.html#errors */
const failures: readonly FailureRule[] = [
  {
    when: { status: [200, 400] },
    code: 'NOT_FOUND',
    message:
      'The id is not of a form that arXiv knows; check the id of the paper, such as 2104.12255 or quant-ph/0201082.',
    tell: refusalThatSays(/^incorrect id format/i),
  },
  {
    when: { status: [200, 400] },
    code: 'INVALID_PARAMETERS',
    message: 'The parameters were not accepted by arXiv; its own words are in details.upstream.',
    tell: refusalThatSays(/./),
  },
  {
    when: { status: [400] },
    code: 'INVALID_PARAMETERS',
    message: 'The parameters were not accepted by arXiv; check the query, or the id of the category (get_categories).',
  },
  {
    /** The page that it shows to robots. @see https://info.arxiv.org/help/robots.html */
    when: { status: [403], header: ['content-type', /^text\/html/] },
    code: 'FORBIDDEN',
    message:
      'The address of this service is shut out by arXiv as a robot, which may be due to others behind it; wait for some hours, or have the operator ask arXiv.',
  },
  {
    when: { status: [404] },
    code: 'NOT_FOUND',
    message: 'There is no such paper, version or category on arXiv, or no PDF of it; check the id.',
  },
  {
    when: { status: [429] },
    code: 'RATE_LIMITED',
    message: 'No more requests from this address are accepted by arXiv for now; try again later.',
    retryable: true,
    retryAfter: 10,
  },
]

/** @see https://info.arxiv.org/help/api/index.html */
export const arxiv = defineConnector({
  name: 'arxiv',
  title: 'arXiv',
  description:
    'Search, read and download scientific papers of arXiv, and what is announced each day; needs no account.',
  categories: ['research'],
  port: 'http',
  baseUrl: 'https://export.arxiv.org',
  hosts: { pdf: 'https://arxiv.org', rss: 'https://rss.arxiv.org' },
  auth: {},
  /** For the API and the feeds, by its terms; PDFs are asked for as gently. @see https://info.arxiv.org/help/api/tou.html */
  pace: { everyMs: 3000 },
  failures,
  actions: [getPaperMetadata, searchPapers, downloadPaper, getCategories, getDailyUpdates],
})
