import { describe, expect, test } from 'vitest'
import type { ConnectorsError } from '../../../src/base/errors.js'
import { z } from '../../../src/kit/index.js'
import { parseInput } from '../../../src/kit/parameters/input.js'
import { inputForms } from '../../../src/wire/schema-forms.js'
import { responseFilter } from '../../../src/wire/shaping.js'

test('null for an optional parameter counts as missing; elsewhere the schema decides', () => {
  const schema = z.strictObject({
    body: z.string().optional(),
    limit: z.number().default(5),
    sort: z.string().nullable(),
    title: z.string().optional(),
  })
  expect(parseInput(schema, { body: null, limit: null, sort: null, title: 'x' })).toEqual({
    limit: 5,
    sort: null,
    title: 'x',
  })
  expect(() => parseInput(z.strictObject({ needed: z.string() }), { needed: null })).toThrow('needed')
  expect(() => parseInput(schema, { unknown: null, sort: null })).toThrow('unknown')
})

test('a missing parameter is reported as missing', () => {
  const parse = () => parseInput(z.strictObject({ needed: z.string(), list: z.array(z.string()) }), { list: [1] })
  expect(parse).toThrow(/needed: is missing; list\.0: (?!is missing)/)
})

test.each([
  ['required', z.string(), { type: 'string' }],
  ['optional', z.string().optional(), { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  ['with a default', z.number().int().default(3), { anyOf: [{ type: 'integer' }, { type: 'null' }] }],
  ['nullish', z.string().nullish(), { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  ['an enum', z.enum(['a', 'b']), { type: 'string' }],
  ['a union', z.union([z.string(), z.number()]), { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'null' }] }],
  ['a list', z.array(z.string()), { type: 'array', items: { type: 'string' } }],
  ['a list of lists', z.array(z.array(z.string())), { type: 'array', items: { type: 'object' } }],
  ['an object', z.strictObject({ x: z.string() }), { type: 'object' }],
])('the conservative form of a parameter that is %s', (_name, field, form) => {
  expect(inputForms('some/action', z.strictObject({ field })).conservative.properties.field).toEqual(form)
})

test('a date that does not exist in the calendar is refused', () => {
  const filter = { type: 'date_range', field_name: 'at' }
  expect(responseFilter.safeParse({ ...filter, from_date: '2024-02-29' }).success).toBe(true)
  expect(responseFilter.safeParse({ ...filter, from_date: '2024-02-30' }).success).toBe(false)
  expect(responseFilter.safeParse({ ...filter, to_date: '2024-13-01T00:00:00Z' }).success).toBe(false)
})

describe('a parameter that is missing', () => {
  const schema = z.strictObject({
    sort: z.enum(['ascending', 'descending']),
    kind: z.literal('issue'),
    id: z.union([z.string(), z.number()]),
    name: z.string(),
    filter: z.strictObject({ by: z.enum(['name']) }).optional(),
  })
  const faultsOf = (raw: unknown) => {
    try {
      parseInput(schema, raw)
    } catch (error) {
      return (error as ConnectorsError).details?.errors
    }
    return undefined
  }

  test('is said to be missing, whatever it would have to be, with the values that it can have', () => {
    expect(faultsOf({ filter: {} })).toEqual([
      { field: 'sort', message: 'is missing; expected one of "ascending"|"descending"' },
      { field: 'kind', message: 'is missing; expected "issue"' },
      { field: 'id', message: 'is missing' },
      { field: 'name', message: 'is missing' },
      { field: 'filter.by', message: 'is missing; expected "name"' },
    ])
  })

  test('is something else than one of a wrong value', () => {
    expect(faultsOf({ sort: 'decending', kind: 'issue', id: true, name: 'a' })).toEqual([
      {
        field: 'sort',
        message: expect.stringMatching(/^Invalid option: expected one of "ascending"\|"descending" \(did you mean/),
      },
      { field: 'id', message: 'Invalid input' },
    ])
  })
})
