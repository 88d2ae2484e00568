import { beforeEach, describe, expect, test } from 'vitest'
import type { McpClient } from '../../../src/mcp/deps.js'
import { LocalIndex } from '../../../src/mcp/search/local-index.js'
import { json } from '../../client/scripted-service.js'
import { connect, factsOf, textOf } from '../harness.js'
import { TestedService } from '../tested-service.js'

const KIND = 'v2 on 2026-07-28'
let service: TestedService
beforeEach(async () => {
  service = await TestedService.start()
})

/** An item of `GET /catalog/search` as the contract has it, with nothing of ours. */
const FOREIGN = { name: 'github_list_issues_tool', description: 'd', connector: 'github', categories: [], score: 0.9 }
const foreignAnswer = (tools: unknown[]) => ({ query: 'q', backend: null, tools, mcp: [], skills: [] })

/** What a service that is not ours says of the actions: nothing of what they do to data. */
async function withoutEffects(): Promise<void> {
  const ours = await service.client.connectorSchemas()
  const theirs = Object.fromEntries(
    Object.entries(ours).map(([connector, actions]) => [
      connector,
      Object.fromEntries(
        Object.entries(actions).map(([name, { effect: _, read_only: __, examples: ___, ...entry }]) => [name, entry]),
      ),
    ]),
  )
  service.answerInstead('GET', '/connectors/', () => json(theirs))
}

const namesOf = (facts: Record<string, unknown>) =>
  (facts.actions as { connector: string; action: string }[]).map(({ connector, action }) => `${connector}.${action}`)

describe('a service that is not ours', () => {
  test.each<[string, () => void]>([
    [
      'has items without what is ours',
      () => service.answerInstead('GET', '/catalog/search', () => json(foreignAnswer([FOREIGN]))),
    ],
    ['finds nothing', () => service.answerInstead('GET', '/catalog/search', () => json(foreignAnswer([])))],
    ['has no such route', () => service.failInstead('GET', '/catalog/search', [404, 'NOT_FOUND', 'No such route.'])],
    ['does not let us search', () => service.failInstead('GET', '/catalog/search', [403, 'FORBIDDEN', 'No.'])],
    ['fails', () => service.failInstead('GET', '/catalog/search', [500, 'INTERNAL', 'Out of order.'])],
  ])('%s: the same engine searches its actions here, with the accounts of the user', async (_, misbehave) => {
    await withoutEffects()
    misbehave()
    await service.linkAccount('alice', 'github', 'octocat')
    const mcpClient = await connect(KIND, service.client, { seed: service.seed })
    const result = await mcpClient.call('search_actions', { query: 'the commits of a repository' })
    const [first] = factsOf(result).actions as Record<string, unknown>[]
    expect(first).toEqual({
      connector: 'github',
      action: 'list_commits',
      description: 'List the commits of a repository.',
      tool: 'execute_connector',
      accounts: ['octocat'],
      parameters: { repo: 'string, required' },
      default_fields: 'sha author.login',
    })
    const mail = await mcpClient.call('search_actions', { query: 'send an e-mail', connectors: ['mail'] })
    expect(factsOf(mail)).toMatchObject({ actions: [{ action: 'send_email', link_first: true }] })
    expect(textOf(mail)).toContain('No account is linked. Next: link_integration for mail; then execute_connector')
  })

  test('is asked for its actions once, however many searches there are, and again after a failure', async () => {
    service.answerInstead('GET', '/catalog/search', () => json(foreignAnswer([])))
    service.failInstead('GET', '/connectors/', [503, 'SERVICE_UNAVAILABLE', 'Later.'], { times: 1 })
    const mcpClient = await connect(KIND, service.client)
    const search = () => mcpClient.call('search_actions', { query: 'issues' })
    expect((await search()).isError).toBe(true)
    const found = await Promise.all([search(), search(), search()])
    expect(found.map((each) => namesOf(factsOf(each))[0])).toEqual(Array(3).fill('github.list_issues'))
    expect(service.count('GET', '/connectors/')).toBe(2)
    expect(service.count('GET', '/users/me')).toBe(0)
  })

  test('has unknown connectors refused with those that come close', async () => {
    service.answerInstead('GET', '/catalog/search', () => json(foreignAnswer([])))
    const mcpClient = await connect(KIND, service.client)
    const result = await mcpClient.call('search_actions', { query: 'issues', connectors: ['gihub'] })
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'CONNECTOR_NOT_FOUND' } } })
    expect(textOf(result)).toContain('did you mean github')
  })
})

