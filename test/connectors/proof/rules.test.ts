import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { everyConnector } from './connectors.js'
import { publishedAction } from './published.js'
import { shown, shownShaping } from './shown.js'
import { referencesIn, referencesOf } from './sources.js'
import { LONGEST_TOOL_NAME, toolName } from './tool-name.js'

/** What a description may cost a model. */
const TOKENS = 60
const EXAMPLES = 2

const cases = everyConnector.map(({ connector, data }) => [connector.name, connector, data] as const)

describe.each(cases)('%s', (name, connector, data) => {
  test('is shown to an agent as it was', async () => {
    await expect(shown(connector)).toMatchFileSnapshot(`../__snapshots__/${name}.txt`)
  })

  test('has two examples for each action, no two the same', () => {
    const few = connector.actions.filter(({ examples }) => new Set(examples).size < EXAMPLES)
    expect(few.map((action) => action.name)).toEqual([])
  })

  test(`has descriptions of at most ${TOKENS} tokens`, () => {
    const tokens = connector.actions.map((action) => [action.name, encode(action.description).length] as const)
    // What is known to be longer may shrink, and must then be known to be shorter.
    expect(Object.fromEntries(tokens.filter(([, count]) => count > TOKENS))).toEqual(data.long ?? {})
  })

  test("names the vendor's page above each action", () => {
    const references = referencesOf(name)
    const bare = connector.actions.map((action) => action.name).filter((action) => !references.get(action))
    if (data.unreferenced === undefined) expect(bare).toEqual([])
    // The exemption is for all of them, and goes with the first that has a page.
    else expect(bare.length).toBe(connector.actions.length)
  })

  test('has names that agent programs take', () => {
    for (const action of connector.actions) {
      const tool = toolName(name, action.name)
      expect(tool.length).toBeLessThanOrEqual(LONGEST_TOOL_NAME)
      expect(tool).toMatch(/^[a-z][a-z0-9_]*$/)
      const recorded = publishedAction(name, action.name)?.mcp_tool
      if (recorded !== undefined) expect(tool).toBe(recorded)
    }
  })
})

test('no two connectors, and no two tools, have one name', () => {
  const names = everyConnector.map(({ connector }) => connector.name)
  const tools = everyConnector.flatMap(({ connector }) =>
    connector.actions.map(({ name }) => toolName(connector.name, name)),
  )
  expect(new Set(names).size).toBe(names.length)
  expect(new Set(tools).size).toBe(tools.length)
})

test('the parameters of shaping are the same everywhere', async () => {
  const actions = everyConnector.flatMap(({ connector }) => connector.actions)
  const texts = new Set(actions.map(shownShaping).filter((text) => text.includes('response_filters')))
  expect(texts.size).toBe(1)
  await expect(`${[...texts][0]}\n`).toMatchFileSnapshot('../__snapshots__/shaping.txt')
})

test('there is no data for a connector that is not there', () => {
  const names = everyConnector.map(({ connector }) => `${connector.name}.ts`)
  expect(readdirSync(join(import.meta.dirname, 'data')).filter((file) => !names.includes(file))).toEqual([])
})

describe('the rules themselves', () => {
  test('find the page above an action wherever it is defined', () => {
    const source = `
      /** @see https://vendor.example/a */
      const a = defineAction({ name: 'a' })
      /** No page. */
      const b = defineAction({ name: 'b' })
      export const more = [
        /** @see https://vendor.example/c */
        defineAction({ name: 'c' }),
        defineAction({ name: 'd' }),
      ]
      export const both = { x: 1,
        /** @see https://vendor.example/e */
        e: defineAction({ effect: 'read', name: 'e' }) }`
    const expected = { a: true, b: false, c: true, d: false, e: true }
    expect(Object.fromEntries(referencesIn(source))).toEqual(expected)
  })

  test('shorten names that are too long as the published ones are', () => {
    expect(toolName('github', 'admin/get-users')).toBe('github_admin_get_users')
    const connector = 'knowledge_base_microsoft_sharepoint'
    expect(toolName(connector, 'serach_for_items_in_a_site_drive')).toBe('kbms_serach_for_items_in_a_site_drive')
    const whole = toolName('a', 'b'.repeat(80))
    expect(whole).toMatch(/^a_b{53}_[0-9a-f]{8}$/)
    expect(toolName('a', `${'b'.repeat(79)}c`)).not.toBe(whole)
  })
})
