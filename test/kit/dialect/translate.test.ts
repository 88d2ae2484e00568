import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Json } from '../../../src/base/json.js'
import type { Dialect } from '../../../src/kit/dialect/dialect.js'
import { recordMarker } from '../../../src/kit/dialect/mark-records.js'
import { camelCase, snakeCase } from '../../../src/kit/dialect/spelling.js'
import { answerOf, bodyFor, keepKeys, pathOf } from '../../../src/kit/dialect/translate.js'

const dialect: Dialect = {
  member: camelCase,
  answer: (name) => (name.startsWith('@odata.') ? undefined : snakeCase(name)),
  data: ['properties', 'export_links'],
}

describe('an answer', () => {
  test('has our names at every depth', () => {
    const answer = { nextPageToken: 't', files: [{ mimeType: 'a/b', owners: [{ displayName: 'Ada' }] }] }
    expect(answerOf(dialect, answer)).toEqual({
      next_page_token: 't',
      files: [{ mime_type: 'a/b', owners: [{ display_name: 'Ada' }] }],
    })
  })

  test('keeps keys that are data, and translates what is deeper', () => {
    const answer = { exportLinks: { 'application/pdf': 'https://x' }, properties: { myKey: { innerName: 1 } } }
    expect(answerOf(dialect, answer)).toEqual({
      export_links: { 'application/pdf': 'https://x' },
      properties: { myKey: { inner_name: 1 } },
    })
  })

  test('loses members only where the dialect says so', () => {
    expect(answerOf(dialect, { '@odata.type': 'x', name: 'n' })).toEqual({ name: 'n' })
  })

  test.each<[Json, Json]>([
    [
      { fooBar: 1, foo_bar: 2 },
      { fooBar: 1, foo_bar: 2 },
    ],
    [
      { foo_bar: 1, fooBar: 2 },
      { foo_bar: 1, fooBar: 2 },
    ],
    [
      { fooBar: 1, FooBar: 2 },
      { foo_bar: 1, FooBar: 2 },
    ],
  ])('loses no member of %j, whose names would be the same', (answer, expected) => {
    expect(answerOf(dialect, answer)).toEqual(expected)
  })

  test('asks for the spelling of a name once, and of each dialect its own', () => {
    const asked: string[] = []
    const upper = {
      answer: (name: string) => {
        asked.push(name)
        return name === 'gone' ? undefined : name.toUpperCase()
      },
    }
    const answer = { inner: [{ name: 1 }, { name: 2, gone: 3 }] }
    for (let i = 0; i < 3; i++) {
      expect(answerOf(upper, answer)).toEqual({ INNER: [{ NAME: 1 }, { NAME: 2 }] })
      expect(answerOf({ answer: (name) => `${name}_` }, answer)).toEqual({
        inner_: [{ name_: 1 }, { name_: 2, gone_: 3 }],
      })
    }
    expect(asked.sort()).toEqual(['gone', 'inner', 'name'])
  })

  test('cannot change the prototype of anything', () => {
    const answer = JSON.parse('{"__proto__": {"isAdmin": true}, "constructor": 1}') as Json
    const ours = answerOf(dialect, answer) as Record<string, unknown>
    expect(Object.getPrototypeOf(ours)).toBe(Object.prototype)
    expect(Object.keys(ours)).toEqual(['__proto__', 'constructor'])
  })

  test('has as many values as it had', () => {
    const values = (json: unknown): number =>
      typeof json === 'object' && json !== null
        ? Object.values(json).reduce<number>((sum, item) => sum + values(item), 1)
        : 1
    fc.assert(
      fc.property(fc.jsonValue(), (answer) => {
        expect(values(answerOf({ answer: snakeCase }, answer as Json))).toBe(values(answer))
      }),
    )
  })
})

describe('a body', () => {
  const input = z.strictObject({
    display_name: z.string(),
    address: z.object({ post_code: z.string() }).optional(),
    labels: z.record(z.string(), z.string()).nullish(),
    items: z.array(z.object({ item_name: z.string(), more_data: z.unknown() })).optional(),
  })

  test("has the vendor's names, but for the keys of records", () => {
    const parsed = input.parse({
      display_name: 'n',
      address: { post_code: 'p' },
      labels: { my_label: 'x' },
      items: [{ item_name: 'i', more_data: { some_key: { other_key: 1 } } }],
    })
    recordMarker(input)?.(parsed)
    expect(bodyFor(dialect, parsed as Json)).toEqual({
      displayName: 'n',
      address: { postCode: 'p' },
      labels: { my_label: 'x' },
      items: [{ itemName: 'i', moreData: { some_key: { other_key: 1 } } }],
    })
  })

  test('keeps the keys of an object that an author marked', () => {
    expect(bodyFor(dialect, { own_keys: keepKeys({ a_b: 1 }) })).toEqual({ ownKeys: { a_b: 1 } })
  })

  test('needs no walk where a schema has no records', () => {
    expect(recordMarker(z.strictObject({ a: z.string(), b: z.array(z.object({ c: z.number() })) }))).toBeUndefined()
  })
})

test.each([
  ['files.mimeType', 'files.mime_type'],
  ['files.mime_type', 'files.mime_type'],
  ['properties.myKey.innerName', 'properties.myKey.inner_name'],
  ['exportLinks.application/pdf', 'export_links.application/pdf'],
])('the path %s means %s', (path, ours) => {
  expect(pathOf(dialect, path)).toBe(ours)
})
