import { defineAction, fieldPaths, numberedPage, request, z } from '../../kit/index.js'
import { pages, readScopes } from './fields.js'

/** GitHub refuses a search of issues and pull requests together to some kinds of token. */
const SAYS_WHICH = /(?:^|[\s(])(?:is|type):"?(?:issue|pr|pull-request)\b/i
/** A phrase, or with a colon before it the value of a qualifier. */
const QUOTED = /(:?)"[^"]*"/g
const OPERATOR = /(?:^|[\s(])(?:OR|AND|NOT)(?=$|[\s)(])/i

type Kind = 'issue' | 'pr'

/**
 * The query with `is:issue` or `is:pr`, unless it says which kind itself. In GitHub's search a space binds more tightly than OR, so
 * a query with operators of its own is put into parentheses: otherwise that would apply to its last words only.
 * @see https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/filtering-and-searching-issues-and-pull-requests#using-boolean-operators
 * @see https://github.com/cli/cli/issues/12264 for what happens without them
 */
export function limitedTo(kind: Kind, query: string): string {
  const isSaid = SAYS_WHICH.test(query.replaceAll(QUOTED, (quoted, colon) => (colon === '' ? ' ' : quoted)))
  if (isSaid) return query
  const unquoted = query.replaceAll(QUOTED, ' ')
  // A quote or parenthesis that is not closed would swallow what follows.
  if (!isBalanced(unquoted)) return `is:${kind} ${query}`
  return OPERATOR.test(unquoted) ? `(${query}) is:${kind}` : `${query} is:${kind}`
}

function isBalanced(unquoted: string): boolean {
  let open = 0
  for (const character of unquoted) {
    if (character === '(') open++
    if (character === ')' && --open < 0) return false
  }
  return open === 0 && !unquoted.includes('"')
}

const SORTS = [
  'comments',
  'reactions',
  'reactions-+1',
  'reactions--1',
  'reactions-smile',
  'reactions-thinking_face',
  'reactions-heart',
  'reactions-tada',
  'interactions',
  'created',
  'updated',
] as const

/** What both searches say of themselves, apart from their words. @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests */
const searchOf = (kind: Kind, words: string) => ({
  effect: 'read' as const,
  scopes: readScopes,
  defaultFields: fieldPaths(`
    number title state body user.login assignees.login labels.name milestone.title comments html_url draft
    pull_request.merged_at created_at updated_at closed_at
  `),
  input: {
    query: z
      .string()
      .min(1)
      .transform((query) => limitedTo(kind, query))
      .describe(words),
    sort: z.enum(SORTS).nullable().describe('What to order by; null: best match'),
    order: z.enum(['asc', 'desc']).default('desc').describe('Direction of the order; has no effect without sort'),
    page: pages.page,
    per_page: pages.per_page,
  },
  run: request('GET /search/issues', {
    rename: { query: 'q' },
    answer: numberedPage({ items: 'items', total: 'total_count', meta: ['incomplete_results'] }),
  }),
})

/** @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests */
export const searchIssue = defineAction({
  ...searchOf('issue', "Words and qualifiers of GitHub's issue search"),
  name: 'github_search_issue',
  description:
    "Search issues across GitHub in its own search syntax: words and qualifiers such as repo:owner/name, org:, author:, assignee:, label:, state:open, created:>2025-01-01. `is:issue` is added unless the query says is:issue or is:pr. meta.total counts all matches, of which GitHub shows the first 1000; meta.incomplete_results is true when GitHub's search ran out of time.",
  examples: [
    'find open bugs about login',
    'issues assigned to me across repositories',
    'has this problem been reported',
  ],
})

/** @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests */
export const searchPullRequest = defineAction({
  ...searchOf('pr', "Words and qualifiers of GitHub's search of pull requests"),
  name: 'github_search_pr',
  description:
    'Search pull requests across GitHub in its own syntax: words and qualifiers such as repo:owner/name, author:, review-requested:, is:merged, created:>2025-01-01. `is:pr` is added unless a kind is said. Shows 1000 matches.',
  examples: [
    'pull requests that wait for my review',
    'what did she merge last month',
    'find the change that introduced this',
  ],
})
