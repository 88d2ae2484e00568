import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compactParameters, firstSentences } from '../../../src/mcp/results/compact-parameters.js'
import { cpuTimeOf } from '../../cpu-time.js'

const ALL = { requiredText: 200, optionalText: 200, optionalTypes: true, values: 20, parameters: 60 }
const compact = (properties: Record<string, unknown>, required: string[] = [], detail: Partial<typeof ALL> = {}) =>
  compactParameters({ type: 'object', properties, required }, { ...ALL, ...detail })
/** What is said of one parameter. */
const line = (schema: unknown, root: Record<string, unknown> = {}) =>
  compactParameters({ ...root, type: 'object', properties: { a: schema } }, ALL).parameters.a

describe('what is said of a parameter', () => {
  test.each([
    [{ type: 'string' }, 'string'],
    [{ type: 'string', format: 'date-time', description: 'When\n  it began.' }, 'string (date-time); When it began.'],
    [{ type: 'integer', minimum: 1, maximum: 100, default: 30 }, 'integer 1-100; default 30'],
    [{ type: 'integer', maximum: 9_007_199_254_740_991, minimum: 0 }, 'integer'],
    [{ type: 'number', maximum: 5 }, 'number up to 5'],
    [{ type: 'boolean', default: false }, 'boolean; default false'],
    [{ enum: ['open', 'closed', 'all'], default: 'open' }, 'open | closed | all; default open'],
    [{ enum: ['a b', 1, null] }, '"a b" | 1'],
    [{ const: 'x' }, 'x'],
    [{ type: 'array', items: { type: 'string' } }, 'list of string'],
    [{ type: 'array', items: { enum: ['a', 'b'] } }, 'list of (a | b)'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }], default: null }, 'string'],
    [{ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }, 'string | list of string'],
    [{ type: ['integer', 'string', 'null'] }, 'integer | string'],
    [
      {
        type: 'object',
        properties: { text: { type: 'string' }, tags: { type: 'array', items: {} } },
        required: ['text'],
      },
      '{text: string, tags?: list of any}',
    ],
    [{ type: 'object' }, 'object'],
    [{}, 'any'],
    ['no schema', 'any'],
    [{ type: 'null' }, 'null'],
  ])('%j', (schema, said) => expect(line(schema)).toBe(said))

  test('a reference within the schema is followed, also one that leads back to itself', () => {
    const root = { $defs: { Name: { type: 'string' }, Tree: { type: 'array', items: { $ref: '#/$defs/Tree' } } } }
    expect(line({ $ref: '#/$defs/Name' }, root)).toBe('string')
    expect(line({ $ref: '#/$defs/Tree' }, root)).toMatch(/^(list of ){3,}any$/)
    expect(line({ $ref: '#/$defs/constructor' }, root)).toBe('any')
  })

  test('required ones come first and say so; response_fields and response_filters are not among them', () => {
    const properties = { b: { type: 'string' }, a: { type: 'string' }, response_fields: {}, response_filters: {} }
    expect(Object.entries(compact(properties, ['a']).parameters)).toEqual([
      ['a', 'string, required'],
      ['b', 'string'],
    ])
  })
})

describe('what is left out', () => {
  const properties = {
    owner: { type: 'string', description: 'Owner of the repository. Not its name.' },
    page: { type: 'integer', description: 'Number of the page' },
    kind: { enum: ['a', 'b', 'c'] },
  }

  test('nothing, if there is room', () => expect(compact(properties, ['owner']).cut).toBe(false))

  test('texts of optional ones, then whole sentences, then all but the names; and it says so each time', () => {
    expect(compact(properties, ['owner'], { optionalText: 0 })).toEqual({
      parameters: {
        owner: 'string, required; Owner of the repository. Not its name.',
        page: 'integer',
        kind: 'a | b | c',
      },
      optional: [],
      cut: true,
    })
    expect(compact(properties, ['owner'], { requiredText: 26 })).toMatchObject({
      parameters: { owner: 'string, required; Owner of the repository.' },
      cut: true,
    })
    expect(compact(properties, ['owner'], { optionalTypes: false })).toMatchObject({
      parameters: { owner: expect.stringContaining('Owner') },
      optional: ['page', 'kind'],
      cut: true,
    })
    expect(compact(properties, [], { values: 2 })).toMatchObject({ parameters: { kind: 'a | b | …' }, cut: true })
    expect(compact(properties, [], { parameters: 1 })).toMatchObject({ parameters: { owner: /./ }, cut: true })
    expect(Object.keys(compact(properties, [], { parameters: 1 }).parameters)).toEqual(['owner'])
  })

  test('a text ends with a sentence, or else with a word', () => {
    expect(firstSentences('One. Two three. Four.', 16)).toBe('One. Two three.')
    expect(firstSentences('One. Two three four five six seven', 20)).toBe('One. Two three four…')
    expect(firstSentences('short', 20)).toBe('short')
    expect(firstSentences('😀'.repeat(30), 20)).not.toMatch(/[\uD800-\uDBFF]…/)
    expect(firstSentences('something', 0)).toBe('')
  })
})

test('any schema is written down, in little room and time', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (properties, required) => {
      const { parameters, optional } = compactParameters({ type: 'object', properties, required }, ALL)
      for (const said of Object.values(parameters)) expect(typeof said).toBe('string')
      expect(optional).toEqual([])
    }),
  )
  const wide = (depth: number): unknown =>
    depth === 0
      ? { type: 'string', description: 'x'.repeat(10_000) }
      : {
          anyOf: Array.from({ length: 9 }, (_, place) => ({
            type: 'object',
            properties: { [`p${place}`]: wide(depth - 1) },
          })),
        }
  const properties = Object.fromEntries(Array.from({ length: 200 }, (_, number) => [`p${number}`, wide(3)]))
  let said = {}
  expect(cpuTimeOf(() => (said = compactParameters({ type: 'object', properties }, ALL)))).toBeLessThan(500)
  expect(JSON.stringify(said).length).toBeLessThan(40_000)
})

describe('a schema to which many parameters refer is not gone through for each of them', () => {
  const many = (make: (at: number) => unknown): unknown[] => Array.from({ length: 60_000 }, (_, at) => make(at))
  const object = Object.fromEntries(many((at) => [`m${at}`, { type: 'string' }]) as [string, unknown][])

  test.each([
    ['members', { type: 'object', properties: object }],
    ['values', { enum: many((at) => `value ${at}`) }],
    ['types', { type: many(() => 'string') }],
    ['alternatives', { anyOf: many(() => ({ type: 'string' })) }],
  ])('with many %s', (_of, wide) => {
    const properties = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`p${at}`, { $ref: '#/$defs/wide' }]))
    const run = () => compactParameters({ type: 'object', $defs: { ...object, wide }, properties }, ALL)
    expect(cpuTimeOf(run)).toBeLessThan(700)
  })
})
