import type { ProofData } from '../data.js'

const data: ProofData = {
  values: {
    export_format: { value: 'pdf', reason: 'the names of formats are checked and not in the schema' },
  },
  answer: ({ method, path, query }, action) => {
    if (action === 'summarize_folder_files_by_type' && /^\/files\/./.test(path))
      return { json: { id: '1', mimeType: 'application/vnd.google-apps.folder' } }
    if (action !== 'get_markdown_content' || method !== 'GET') return undefined
    if (query.get('alt') === 'media') return { headers: { 'content-type': 'text/plain' }, text: 'content' }
    return { json: { id: '1', name: 'a.txt', mimeType: 'text/plain', size: '7' } }
  },
  exceptions: ['update_permission', 'delete_permission'].map((action) => ({
    action,
    fault: '{"additionalProperty":"enforceExpensiveAccess"}',
    reason: 'published, and newer than the description',
  })),
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
}

export default data
