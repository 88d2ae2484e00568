import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readJson } from '../../src/base/json.js'
import { readBoundedJson } from '../../src/base/json-bounds.js'

test('JSON is read as the platform reads it, and what is not JSON is undefined', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      expect(readJson(text)).toEqual(JSON.parse(text))
    }),
  )
  for (const text of ['', '{', 'undefined', '1 2', '\u0000']) expect(readJson(text)).toBeUndefined()
})

test('bounded JSON is read up to the bounds, and not beyond them', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const bounds = { depth: 2, values: 3 }
  expect(readBoundedJson(bytes('[["é"]]'), bounds)).toEqual([['é']])
  expect(readBoundedJson(bytes('[[[]]]'), bounds)).toBeUndefined()
  expect(readBoundedJson(bytes('[1,2,3]'), bounds)).toBeUndefined()
  expect(readBoundedJson(bytes('[1,2'), bounds)).toBeUndefined()
})
