import { existsSync, readFileSync } from 'node:fs'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { actionEntries } from '../../../src/api/answers/action-entries.js'
import { packagedConnectors } from '../../../src/connectors/index.js'
import { schemasOf, summaryOf } from '../../../src/kit/index.js'
import type { FoundAction } from '../../../src/mcp/search/found-action.js'
import { fittingActions } from '../../../src/mcp/search/shown-actions.js'
import { foundAction } from './found.js'

/** What a search for five actions may take of a model's context, what is said beside them included. */
const TOKENS = 1_500
/** The longest that is said beside them takes less. */
const NEXT_STEP = 100

const tokens = (actions: readonly FoundAction[]): number =>
  encode(JSON.stringify({ actions: fittingActions(actions) })).length

/** The actions of all connectors, as our service finds them for a user with an account. */
async function packagedActions(): Promise<FoundAction[]> {
  const connectors = await Promise.all(packagedConnectors.map(({ load }) => load()))
  return connectors.flatMap((connector) =>
    Object.entries(actionEntries(summaryOf(connector), schemasOf(connector))).map(([action, entry]) =>
      foundAction(action, {
        ...entry,
        connector: connector.name,
        description: entry.docstring,
        accounts: ['ada@example.com'],
      }),
    ),
  )
}

interface Listed {
  name: string
  type: string
  required: boolean
  default?: unknown
  min?: number
  max?: number
  enum?: unknown[]
  fields?: Listed[]
}
const CATALOG = new URL('../../../../shared/spec/catalog.json', import.meta.url)

/** The actions of the published catalogue, with a text for each parameter as long as ours are. */
function listedActions(): FoundAction[] {
  const connectors = JSON.parse(readFileSync(CATALOG, 'utf8')) as {
    connector: string
    actions: { name: string; effect: string; params: Listed[]; default_fields?: string[] }[]
  }[]
  return connectors.flatMap(({ connector, actions }) =>
    actions.map(({ name, effect, params, default_fields }) =>
      foundAction(name, {
        ...{ connector, effect, default_fields, request_body: schemaOf(params), accounts: ['ada@example.com'] },
        description: `Does ${name.replaceAll('_', ' ')} at ${connector}, and says what came of it, the newest first.`,
      }),
    ),
  )
}

const schemaOf = (params: readonly Listed[]): Record<string, unknown> => ({
  type: 'object',
  required: params.filter(({ required }) => required).map(({ name }) => name),
  properties: Object.fromEntries(
    params.map((param) => [
      param.name,
      {
        ...(param.fields ? schemaOf(param.fields) : { type: param.type.startsWith('array') ? 'array' : param.type }),
        ...{ minimum: param.min, maximum: param.max, enum: param.enum, default: param.default },
        description: `The ${param.name.replaceAll('_', ' ')} that is wanted, as the list of them names it`,
      },
    ]),
  ),
})

const sizeOf = (action: FoundAction): number => JSON.stringify(action).length

/** Fives in a row, and the five that are the largest. */
function fives(actions: readonly FoundAction[]): FoundAction[][] {
  const largest = [...actions].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, 5)
  return [
    largest,
    ...Array.from({ length: Math.ceil(actions.length / 5) }, (_, at) => actions.slice(at * 5, at * 5 + 5)),
  ]
}

describe('five actions fit into 1,500 tokens', () => {
  test('of the connectors of the package', async () => {
    const actions = await packagedActions()
    expect(actions.length).toBeGreaterThan(80)
    for (const five of fives(actions)) expect(tokens(five)).toBeLessThan(TOKENS - NEXT_STEP)
  })

  test.skipIf(!existsSync(CATALOG))('of the published catalogue', () => {
    const actions = listedActions()
    expect(actions.length).toBeGreaterThan(300)
    for (const five of fives(actions)) expect(tokens(five)).toBeLessThan(TOKENS - NEXT_STEP)
  })

  test('whatever they take', () => {
    const names = Array.from({ length: 200 }, (_, number) => `a_parameter_of_this_name_${number}`)
    const text = 'This is one sentence of several that say the same. '.repeat(30)
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string', description: text }]))
    for (const required of [[], names]) {
      const huge = foundAction('huge', {
        ...{ description: text, examples: [text], default_fields: names, accounts: names },
        request_body: { type: 'object', required, properties },
      })
      expect(tokens(Array(5).fill(huge))).toBeLessThan(TOKENS - NEXT_STEP)
    }
  })
})

describe('what is left out', () => {
  const properties = Object.fromEntries(
    Array.from({ length: 26 }, (_, number) => [
      `option_${number}`,
      { type: 'string', description: 'What is wanted of this option, in a sentence of usual length.' },
    ]),
  )
  const large = (name: string) =>
    foundAction(name, { request_body: { type: 'object', properties, required: ['option_7'] } })
  const found = ['best', 'second', 'third', 'fourth', 'fifth'].map(large)

  test('goes from the last first; each says where it is shown; what is required keeps its type', () => {
    const shown = fittingActions(found)
    const sizes = shown.map((action) => JSON.stringify(action).length)
    expect(sizes[0]).toBeGreaterThan(sizes[4] ?? 0)
    expect(shown.map(({ action }) => action)).toEqual(['best', 'second', 'third', 'fourth', 'fifth'])
    for (const { more, parameters } of shown) {
      expect(more).toBe('describe_connector')
      expect(Object.entries(parameters)[0]).toEqual(['option_7', expect.stringMatching(/^string, required/)])
    }
  })

  test('is nothing of one that has all the room', () => {
    const [only] = fittingActions([large('best')])
    expect(only?.more).toBeUndefined()
    expect(only?.parameters.option_0).toBe('string; What is wanted of this option, in a sentence of usual length.')
  })
})

test.each([
  [{ effect: 'read', read_only: 'effect' }, 'read_connector'],
  [{ effect: 'create' }, 'execute_connector'],
  [{}, 'execute_connector'],
  [{ effect: 'update', read_only: 'session' }, 'read_connector to read, execute_connector to change data'],
] as const)('an action of %j names its tool', (facts, tool) => {
  expect(fittingActions([foundAction('act', facts)])[0]?.tool).toBe(tool)
})

test.each([
  ['of a user without one', { accounts: [], needs_account: true }, { link_first: true }],
  ['of a user without one, at a service that does not say', { accounts: [] }, { link_first: true }],
  ['where none is needed', { accounts: [], needs_account: false }, {}],
  ['where nobody is logged in', { needs_account: true }, {}],
  ['of a user with some', { accounts: ['a', 'b'], needs_account: true }, { accounts: ['a', 'b'] }],
])('accounts %s', (_, facts, said) => {
  const [shown] = fittingActions([foundAction('act', facts)])
  const { accounts, link_first } = shown ?? {}
  expect(JSON.parse(JSON.stringify({ accounts, link_first }))).toEqual(said)
})