describe('our service', () => {
  test('searches by itself: its actions are not fetched', async () => {
    const mcpClient = await connect(KIND, service.client, { seed: service.seed })
    const found = factsOf(await mcpClient.call('search_actions', { query: 'list the issues', effect: 'read' }))
    expect(namesOf(found)[0]).toBe('github.list_issues')
    expect(service.count('GET', '/connectors/')).toBe(0)
    const [request] = service.requests.filter(({ path }) => path === '/catalog/search')
    expect(Object.fromEntries(request?.query ?? [])).toEqual({
      q: 'list the issues',
      kinds: 'tools',
      count: '5',
      effect: 'read',
    })
  })

  test('is searched without a login where that is refused', async () => {
    const mcpClient = await connect(KIND, service.client, { seed: service.seed })
    await mcpClient.call('list_integrations')
    service.failInstead('POST', '/auth/tokens', [401, 'INVALID_CREDENTIALS', 'Wrong.'])
    service.refuseIssuedTokens()
    const result = await mcpClient.call('search_actions', { query: 'list the issues' })
    expect(namesOf(factsOf(result))[0]).toBe('github.list_issues')
    expect(textOf(result)).toContain('No user is logged in. Next: authenticate; then read_connector')
  })

  test('refuses an unknown connector without a second look', async () => {
    const mcpClient = await connect(KIND, service.client)
    const result = await mcpClient.call('search_actions', { query: 'issues', connectors: ['gihub'] })
    expect(result).toMatchObject({ isError: true, structuredContent: { error: { code: 'CONNECTOR_NOT_FOUND' } } })
    expect(service.count('GET', '/connectors/')).toBe(0)
  })
})

describe('the index', () => {
  /** A service with one action, which is called otherwise each time its actions are fetched. */
  function changing() {
    let fetched = 0
    const client = {
      catalogMcp: async () => ({ items: [], meta: null }),
      connectorNames: async () => ['box'],
      connectorSchemas: async () => {
        fetched += 1
        const entry = {
          method: 'POST',
          path: '',
          docstring: 'Open a file.',
          parameters: {
            request: {
              schema: {
                properties: { id: { type: 'string' }, page: { anyOf: [{ type: 'integer' }, { type: 'null' }] } },
              },
            },
          },
        }
        return {
          box: {
            [`open_${fetched}`]: entry,
            hidden: { ...entry, administrator: true as const },
            route: { ...entry, method: 'GET' },
          },
        }
      },
    } as unknown as McpClient
    return client
  }
  const search = { query: 'open a file', limit: 5 }

  test('is made again after a quarter of an hour', async () => {
    let now = 0
    const client = changing()
    const index = new LocalIndex(
      async () => client,
      () => now,
    )
    const names = async () => (await index.find(search, undefined)).map(({ action }) => action)
    expect(await names()).toEqual(['open_1'])
    now = 15 * 60_000 - 1
    expect(await names()).toEqual(['open_1'])
    now += 1
    expect(await names()).toEqual(['open_2'])
  })

  test('has what a service without full schemas says of parameters', async () => {
    const index = new LocalIndex(async () => changing())
    const [found] = await index.find(search, undefined)
    expect(found?.request_body).toMatchObject({ required: ['id'], properties: { page: {} } })
  })

  test('finds an action whose effect is unknown under any effect', async () => {
    const index = new LocalIndex(async () => changing())
    expect(await index.find({ ...search, effect: 'delete' }, undefined)).toHaveLength(1)
  })
})
