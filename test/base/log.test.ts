import { expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { createLogger } from '../../src/base/log.js'

/** What the log says of an error, as the fields of its line. */
function logged(err: unknown): Record<string, unknown> {
  const lines: string[] = []
  createLogger('info', { write: (line: string) => void lines.push(line) }).error({ err }, 'it failed')
  return JSON.parse(lines.join(''))
}

test('what is for the operator is logged whole, also where it is the cause of something else', () => {
  for (const code of ['MISCONFIGURED', 'INTERNAL'] as const) {
    const error = new ConnectorsError(code, 'The key file /data/key is not there any more.', {
      cause: Object.assign(new Error('canary of the system'), { code: 'ENOENT' }),
    })
    expect(logged(error)).toMatchObject({
      err: { message: error.message, error_code: code, cause: { error_code: 'ENOENT' } },
    })
    expect(logged(new ConnectorsError('LINK_FAILED', 'It failed.', { cause: error }))).toMatchObject({
      err: { cause: { message: error.message } },
    })
    expect(JSON.stringify(logged(error))).not.toContain('canary')
  }
})

test('the text of every other error is left out: it may quote a third party or a connection string', () => {
  for (const error of [
    new Error('canary'),
    new ConnectorsError('UPSTREAM_ERROR', 'canary'),
    Object.assign(new Error('canary'), { code: 'MISCONFIGURED' }),
    'canary',
  ])
    expect(JSON.stringify(logged(error))).not.toContain('canary')
})
