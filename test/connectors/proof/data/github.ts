import type { ProofData } from '../data.js'

const data: ProofData = {
  values: Object.fromEntries(
    ['list_issues.order_by', 'list_pull_requests.order_by'].map((name) => [
      name,
      { value: 'UPDATED_AT', reason: 'the first of its values is what an order without it is by' },
    ]),
  ),
  exceptions: ['page', 'per_page'].map((parameter) => ({
    action: 'list_issues_comments',
    fault: `the parameter ${parameter} changes nothing that leaves`,
    reason: 'all comments are fetched, filtered and ordered, and the page is cut here',
  })),
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
