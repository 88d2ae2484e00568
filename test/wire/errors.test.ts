import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ERRORS, isErrorCode } from '../../src/wire/errors.js'

test.each(Object.entries(ERRORS))('the code %s has a status of an error and a type', (_code, { status, type }) => {
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(600)
  expect(type).toMatch(/^[A-Z][A-Za-z]+Error$/)
})

test('the table in docs/api.md names every code beside its status', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/api.md'), 'utf8')
  const rows = [...docs.matchAll(/^\| (\d{3}) \| (.*) \|$/gm)].flatMap(([, status, codes = '']) =>
    [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => [code, Number(status)]),
  )
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status])),
  )
})

test.each(['', 'toString', '__proto__', 'constructor', 'invalid_token', 7, null, undefined])(
  '%j is not an error code',
  (code) => {
    expect(isErrorCode(code)).toBe(false)
  },
)
