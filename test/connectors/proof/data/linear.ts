import { anyLinear, refusal } from '../../linear/any-linear.js'
import type { Sent } from '../../linear/judge.js'
import type { ProofData } from '../data.js'

const READS = ['list_issues', 'search_issues', 'get_issue', 'list_comments', 'list_teams', 'get_team', 'list_projects']

/** A refusal, with the statuses that Linear has for one. */
const refused = (title: string, [code, type, message]: readonly [string, string, string], what: string) =>
  [200, 400].map((status) => ({
    title: `${title}, with status ${status}`,
    answer: { status, json: refusal(code, type, message) },
    code: what,
  }))

const data: ProofData = {
  /** This Linear holds every request against the schema, and refuses what does not fit. */
  answer: ({ path, content }) => (path === '/graphql' ? anyLinear((content as { json: Sent }).json) : undefined),
  exceptions: READS.map((action) => ({
    action,
    fault: 'the effect is read, and POST left',
    reason: 'GraphQL reads by POST, too',
  })),
  refusals: [
    ...refused(
      'a credential that does not count',
      ['AUTHENTICATION_ERROR', 'authentication error', 'Not authenticated'],
      'RECONNECT_REQUIRED',
    ),
    ...refused('an issue that is not there', ['INPUT_ERROR', 'invalid input', 'Entity not found: Issue'], 'NOT_FOUND'),
    ...refused(
      'a value that is refused',
      ['INPUT_ERROR', 'invalid input', 'dueDate is not a date'],
      'INVALID_PARAMETERS',
    ),
    ...refused('a right that is missing', ['FORBIDDEN', 'forbidden', 'Not for you'], 'UPSTREAM_REFUSED'),
    ...refused(
      'a plan without that',
      ['FEATURE_NOT_ACCESSIBLE', 'feature not accessible', 'No plan'],
      'UPSTREAM_REFUSED',
    ),
    ...refused('a plan that is full', ['USAGE_LIMIT_EXCEEDED', 'usage limit exceeded', 'Full'], 'UPSTREAM_REFUSED'),
    ...refused(
      'a document that is refused',
      ['GRAPHQL_VALIDATION_FAILED', 'graphql error', 'No such field'],
      'UPSTREAM_REFUSED',
    ),
    ...refused('too many requests', ['RATELIMITED', 'ratelimited', 'Rate limit exceeded'], 'RATE_LIMITED').map(
      (row) => ({
        ...row,
        retryable: true,
        retryAfter: 60,
      }),
    ),
  ],
}

export default data
