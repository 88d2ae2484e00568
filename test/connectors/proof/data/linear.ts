import { refusal } from '../../linear/samples.js'
import type { ProofData } from '../data.js'

/** A refusal, with the statuses that Linear has for one. */
const refused = (title: string, [code, type, message]: readonly [string, string, string], what: string) =>
  [200, 400].map((status) => ({
    title: `${title}, with status ${status}`,
    answer: { status, json: refusal(code, type, message) },
    code: what,
  }))

const data: ProofData = {
  plays: [
    {
      action: 'update_issue',
      title: 'all that it can set',
      input: {
        title: 'Login fails',
        description: 'At night',
        state_id: 's1',
        assignee_id: 'u1',
        priority: 'low',
        estimate: 1,
        due_date: '2026-05-31',
        project_id: 'p1',
        parent_id: 'ENG-1',
        add_label_ids: ['l1'],
        remove_label_ids: ['l2'],
      },
    },
  ],
  exceptions: [
    {
      action: 'update_issue',
      fault: 'it is refused: assignee_id sets what clear takes away',
      reason: 'with all parameters, the same member is set and cleared',
    },
  ],
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
