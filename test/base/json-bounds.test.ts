import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exceededBound } from '../../src/base/json-bounds.js'

const bytes = (text: string) => new TextEncoder().encode(text)

/** Counted on the parsed value, written for clarity. */
function measure(value: unknown): { depth: number; values: number } {
  if (typeof value !== 'object' || value === null) return { depth: 0, values: 1 }
  const inner = Object.values(value).map(measure)
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    values: 1 + inner.reduce((sum, { values }) => sum + values, 0),
  }
}

const json = fc.tuple(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2))

test('JSON is within bounds of its own depth, however it is written', () => {
  fc.assert(
    fc.property(json, ([value, indent]) => {
      const { depth } = measure(value)
      const text = bytes(JSON.stringify(value, null, indent))
      expect(exceededBound(text, { depth, values: Number.POSITIVE_INFINITY })).toBeUndefined()
      if (depth > 0) expect(exceededBound(text, { depth: depth - 1, values: Number.POSITIVE_INFINITY })).toBe('depth')
    }),
    { numRuns: 1000 },
  )
})

test('JSON is never counted for less than half of its values, and never for many more', () => {
  fc.assert(
    fc.property(json, ([value, indent]) => {
      const { values } = measure(value)
      const text = bytes(JSON.stringify(value, null, indent))
      const most = { depth: Number.POSITIVE_INFINITY, values: values * 2 }
      expect(exceededBound(text, most)).toBeUndefined()
      const fewest = Math.ceil(values / 2) - 1
      if (fewest > 0) expect(exceededBound(text, { ...most, values: fewest })).toBe('values')
    }),
    { numRuns: 1000 },
  )
})

test('brackets, commas and escaped quotes inside of texts are not counted', () => {
  const text = bytes(JSON.stringify([`[[[,,,"\\"${'{'.repeat(100)}`, '\\']))
  expect(exceededBound(text, { depth: 1, values: 3 })).toBeUndefined()
})

test.each(['', '"', '"\\', ']]]]', '[', '{"a":"'])('what is no JSON (%j) is read to its end', (text) => {
  expect(exceededBound(bytes(text), { depth: 1, values: 10 })).toBeUndefined()
})
