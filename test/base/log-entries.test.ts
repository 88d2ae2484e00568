import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ConnectorsError } from '../../src/base/errors.js'
import { createLogger } from '../../src/base/log.js'
import { Secret } from '../../src/base/secret.js'

const CANARY = 'canary-0123456789'

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger('debug', { write: (line: string) => void lines.push(line) }))
  return lines.join('')
}

test.each([
  ...['authorization', 'cookie', 'password', 'secret', 'token', 'access_token', 'refresh_token', 'client_secret'],
  ...['code', 'code_verifier', 'api_key', 'configuration', 'credential'],
])('the log shows no value of a field called %s, down to the third level', (field) => {
  const line = logged((log) => log.info({ [field]: CANARY, a: { [field]: CANARY, b: { [field]: { deep: CANARY } } } }))
  expect(line).not.toContain(CANARY)
  expect(line.split('[redacted]')).toHaveLength(4)
})

test('the log shows no value of a Secret, whatever the field is called', () => {
  const value = new Secret(CANARY)
  expect(logged((log) => log.warn({ harmless: value, list: [{ value }] }, `a ${value}`))).not.toContain(CANARY)
})

test('an error is logged by name, code and place, and nothing of its message, nor of its cause’s', () => {
  const cause = Object.assign(new TypeError(`no ${CANARY}`), { code: 'ECONNREFUSED', detail: CANARY })
  const error = new Error(`failed: ${CANARY}`, { cause })
  const line = logged((log) => log.error({ err: error }))
  expect(line).not.toContain(CANARY)
  for (const entry of [logged((log) => log.error(error)), logged((log) => log.error(error, 'it failed'))])
    expect(JSON.parse(entry).err).toEqual(JSON.parse(line).err)
  expect(logged((log) => log.error(error))).not.toContain(CANARY)
  expect(JSON.parse(line).err).toMatchObject({
    name: 'Error',
    stack: expect.arrayContaining([expect.stringContaining('log-entries.test')]),
    cause: { name: 'TypeError', error_code: 'ECONNREFUSED' },
  })
})

test.each([[CANARY], [{ message: CANARY }], [undefined]])(
  'what is thrown but is no error shows only its type: %j',
  (thrown) => {
    expect(logged((log) => log.error({ err: thrown, event: 'x' }))).not.toContain(CANARY)
  },
)

test('each entry is one line of JSON with a time and without host and process', () => {
  const line = logged((log) => log.info({ event: 'began', text: 'two\nlines' }))
  expect(line.trimEnd()).not.toContain('\n')
  expect(JSON.parse(line)).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    event: 'began',
    text: 'two\nlines',
  })
})

test('the log goes to stderr, since stdout carries protocol', () => {
  const source = `import { createLogger } from ${JSON.stringify(join(import.meta.dirname, '../../src/base/log.ts'))}
    createLogger('info').info({ event: 'began' })`
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', source],
    { cwd: join(import.meta.dirname, '../..'), encoding: 'utf8' },
  )
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 })
  expect(JSON.parse(stderr)).toMatchObject({ event: 'began' })
})

/** What the log says of an error, as the fields of its line. */
const lineOf = (err: unknown): Record<string, unknown> => JSON.parse(logged((log) => log.error({ err }, 'it failed')))

test('what is for the operator is logged whole, also where it is the cause of something else', () => {
  for (const code of ['MISCONFIGURED', 'INTERNAL'] as const) {
    const error = new ConnectorsError(code, 'The key file /data/key is not there any more.', {
      cause: Object.assign(new Error('canary of the system'), { code: 'ENOENT' }),
    })
    expect(lineOf(error)).toMatchObject({
      err: { message: error.message, error_code: code, cause: { error_code: 'ENOENT' } },
    })
    expect(lineOf(new ConnectorsError('LINK_FAILED', 'It failed.', { cause: error }))).toMatchObject({
      err: { cause: { message: error.message } },
    })
    expect(JSON.stringify(lineOf(error))).not.toContain('canary')
  }
})

test('the text of every other error is left out: it may quote a third party or a connection string', () => {
  for (const error of [
    new Error('canary'),
    new ConnectorsError('UPSTREAM_ERROR', 'canary'),
    Object.assign(new Error('canary'), { code: 'MISCONFIGURED' }),
    'canary',
  ])
    expect(JSON.stringify(lineOf(error))).not.toContain('canary')
})
