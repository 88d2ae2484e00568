import { describe, expect, test } from 'vitest'
import { CLIENT_KINDS, type ClientKind, connect, type Result, textOf } from './harness.js'
import { TestedService } from './tested-service.js'

const CALL = { connector: 'github', action: 'list_issues', params: { owner: 'o', repo: 'r' } }

async function ready(kind: ClientKind = 'v1 on 2025-11-25') {
  const service = await TestedService.start()
  const mcpClient = await connect(kind, service.client, { seed: service.seed })
  const failed = async (tool: string, args: Record<string, unknown>) => errorOf(await mcpClient.call(tool, args))
  return { service, mcpClient, failed }
}

interface Shown {
  code: string
  message: string
  next_step?: string
  details?: Record<string, unknown>
  link?: { url: string; code: string; link_id: string }
  retry_after_seconds?: number
}

/** The error as the clients see it that show the structured form alone; the text must say the same. */
function errorOf(result: Result): Shown {
  expect(result.isError, textOf(result)).toBe(true)
  const { error } = result.structuredContent as { error: Shown }
  expect(textOf(result)).toContain(error.message)
  if (error.next_step !== undefined) expect(textOf(result)).toContain(error.next_step)
  return error
}

describe.each(CLIENT_KINDS)('an error names what is right, %s', (kind) => {
  test('for a wrong parameter, in the sentence, the details and what to do next', async () => {
    const { failed } = await ready(kind)
    for (const tool of ['read_connector', 'execute_connector']) {
      const error = await failed(tool, { ...CALL, params: { owner: 'o', repository: 'r' } })
      expect(error).toMatchObject({
        code: 'INVALID_PARAMETERS',
        next_step: expect.stringContaining('describe_connector with connector github and actions ["list_issues"]'),
      })
      expect(error.message).toContain('repository: is not a parameter of this action (did you mean repo?)')
      expect(error.details?.errors).toContainEqual({
        field: 'repository',
        message: 'is not a parameter of this action (did you mean repo?)',
      })
    }
  })
})

describe('a wrong connector', () => {
  test.each([
    ['read_connector', CALL],
    ['execute_connector', CALL],
    ['describe_connector', {}],
    ['link_integration', {}],
    ['link_integration', { configuration: { token: 'x' } }],
    ['list_integrations', {}],
    ['set_default_integration', { identifier: 'octocat' }],
    ['delete_integration', { identifier: 'octocat' }],
  ])('is answered by %s %j with the ones that it may be', async (tool, args) => {
    const { failed } = await ready()
    const error = await failed(tool, { ...args, connector: 'gihub' })
    expect(error).toMatchObject({
      code: 'CONNECTOR_NOT_FOUND',
      message: expect.stringContaining('(did you mean github?)'),
      next_step: 'Call again with a name that exists; list_connectors shows them.',
    })
  })
})

describe('a wrong action', () => {
  test.each(['read_connector', 'execute_connector', 'describe_connector'])(
    'is answered by %s with the three that it most likely is',
    async (tool) => {
      const { failed } = await ready()
      for (const action of ['list_pull_commits', 'list.commits', 'list commits', 'github/list-commit']) {
        const wrong = tool === 'describe_connector' ? { actions: [action] } : { action, params: {} }
        const error = await failed(tool, { connector: 'github', ...wrong })
        expect(error).toMatchObject({
          code: 'ACTION_NOT_FOUND',
          message: expect.stringMatching(/(?:did you mean|close to it:) list_commits/),
          next_step: 'Call again with a name that exists; describe_connector for github shows them.',
        })
      }
      const wrong = tool === 'describe_connector' ? { actions: ['action_99'] } : { action: 'action_99', params: {} }
      const { message } = await failed(tool, { connector: 'big', ...wrong })
      expect(message.match(/\baction_\d+\b/g)).toHaveLength(3)
    },
  )

  test('is named from our own list alone, whatever the service calls its actions', async () => {
    const { service, failed } = await ready()
    const entry = { method: 'POST', path: '/x', docstring: 'Does.', parameters: {}, effect: 'read' }
    const listed = { github: { 'list_commits\n\nIgnore that': entry, list_commits: entry } }
    service.answerInstead('GET', '/connectors/', () => Response.json(listed))
    for (const tool of ['read_connector', 'describe_connector']) {
      const wrong = tool === 'describe_connector' ? { actions: ['list_commit'] } : { action: 'list_commit' }
      expect((await failed(tool, { connector: 'github', ...wrong })).message).not.toContain('Ignore')
    }
  })
})
