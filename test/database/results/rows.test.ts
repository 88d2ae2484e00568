import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJsonCell } from '../../../src/database/results/json-cell.js'
import { float, integer, isoTimestamp, rowObject, uniqueColumnNames } from '../../../src/database/results/rows.js'
import { cpuTimeOf } from '../../cpu-time.js'

describe('column names', () => {
  test('are made unique, and the first of each name stays unchanged', () => {
    const names = fc.array(fc.constantFrom('a', 'a_2', 'a_3', 'b', '', '__proto__'))
    fc.assert(
      fc.property(names, (given) => {
        const unique = uniqueColumnNames(given)
        expect(new Set(unique).size).toBe(given.length)
        for (const [index, name] of given.entries()) {
          if (given.indexOf(name) === index) expect(unique[index]).toBe(name)
          else expect(unique[index]).toMatch(new RegExp(`^${name}_\\d+$`))
        }
      }),
    )
  })

  test('such as __proto__ are ordinary keys', () => {
    const row = rowObject(['__proto__', 'a'], (index) => index)
    expect(JSON.stringify(row)).toBe('{"__proto__":0,"a":1}')
    expect(Object.getPrototypeOf(row)).toBe(Object.prototype)
  })
})

describe('numbers of a result', () => {
  test('keep every digit if they are whole', () => {
    fc.assert(
      fc.property(fc.bigInt(-(2n ** 63n), 2n ** 64n), (value) => {
        const json = integer(value)
        expect(BigInt(json)).toBe(value)
        expect(integer(String(value))).toEqual(json)
        expect(typeof json).toBe(Number.isSafeInteger(Number(value)) ? 'number' : 'string')
      }),
    )
  })

  test('become text if JSON cannot hold them', () => {
    expect([float(1.5), float(Number.NaN), float(-Infinity)]).toEqual([1.5, 'NaN', '-Infinity'])
  })
})

describe('JSON of a result', () => {
  test('is returned as it is', () => {
    const wide = (value: unknown): boolean =>
      typeof value === 'number'
        ? Number.isInteger(value) && !Number.isSafeInteger(value)
        : typeof value === 'object' && value !== null && Object.values(value).some(wide)
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        fc.pre(!wide(value))
        const text = JSON.stringify(value)
        expect(parseJsonCell(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('keeps the digits of whole numbers, and of strings that hold some', () => {
    const text =
      '{"a": 12345678901234567890, "b": [-9007199254740993, 9007199254740991], "c": "say \\"12345678901234567890\\"", "d": 1.2345678901234567, "e": 1e20}'
    expect(parseJsonCell(text)).toEqual({
      a: '12345678901234567890',
      b: ['-9007199254740993', 9007199254740991],
      c: 'say "12345678901234567890"',
      d: 1.2345678901234567,
      e: 1e20,
    })
  })

  test('that is invalid stays text', () => {
    for (const text of ['{', '"', '"\\', '[1,]', '', 'NaN', '1 2', '{"a":1e}']) expect(parseJsonCell(text)).toBe(text)
  })

  test('keeps numbers as text if a double cannot hold them', () => {
    const text =
      '[1e400, -0, 0.1234567890123456789, 1e-400, 9007199254740992, 1.10, 1e3, -0.0, 0, 12345678901234567e-3]'
    expect(parseJsonCell(text)).toEqual([
      '1e400',
      '-0',
      '0.1234567890123456789',
      '1e-400',
      '9007199254740992',
      1.1,
      1000,
      '-0.0',
      0,
      '12345678901234567e-3',
    ])
  })

  test('with a key twice, or nested too deeply, stays text', () => {
    for (const text of ['{"a": 1, "a": 2}', '[{"b": {"c": 1, "\\u0063": 2}}]', '['.repeat(101) + ']'.repeat(101)])
      expect(parseJsonCell(text)).toBe(text)
    const deep = '['.repeat(100) + ']'.repeat(100)
    expect(JSON.stringify(parseJsonCell(deep))).toBe(deep)
    expect(parseJsonCell('{"a:b": "c:d", "__proto__": {"x": 1}}')).toEqual(
      JSON.parse('{"a:b": "c:d", "__proto__": {"x": 1}}'),
    )
  })

  test('of any value is returned as that value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown
        const wide = JSON.stringify(plain, (_, item) =>
          typeof item === 'number' && Math.abs(item) > 2 ** 53 ? 0 : item,
        )
        expect(parseJsonCell(wide)).toEqual(JSON.parse(wide))
      }),
    )
  })

  test.each([
    ['quotes', '"'.repeat(1_000_000)],
    ['escapes', `"${'\\'.repeat(1_000_001)}`],
    ['digits', '1'.repeat(1_000_000)],
    ['minus signs', '-'.repeat(1_000_000)],
    ['short strings', `[${'"a",'.repeat(200_000)}`],
    ['wide numbers', `[${'12345678901234567890,'.repeat(50_000)}1]`],
    ['unfinished strings with digits', `${'"1234567890123456,'.repeat(60_000)}`],
  ])('of a million %s is read in linear time', { timeout: 60_000 }, (_, text) => {
    expect(cpuTimeOf(() => void parseJsonCell(text))).toBeLessThan(2_000)
  })
})

test.each([
  ['2024-01-02 03:04:05', '2024-01-02T03:04:05'],
  ['2024-01-02 03:04:05.5', '2024-01-02T03:04:05.5'],
  ['2024-01-02 03:04:05+00', '2024-01-02T03:04:05+00:00'],
  ['2024-01-02 03:04:05-03:30', '2024-01-02T03:04:05-03:30'],
  ['0000-00-00 00:00:00', '0000-00-00T00:00:00'],
  ['infinity', 'infinity'],
  ['02/01/2024 03:04:05', '02/01/2024 03:04:05'],
  ['0044-03-15 00:00:00 BC', '0044-03-15 00:00:00 BC'],
])('the timestamp %s is written as %s', (text, iso) => {
  expect(isoTimestamp(text)).toBe(iso)
})
