import { expect, test } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import { ConnectorsError, type ErrorCode } from '../../../src/base/errors.js'
import { fanOutPartly } from '../../../src/kit/index.js'

const fails = (error: Error) => () => Promise.reject(error)
const refusal = (code: ErrorCode, upstream?: object) =>
  new ConnectorsError(code, `It is ${code}.`, upstream ? { details: { upstream } } : {})
const one = async () => 1

test.each(['NOT_FOUND', 'FORBIDDEN', 'INVALID_PARAMETERS', 'UPSTREAM_REFUSED'] as const)(
  'an item that is %s does not end the others',
  async (code) => {
    const items = new Map([
      ['a', fails(refusal(code, { status: 404 }))],
      ['b', one],
      ['c', fails(refusal(code))],
    ])
    expect(await fanOutPartly(items, { as: 'folder' })).toEqual({
      done: [1],
      errors: [
        { folder: 'a', code, message: `It is ${code}.`, upstream: { status: 404 } },
        { folder: 'c', code, message: `It is ${code}.` },
      ],
    })
  },
)

test.each([
  refusal('RATE_LIMITED'),
  refusal('UPSTREAM_ERROR'),
  refusal('UPSTREAM_TIMEOUT'),
  new CredentialRefused(),
  new TypeError('x is undefined'),
])('what may pass, and what is about all of them, ends it: %s', async (error) => {
  const items = new Map([
    ['a', one],
    ['b', fails(error)],
  ])
  await expect(fanOutPartly(items, { as: 'folder' })).rejects.toBe(error)
})

test('where all fail, the first failure is thrown', async () => {
  const items = new Map([
    ['a', fails(refusal('NOT_FOUND'))],
    ['b', fails(refusal('FORBIDDEN'))],
  ])
  await expect(fanOutPartly(items, { as: 'folder' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await fanOutPartly(new Map(), { as: 'folder' })).toEqual({ done: [], errors: [] })
})

test('nothing begins after the call has ended', async () => {
  const signal = AbortSignal.abort()
  await expect(fanOutPartly(new Map([['a', one]]), { as: 'folder', signal })).rejects.toThrow()
})
