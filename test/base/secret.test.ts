import { format, inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'

const VALUE = 'canary-0123456789'
const secret = new Secret(VALUE)

describe('a secret prints as [redacted]', () => {
  test.each([
    ['in a template', () => `${secret}`],
    ['joined to text', () => `the secret: ${[secret].join()}`],
    ['as String()', () => String(secret)],
    ['as JSON', () => JSON.stringify({ deep: [{ secret }] })],
    ['by util.inspect', () => inspect({ deep: [{ secret }] }, { depth: null, showHidden: true })],
    ['by util.inspect without custom forms', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['by util.format', () => format('%s %o %j', secret, secret, secret)],
    ['in the message of an error', () => new Error(`no ${secret}`).message],
    ['as a field of an error', () => inspect(Object.assign(new Error('no'), { secret, cause: { secret } }))],
    ['as the key of an object', () => JSON.stringify({ [`${secret}`]: 1 })],
  ])('%s', (_way, print) => {
    expect(print()).not.toContain(VALUE)
  })

  test('and nothing else, so that a log says where one was', () => {
    expect([`${secret}`, JSON.stringify(secret), inspect(secret)]).toEqual(['[redacted]', '"[redacted]"', '[redacted]'])
  })
})

test('a secret cannot be read from a copy of its fields', () => {
  expect(Object.keys(secret)).toEqual([])
  expect(JSON.stringify({ ...secret })).toBe('{}')
  expect(inspect(structuredClone(secret))).not.toContain(VALUE)
})

test('reveal() returns the value as it was', () => {
  expect(secret.reveal()).toBe(VALUE)
})
