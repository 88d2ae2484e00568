import type { ProofData } from '../data.js'

const NEEDS = 'it is refused: The parameters do not fit together'

const data: ProofData = {
  values: {
    export_format: { value: 'pdf', reason: 'the names of formats are checked and not in the schema' },
    'create_permission.type': { value: 'anyone', reason: 'the other kinds need further parameters' },
  },
  leftOut: [
    {
      action: 'create_permission',
      parameters: ['email_address', 'expiration_time'],
      reason: 'a link for anyone has neither; the plays below have both',
    },
  ],
  plays: ['user', 'group'].map((type) => ({
    action: 'create_permission',
    title: `a ${type}`,
    input: { type, email_address: 'somebody@example.com', expiration_time: '2026-01-02T03:04:05Z' },
  })),
  answer: ({ method, query }, action) => {
    if (action !== 'get_markdown_content' || method !== 'GET') return undefined
    if (query.get('alt') === 'media') return { headers: { 'content-type': 'text/plain' }, text: 'content' }
    return { json: { id: '1', name: 'a.txt', mimeType: 'text/plain', size: '7' } }
  },
  exceptions: [
    { action: 'create_permission', fault: NEEDS, reason: 'kinds without what they need; the plays have it' },
    ...['update_permission', 'delete_permission'].map((action) => ({
      action,
      fault: '{"additionalProperty":"enforceExpensiveAccess"}',
      reason: 'published, and newer than the description',
    })),
  ],
  refusals: [
    {
      title: 'a box that was not ticked',
      answer: {
        status: 403,
        headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"' },
        json: {
          error: { code: 403, message: 'No.', errors: [{ domain: 'global', reason: 'insufficientPermissions' }] },
        },
      },
      code: 'FORBIDDEN',
      reason: 'missing_scope',
    },
    {
      title: 'a limit that is no 429',
      answer: {
        status: 403,
        json: {
          error: { code: 403, message: 'No.', errors: [{ domain: 'usageLimits', reason: 'userRateLimitExceeded' }] },
        },
      },
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfter: 60,
    },
  ],
  long: { create_permission: 79 },
}

export default data
