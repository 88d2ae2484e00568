import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refuseRoundedNumbers } from '../../src/base/exact-json.js'
import { keepsDigits } from '../../src/base/json.js'

describe('numbers that lose digits when they are parsed', () => {
  test.each([
    ['{"variables": {"id": 9007199254740993}}', 'variables.id'],
    ['{"a": [1, {"b": [0, -12345678901234567890]}]}', 'a.1.b.1'],
    ['[0.12345678901234567890]', '0'],
    ['{"x": "\\"", "y": 1234567890.1234567890123}', 'y'],
    ['{"a": {"b": 1}, "c": 99999999999999999}', 'c'],
    // Another number of the same double: which one was meant is not known.
    ['{"a": 9007199254740992}', 'a'],
  ])('%s: %s', (text, field) => {
    expect(() => refuseRoundedNumbers(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_PARAMETERS',
        details: { errors: [{ field, message: 'would be rounded' }] },
      }),
    )
  })

  test.each([
    '{"a": "9007199254740993", "9007199254740993": 1}',
    '{"a": 0.30000000000000004, "b": 1.7976931348623157e308, "c": 9007199254740991, "d": 1.000000000000000000}',
    '{"a": 1e300, "b": "12345678901234567890\\"12345678901234567890"}',
    '12345678901234567x',
  ])('%s has none', (text) => {
    if (text.endsWith('x')) expect(() => JSON.parse(text)).toThrow()
    else expect(() => refuseRoundedNumbers(text)).not.toThrow()
  })

  test('are never those that a program wrote', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const written = JSON.stringify(value)
        if (Number.isInteger(value) && !Number.isSafeInteger(value)) return
        expect(keepsDigits(written)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('are those of a program that writes all 17 digits of a double only where they say something else', () => {
    expect(() => refuseRoundedNumbers('[0.10000000000000001, 3.1415926535897931]')).not.toThrow()
    expect(() => refuseRoundedNumbers('[0.100000000000000012]')).toThrow('more digits')
  })

  test('are left to others where they are whole, if that is asked for', () => {
    expect(() => refuseRoundedNumbers('[9007199254740993]', false)).not.toThrow()
    expect(() => refuseRoundedNumbers('[0.12345678901234567890]', false)).toThrow('more digits')
  })

  // In quadratic time a text of this length would take longer than any test may.
  test.each(['"', '\\', '1', '-', '[', '{"a":', '"1234567890123456,'])('are found in linear time behind %s', (part) => {
    const look = () => {
      try {
        refuseRoundedNumbers(`1234567890123456 ${part.repeat(400_000)}`)
      } catch (error) {
        return error
      }
      return undefined
    }
    expect([undefined, 'INVALID_PARAMETERS']).toContain((look() as { code?: string } | undefined)?.code)
  })
})
