import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { inputSchemaOf, parseArguments } from '../../src/mcp/schema.js'
import { TOOLS } from '../../src/mcp/tools/index.js'

interface Property {
  type?: string
  items?: { type?: string }
}

/** Every argument of a tool that is an object or a list, with a value for it. */
const VALUES = TOOLS.flatMap((tool) =>
  Object.entries(inputSchemaOf(tool).properties as Record<string, Property>).flatMap(([name, { type, items }]) => {
    const value =
      type === 'object' ? { a: 1 } : type === 'array' ? [items?.type === 'string' ? 'a' : { a: 1 }] : undefined
    return value === undefined ? [] : [{ tool, name, value }]
  }),
)

test('the arguments that are objects or lists are found', () => {
  expect(VALUES.map(({ tool, name }) => `${tool.name} ${name}`)).toEqual([
    'describe_connector actions',
    'execute_connector params',
    'execute_connector response_fields',
    'execute_connector response_filters',
    'link_integration prefill',
    'link_integration configuration',
    'read_connector params',
    'read_connector response_fields',
    'read_connector response_filters',
    'read_result response_fields',
    'read_result response_filters',
    'search_actions connectors',
  ])
})

describe.each(VALUES)('$tool.name: $name', ({ tool, name, value }) => {
  const parse = (given: unknown) =>
    parseArguments(z.strictObject({ [name]: tool.input.shape[name] as z.ZodType }), { [name]: given })

  test('may come as its JSON text', () => {
    expect(parse(JSON.stringify(value))).toEqual(parse(value))
    expect(parse(value)).toEqual({ [name]: value })
  })

  test.each(['', 'a', '1', 'null', '{', '"a"', '['.repeat(1000) + ']'.repeat(1000)])(
    'is not taken as another text, and the error says what to send: %.10s',
    (text) => {
      expect(() => parse(text)).toThrow(new RegExp(`${name} must be an? (object|list), such as .*JSON text`))
    },
  )

  test('is not rounded', () => {
    expect(() => parse('[{"a":0.12345678901234567890}]')).toThrow('more digits')
  })
})
