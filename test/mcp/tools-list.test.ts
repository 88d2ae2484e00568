import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { describe, expect, test } from 'vitest'
import { CLIENT_KINDS, connect } from './harness.js'
import { unusedClient } from './tested-service.js'

const NAMES = [
  'authenticate',
  'check_link',
  'delete_integration',
  'describe_connector',
  'execute_connector',
  'link_integration',
  'list_connectors',
  'list_integrations',
  'read_connector',
  'read_result',
  'register_user',
  'search_actions',
  'set_default_integration',
]

/** What `tools/list` may cost a model before anything was done. */
const TOKENS = 1_860

describe.each(CLIENT_KINDS)('tools/list, %s', (kind) => {
  test('is sorted, within its token budget, and sends no request to the service', async () => {
    const { tools } = await (await connect(kind, unusedClient)).listTools()
    expect(tools.map(({ name }) => name)).toEqual(NAMES)
    expect(encode(JSON.stringify(tools)).length).toBeLessThanOrEqual(TOKENS)
    await expect(`${JSON.stringify(tools, null, 2)}\n`).toMatchFileSnapshot('__snapshots__/tools-list.json')
  })

  test('has a title, a description, hints and strict arguments for every tool, and no output schema', async () => {
    const { tools } = await (await connect(kind, unusedClient)).listTools()
    for (const tool of tools) {
      expect(tool).toMatchObject({
        title: expect.stringMatching(/./),
        description: expect.stringMatching(/^.{40,400}$/),
        inputSchema: { type: 'object', additionalProperties: false },
        annotations: { readOnlyHint: expect.any(Boolean), openWorldHint: expect.any(Boolean) },
      })
      // Both have a meaning only for what changes something, and are dropped where they say what is so by default.
      const { readOnlyHint, destructiveHint } = tool.annotations as Record<string, boolean>
      expect(destructiveHint).toEqual(readOnlyHint ? undefined : expect.any(Boolean))
      expect(tool).not.toHaveProperty('outputSchema')
    }
  })

  test('has instructions that name the order of calls', async () => {
    const instructions = (await connect(kind, unusedClient)).instructions() ?? ''
    const order = [
      'authenticate',
      'search_actions',
      'list_connectors',
      'link_integration',
      'check_link',
      'describe_connector',
      'read_connector',
      'execute_connector',
    ]
    const places = order.map((name) => instructions.indexOf(name))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect([...places].sort((a, b) => a - b)).toEqual(places)
    expect(instructions.length).toBeLessThan(700)
  })
})

test('only tools that cannot change anything at a third party say that they only read', async () => {
  const { tools } = await (await connect('v2 on 2026-07-28', unusedClient)).listTools()
  const hints = tools as unknown as { name: string; annotations: Record<string, boolean> }[]
  expect(hints.filter(({ annotations }) => annotations.readOnlyHint).map(({ name }) => name)).toEqual([
    'check_link',
    'describe_connector',
    'list_connectors',
    'list_integrations',
    'read_connector',
    'read_result',
    'search_actions',
  ])
  expect(hints.find(({ name }) => name === 'read_connector')?.annotations).toEqual({
    readOnlyHint: true,
    openWorldHint: true,
  })
})

test('the instructions mention the embedded service only if there is one', async () => {
  const remote = await connect('v1 on 2025-11-25', unusedClient)
  const embedded = await connect('v1 on 2025-11-25', unusedClient, { deps: { embedded: true } })
  expect(embedded.instructions()).toContain('on this machine')
  expect(remote.instructions()).not.toContain('on this machine')
  expect(await embedded.listTools()).toEqual(await remote.listTools())
})
