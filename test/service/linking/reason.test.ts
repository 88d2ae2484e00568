import { expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { toReason } from '../../../src/service/linking/link.js'

test('a failure that only the operator can fix shows no details in the link', () => {
  for (const code of ['MISCONFIGURED', 'INTERNAL'] as const) {
    const error = new ConnectorsError(code, 'The key file /data/key is not there any more.')
    const reason = toReason(error)
    expect(reason.message).toBe('The link could not be finished; try again.')
    expect(reason.cause).toBe(error)
  }
})

test('any other failure ends a link with its own message', () => {
  const error = new ConnectorsError('LINK_FAILED', 'GitHub was told not to allow it.')
  expect(toReason(error)).toBe(error)
})
