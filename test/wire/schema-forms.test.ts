import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { inputForms } from '../../src/wire/schema-forms.js'

const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree)
  },
})
const named = z.object({ id: z.string() }).meta({ id: 'Named' })

/** Zod schemas as authors of connectors write them, and as they could. */
const { schema: anySchema } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<z.ZodType>(
      z.string(),
      z.int().min(1),
      z.number(),
      z.boolean(),
      z.null(),
      z.any(),
      z.unknown(),
      z.enum(['a', 'b']),
      z.literal([1, 'a', null, true]),
      z.literal(1.5),
      z.iso.datetime(),
      z.record(z.string(), z.number()),
      z.tuple([z.string(), z.number()]),
      z.custom<string>(() => true),
      z.string().meta({ type: 'string', format: 'binary' }),
      z.bigint(),
      z.date(),
      z.iso.date().regex(/^2/),
      z.email(),
      z.json(),
      tree,
      named,
    ),
    tie('schema').map((inner) => z.array(inner)),
    tie('schema').map((inner) => z.partialRecord(z.enum(['a', 'b']), inner)),
    tie('schema').map((inner) => inner.nullable()),
    tie('schema').map((inner) => inner.optional()),
    tie('schema').map((inner) => inner.default(null as never)),
    tie('schema').map((inner) => z.object({ inner })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((options) => z.union(options as [z.ZodType])),
    fc.tuple(tie('schema'), tie('schema')).map(([a, b]) => z.intersection(a, b)),
  ),
}))

const BARE = ['string', 'integer', 'number', 'boolean', 'object', 'null']
const BINARY = JSON.stringify({ type: 'string', format: 'binary' })

/** One of the few forms that the published SDKs read: a bare type, a file, or a list of either. */
function isPlain(form: Record<string, unknown>): boolean {
  if (JSON.stringify(form) === BINARY) return true
  const { type, items, ...others } = form
  if (Object.keys(others).length > 0) return false
  if (type === 'array') return isPlain(items as Record<string, unknown>) && (items as { type: string }).type !== 'array'
  return items === undefined && BARE.includes(String(type))
}

describe('the conservative form', () => {
  test('of whatever schema is one that the published SDKs read', () => {
    fc.assert(
      fc.property(anySchema, (field) => {
        const { conservative } = inputForms('act', z.strictObject({ field }))
        const { field: form, ...others } = conservative.properties as Record<string, Record<string, unknown>>
        expect([conservative.type, others]).toEqual(['object', {}])
        const { anyOf, ...rest } = form ?? {}
        const branches = (anyOf ?? [rest]) as Record<string, unknown>[]
        if (anyOf) expect(rest).toEqual({})
        expect(branches.every(isPlain)).toBe(true)
        // The null branch comes last, once, and is what makes a parameter optional there.
        if (anyOf) expect(branches.map(({ type }) => type).indexOf('null')).toBe(branches.length - 1)
        expect(new Set(branches.map((branch) => JSON.stringify(branch))).size).toBe(branches.length)
      }),
      { numRuns: 1000 },
    )
  })

  test('has a null branch exactly where a parameter may be left out or be null', () => {
    const form = (field: z.ZodType) => inputForms('act', z.strictObject({ field })).conservative.properties.field
    expect(form(z.string())).toEqual({ type: 'string' })
    for (const field of [z.string().optional(), z.string().nullable(), z.string().default('x')])
      expect(form(field)).toEqual({ anyOf: [{ type: 'string' }, { type: 'null' }] })
  })
})

test.each([
  ['list_issues', 'ListIssuesInput'],
  ['admin/revoke-all', 'AdminRevokeAllInput'],
  ['__', 'Input'],
])('the full form of %s is titled %s, in letters and digits', (name, title) => {
  expect(inputForms(name, z.strictObject({})).full.title).toBe(title)
})

test('the full form of whatever schema is JSON and does not tell which fields are secret', () => {
  const secret = z.string().meta({ secret: true })
  fc.assert(
    fc.property(anySchema, (field) => {
      const { full } = inputForms('act', z.strictObject({ field, secret }))
      expect(JSON.parse(JSON.stringify(full))).toEqual(full)
      expect((full.properties as Record<string, object>).secret).toEqual({ type: 'string' })
    }),
  )
})

test('the full form of whatever schema has no reference, no names of keys and no long pattern', () => {
  fc.assert(
    fc.property(anySchema, (field) => {
      const text = JSON.stringify(inputForms('act', z.strictObject({ field })).full)
      expect(text).not.toMatch(/"(\$ref|\$defs|propertyNames)":|"pattern":"[^"]{61}/)
    }),
  )
})

describe('the full form keeps what a reader needs', () => {
  const form = (field: z.ZodType) =>
    (inputForms('act', z.strictObject({ field })).full.properties as Record<string, object>).field

  test('of a moment its format, and of a text its own short pattern', () => {
    expect(form(z.iso.datetime({ offset: true }))).toEqual({ type: 'string', format: 'date-time' })
    expect(form(z.string().regex(/^C[0-9A-Z]+$/))).toEqual({ type: 'string', pattern: '^C[0-9A-Z]+$' })
    expect(form(z.iso.date().regex(/^20/))).toEqual({ type: 'string', allOf: [{ pattern: '^20' }] })
  })

  test('of keys out of a list their names', () => {
    const number = { type: 'number' }
    expect(form(z.partialRecord(z.enum(['a', 'b']), z.number()))).toEqual({
      type: 'object',
      properties: { a: number, b: number },
      additionalProperties: false,
    })
    expect(form(z.record(z.string(), z.number()))).toEqual({ type: 'object', additionalProperties: number })
  })

  test('of what contains itself one round, and of a named schema all', () => {
    const children = { type: 'array', items: { type: 'object' } }
    const once = { type: 'object', properties: { name: { type: 'string' }, children }, required: ['name', 'children'] }
    expect(form(tree)).toEqual(once)
    const object = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] }
    expect(form(z.tuple([named, named.describe('The second')]))).toMatchObject({
      type: 'array',
      prefixItems: [object, { ...object, description: 'The second' }],
    })
  })
})
