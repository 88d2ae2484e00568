import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { basic, bearer } from '../../../src/kit/authorization.js'
import { dateOrTime } from '../../../src/kit/fields/date-or-time.js'
import { inputForms } from '../../../src/wire/schema-forms.js'

const start = dateOrTime('From then on', 'start')
const end = dateOrTime('Until then', 'end')

describe('dateOrTime', () => {
  test.each([
    ['2026-02-28', '2026-02-28T00:00:00Z', '2026-02-28T23:59:59Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z', '2024-02-29T23:59:59Z'],
    ['2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z'],
    ['2026-02-28t10:11:12z', '2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z'],
    ['2026-02-28T10:11:12.987Z', '2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z'],
    ['2026-02-28T10:11:12', '2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z'],
    ['2026-02-28 10:11:12', '2026-02-28T10:11:12Z', '2026-02-28T10:11:12Z'],
    ['2026-02-28T10:11', '2026-02-28T10:11:00Z', '2026-02-28T10:11:00Z'],
    ['2026-02-28T10:11:12+05:30', '2026-02-28T04:41:12Z', '2026-02-28T04:41:12Z'],
    ['2026-02-28T23:30:00-02:00', '2026-03-01T01:30:00Z', '2026-03-01T01:30:00Z'],
    [' 2026-02-28 ', '2026-02-28T00:00:00Z', '2026-02-28T23:59:59Z'],
  ])('accepts %j', (text, from, to) => {
    expect(start.parse(text)).toBe(from)
    expect(end.parse(text)).toBe(to)
  })

  test.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-02-30T00:00:00Z',
    '2025-02-29',
    '2026-13-01',
    '26-02-28',
    '2026-2-8',
    '2026-02-28T25:00:00Z',
    '2026-02-28T10:11:12 Europe/Berlin',
    '02/28/2026',
    '1767225600',
  ])('refuses %j', (text) => {
    expect(start.safeParse(text).success).toBe(false)
  })

  test('accepts every second of the calendar', () => {
    const moment = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(moment, (date) => {
        const seconds = date.toISOString().replace(/\.\d+Z$/, 'Z')
        expect(start.parse(date.toISOString())).toBe(seconds)
        expect(end.parse(seconds)).toBe(seconds)
      }),
    )
  })

  test('appears to an agent as a string with a description', () => {
    const { full } = inputForms('x', z.strictObject({ from: start.optional() }))
    expect(full.properties).toEqual({
      from: {
        type: 'string',
        description: 'From then on. ISO 8601 date or date-time; UTC unless an offset is given',
      },
    })
    expect(full.required ?? []).toEqual([])
  })
})

describe('authorization', () => {
  test('bearer() makes the header field of a bearer token', () => {
    expect(bearer('t')).toEqual({ authorization: 'Bearer t' })
  })
  // The example of RFC 7617 §2, and its UTF-8 one of §2.1.
  test('basic() makes the header field of a user name and a password', () => {
    expect(basic('Aladdin', 'open sesame')).toEqual({ authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' })
    expect(basic('test', '123£')).toEqual({ authorization: 'Basic dGVzdDoxMjPCow==' })
  })
})
