import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/kit/index.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'
import { CLIENT_KINDS, connect, textOf } from '../harness.js'
import { TestedService } from '../tested-service.js'

const CALL = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' }, identifier: '*' }

async function ready(accounts: readonly string[], kind: (typeof CLIENT_KINDS)[number] = 'v1 on 2025-11-25') {
  const service = await TestedService.start()
  for (const account of accounts) await service.linkAccount('alice', 'github', account)
  const mcpClient = await connect(kind, service.client, { seed: service.seed })
  return { service, mcpClient, read: (args: object = {}) => mcpClient.call('read_connector', { ...CALL, ...args }) }
}

describe.each(CLIENT_KINDS)('all accounts at once, %s', (kind) => {
  test('each have their own result, or their own failure', async () => {
    const { service, read } = await ready(['ada', 'bob', 'eve'], kind)
    service.answer = ({ call }) => {
      if (call.identifier === 'bob') throw new ConnectorsError('RATE_LIMITED', 'Slow down.', { retryAfterSeconds: 7 })
      return [{ of: call.identifier }]
    }
    const { data, meta, acted_as } = (await read()).shown
    expect(data).toEqual([
      { data: [{ of: 'ada' }], meta: null, acted_as: 'ada' },
      { acted_as: 'bob', error: expect.objectContaining({ code: 'RATE_LIMITED', retry_after_seconds: 7 }) },
      { data: [{ of: 'eve' }], meta: null, acted_as: 'eve' },
    ])
    expect([meta, acted_as]).toEqual([{ accounts: 3, failed: 1 }, null])
  })
})

test('share the budget, and what is left of each is under its own handle', async () => {
  const { service, mcpClient, read } = await ready(['ada', 'bob'])
  const issues = Array.from({ length: 200 }, (_, number) => ({ number, body: 'The text of it. '.repeat(20) }))
  service.answer = () => issues
  const result = await read({ max_tokens: 3_000 })
  expect(estimateTokens(textOf(result))).toBeLessThanOrEqual(3_100)
  const [ada, bob] = result.shown.data
  expect(ada.meta.handle).not.toBe(bob.meta.handle)
  const rest = await mcpClient.call('read_result', { handle: bob.meta.handle, offset: 199 })
  expect(rest.shown).toMatchObject({ data: [{ number: 199 }], acted_as: 'bob' })
})

test('are asked at the same time', async () => {
  const { service, read } = await ready(['ada', 'bob', 'eve'])
  const arrived: (() => void)[] = []
  service.answer = () =>
    new Promise((answer) => {
      arrived.push(() => answer([]))
      if (arrived.length === 3) for (const each of arrived) each()
    })
  expect((await read()).shown.data).toHaveLength(3)
})

test('are not asked by what may change something', async () => {
  const { service, mcpClient } = await ready([])
  await service.linkAccount('alice', 'mail', 'octocat')
  const send = { connector: 'mail', action: 'send_email', params: { to: 'a' }, identifier: '*' }
  expect((await mcpClient.call('execute_connector', send)).shown.error).toMatchObject({ code: 'INVALID_PARAMETERS' })
  expect(service.runs).toEqual([])
})

test('where there is none, the answer has the link that helps', async () => {
  const { read } = await ready([])
  expect((await read()).shown.error).toMatchObject({ code: 'INTEGRATION_NOT_FOUND', link: { url: expect.any(String) } })
})
