import type { ProofData } from '../data.js'

const REPOSITORY = { value: ['octocat/hello'], reason: 'a repository is named with its owner' }
/** As the harness seals it. */
const sealed = (text: string): string => `sealed-${Buffer.from(text).toString('base64url')}`

const data: ProofData = {
  values: {
    ...Object.fromEntries(
      ['list_issues.order_by', 'list_pull_requests.order_by'].map((name) => [
        name,
        { value: 'UPDATED_AT', reason: 'the first of its values is what an order without it is by' },
      ]),
    ),
    'search_issues.repositories': REPOSITORY,
    'search_pull_requests.repositories': REPOSITORY,
    'search_commits.repositories': REPOSITORY,
    'search_pull_requests.since': { value: '2026-02-01', reason: 'what is older than that ends the walk over pages' },
    'search_contributions.since': { value: '2026-01-01', reason: 'a moment has a form that no schema tells' },
    'search_contributions.until': { value: '2026-01-31', reason: 'a moment has a form that no schema tells' },
    'search_contributions.repositories': {
      value: ['octocat/hello'],
      reason: 'names of repositories have a form that no schema tells',
    },
    'list_project_fields.cursor': {
      value: sealed('?per_page=30&after=Y3Vyc29yOjMw'),
      reason: 'a cursor is sealed, and holds the query of a link',
    },
  },
  answer: ({ path }, action) => {
    if (path === '/user/repos') return { json: [{ full_name: 'octocat/hello' }] }
    // Those that the description makes are pull requests, since they have all members.
    const isIssues = action === 'search_issues' && path.endsWith('/issues')
    return isIssues ? { json: [{ number: 1, node_id: 'I_1', user: { login: 'ada' } }] } : undefined
  },
  exceptions: [
    ...['page', 'per_page'].map((parameter) => ({
      action: 'list_issues_comments',
      fault: `the parameter ${parameter} changes nothing that leaves`,
      reason: 'all comments are fetched, filtered and ordered, and the page is cut here',
    })),
    {
      action: 'list_project_items',
      fault: 'meta lacks page, limit, has_next, has_prev',
      reason: 'with summarize it returns counts, which have no pages',
    },
    {
      action: 'admin/revoke_integrations',
      fault: 'no request left',
      reason: "the service removes the accounts and ends their grants, by the connector's `revoke`",
    },
    {
      action: 'list_projects',
      fault: 'the parameter per_page changes nothing that leaves',
      reason: 'all projects are fetched and ordered, and the page is cut here',
    },
  ],
  refusals: [
    {
      title: 'a token without the scope',
      answer: {
        status: 403,
        headers: { 'x-oauth-scopes': 'gist', 'x-accepted-oauth-scopes': 'repo' },
        json: { message: 'Must have push access to repository' },
      },
      code: 'FORBIDDEN',
      reason: 'missing_scope',
    },
    {
      title: 'a secondary limit',
      answer: { status: 403, json: { message: 'You have exceeded a secondary rate limit.' } },
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfter: 60,
    },
  ],
  long: { github_search_issue: 96, list_issues_comments: 89 },
}

export default data
