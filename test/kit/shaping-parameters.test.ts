import { describe, expect, test } from 'vitest'
import { actionEntries } from '../../src/api/answers/action-entries.js'
import { binary, defineAction, defineConnector, schemasOf, summaryOf, z } from '../../src/kit/index.js'
import { testCall } from '../connectors/harness.js'

const act = (field: z.ZodType, shaping?: boolean) =>
  defineAction({
    name: 'act',
    description: 'Acts.',
    effect: 'create',
    ...(shaping === undefined ? {} : { shaping }),
    input: { field },
    run: async () => ({ id: 1, secret: 'x' }),
  })

const call = testCall()

describe.each([
  ['itself', binary()],
  ['that may be left out', binary().optional()],
  ['with a description', binary().describe('A picture').nullish()],
  ['in a list', z.array(binary()).nullish()],
  ['or a text', z.union([z.string(), binary()])],
])('beside a file, %s,', (_name, field) => {
  test('an action takes response_fields, and response_filters does not exist', async () => {
    const action = act(field)
    expect(Object.keys(action.forms().full.properties as object)).toEqual(['field', 'response_fields'])
    expect(action.forms().takesFiles).toBe(true)
    expect(() => action.prepare({ response_filters: [] })).toThrow(/response_filters: is not a parameter/)
  })
})

test('beside a file the fields to keep are kept', async () => {
  const run = act(binary().optional()).prepare({ response_fields: ['id'] })
  expect(await run(undefined, call)).toEqual({ data: { id: 1 }, meta: null })
})

test.each([
  ['a file', binary(), undefined],
  ['a list of files', z.array(binary()), undefined],
  ['a text', z.string(), undefined],
  ['a text, unshaped', z.string(), false],
])('the schemas of %s that are written down give the same forms as the action', (_name, field, shaping) => {
  const action = act(field, shaping)
  const connector = defineConnector({
    ...{ name: 'one', title: 'One', description: 'One.', port: 'none', auth: {} },
    actions: [action],
  })
  const [summary, schemas] = JSON.parse(JSON.stringify([summaryOf(connector), schemasOf(connector)]))
  expect(JSON.stringify(schemas)).not.toContain('response_f')
  const { full, conservative } = action.forms()
  const entry = actionEntries(summary, schemas).act
  expect([entry?.request_body, entry?.parameters]).toEqual([full, { request: { schema: conservative } }])
})
