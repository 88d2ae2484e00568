import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainObject, type Json } from '../../src/base/json.js'
import { responseFilter, shape } from '../../src/wire/shaping.js'

const filter = (given: object) => responseFilter.parse(given)

/** What `response_fields` says, written for clarity and not for speed. */
function kept(data: Json, fields: string[][]): Json {
  if (Array.isArray(data)) return data.map((item) => kept(item, fields))
  if (!isPlainObject(data)) return data
  const entries = Object.entries(data as Record<string, Json>).flatMap(([key, value]): [string, Json][] => {
    const deeper = fields.filter(([first]) => first === key).map((steps) => steps.slice(1))
    if (deeper.length === 0) return []
    return [[key, deeper.some((steps) => steps.length === 0) ? value : kept(value, deeper)]]
  })
  return Object.fromEntries(entries)
}

test('the fields to keep are found as their definition says', () => {
  const name = fc.constantFrom('a', 'b', 'c', '', '__proto__')
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Json>(1, 'x', null),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.array(fc.tuple(name, tie('tree')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    ),
  }))
  const paths = fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(tree, paths, (data, fields) => {
      const shaped = shape(data, { response_fields: fields.map((steps) => steps.join('.')) })
      expect(shaped).toEqual(kept(data, fields))
    }),
    { numRuns: 2000 },
  )
})

test.each([[['*']], [['a', '*']], [[]], [null], [undefined]])('the fields %j keep everything', (response_fields) => {
  const data = [{ a: 1, b: { c: 2 } }]
  expect(shape(data, { response_fields })).toEqual(data)
})

describe('a condition', () => {
  const data = [
    { name: 'Ada', n: 1, at: '2026-01-01T12:00:00Z', of: [{ kind: 'A' }, { kind: 'b' }] },
    { name: 'bob', n: 2, at: '2026-01-02T00:00:00Z', of: [] },
    { name: 3, n: 'two', at: 'never' },
  ]
  test.each<[object, number[]]>([
    [{ type: 'string', field_name: 'name', value: 'ADA' }, [0]],
    [{ type: 'string', field_name: 'name', value: 'ADA', ignore_case: false }, []],
    [{ type: 'string', field_name: 'of.kind', value: 'B' }, [0]],
    [{ type: 'string_list', field_name: 'name', values: ['ada', 'BOB'] }, [0, 1]],
    [{ type: 'string_list', field_name: 'nothing', values: [] }, [0, 1, 2]],
    [{ type: 'number', field_name: 'n', value: 2 }, [1]],
    [{ type: 'number_list', field_name: 'n', values: [1, 2] }, [0, 1]],
    [{ type: 'number_list', field_name: 'nothing', values: [] }, [0, 1, 2]],
    [{ type: 'number_range', field_name: 'n', from_value: 2 }, [1]],
    [{ type: 'number_range', field_name: 'n' }, [0, 1]],
    [{ type: 'date_range', field_name: 'at', to_date: '2026-01-01' }, [0]],
    [{ type: 'date_range', field_name: 'at', from_date: '2026-01-01 12:00:01' }, [1]],
    [{ type: 'date_range', field_name: 'at' }, [0, 1]],
  ])('%j', (given, expected) => {
    expect(shape(data, { response_filters: [filter(given)] })).toEqual(expected.map((index) => data[index]))
  })

  test('with a root filters there, in place', () => {
    const given = filter({ type: 'string', field_name: 'kind', root: 'of', value: 'b' })
    expect(shape(data.slice(0, 1), { response_filters: [given] })).toEqual([{ ...data[0], of: [{ kind: 'b' }] }])
  })
})

test('as much as may be asked for takes the time of the answer', () => {
  const data = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `n${id}`, of: { a: id } }))
  const values = Array.from({ length: 10_000 }, (_, id) => `N${id}`)
  const filters = Array.from({ length: 50 }, () => filter({ type: 'string_list', field_name: 'name', values }))
  const fields = Array.from({ length: 500 }, (_, index) => `of.x${index}${'.y'.repeat(200)}`)
  // Each item against each value and each path would be ten billion comparisons.
  const shaped = shape(data, { response_filters: filters, response_fields: ['id', ...fields] })
  expect(shaped).toHaveLength(10_000)
  expect((shaped as Json[])[0]).toEqual({ id: 0, of: {} })
})
