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

  test('are found in linear time', () => {
    for (const part of ['"', '\\', '1', '-', '[', '{"a":', '"1234567890123456,']) {
      const started = performance.now()
      try {
        refuseRoundedNumbers(`1234567890123456 ${part.repeat(500_000)}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      }
      expect(performance.now() - started).toBeLessThan(2_000)
    }
  })
})
