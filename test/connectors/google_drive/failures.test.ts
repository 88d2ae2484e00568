import { expect, test } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import { play } from '../harness.js'

/** As Drive still answers. */
const older = (reason: string) => ({ error: { code: 403, message: 'No.', errors: [{ domain: 'global', reason }] } })
/** As Google's newer APIs answer. */
const newer = (reason: string) => ({
  error: {
    code: 403,
    message: 'No.',
    status: 'PERMISSION_DENIED',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason }],
  },
})

test.each([
  [older('userRateLimitExceeded'), { code: 'RATE_LIMITED', retryable: true }],
  [newer('RATE_LIMIT_EXCEEDED'), { code: 'RATE_LIMITED', retryable: true }],
  [older('insufficientPermissions'), { code: 'FORBIDDEN', details: { reason: 'missing_scope' } }],
  [newer('ACCESS_TOKEN_SCOPE_INSUFFICIENT'), { code: 'FORBIDDEN', details: { reason: 'missing_scope' } }],
  [newer('SERVICE_DISABLED'), { code: 'FORBIDDEN', message: expect.stringContaining('switched off') }],
  [older('insufficientFilePermissions'), { code: 'FORBIDDEN', message: expect.stringContaining('third party') }],
  [{ error: 'unreadable' }, { code: 'FORBIDDEN', message: expect.stringContaining('third party') }],
])('a 403 with %j', async (response, expected) => {
  const exchange = { request: 'GET /files/x', query: { fields: '*' }, status: 403, response }
  await expect(play(googleDrive, 'get_file', { id: 'x' }, exchange)).rejects.toMatchObject(expected)
})

test('get_file spells its parameters as Google does', async () => {
  const query = {
    fields: '*',
    supportsAllDrives: 'true',
    includePermissionsForView: 'published',
    includeLabels: 'a,b',
  }
  const input = {
    id: 'a/b',
    supports_all_drives: true,
    include_permissions_for_view: 'published',
    include_labels: 'a,b',
  }
  const exchange = { request: 'GET /files/a%2Fb', query, response: { id: 'a/b' } }
  expect(await play(googleDrive, 'get_file', input, exchange)).toMatchObject({ data: { id: 'a/b' } })
})
