import { Client } from '@modelcontextprotocol/client'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { json } from '../../client/scripted-service.js'
import { type ShownResult, shownIn } from '../../shown.js'
import { CLIENT_KINDS, connect, type Elicit, factsOf, serve, textOf } from '../harness.js'
import { TestedService } from '../tested-service.js'

const URL_OF_PAGE = 'https://github.example/authorize?state=s1'
const PENDING = { status: 'pending', connector: 'github', url: URL_OF_PAGE, link_id: 'link-1' }
const link = { connector: 'github' }

/** A hosted service: it has no page of its own, and tells nothing of how a link went. */
async function withoutPages(url = URL_OF_PAGE): Promise<TestedService> {
  const service = await TestedService.start()
  service.failInstead('POST', /\/links$/, [404, 'ACTION_NOT_FOUND', 'There is no action of that name.'])
  let links = 0
  service.answerInstead('POST', INTEGRATIONS, () => json({ data: { url, link_id: `link-${++links}` }, meta: null }))
  return service
}

const INTEGRATIONS = '/connectors/github/integrations'
/** What the links were begun with. */
const linksOf = ({ requests }: TestedService) =>
  requests.filter(({ path }) => path === INTEGRATIONS).map(({ body }) => body)

describe.each(CLIENT_KINDS)('linking at a service without pages of its own, %s', (kind) => {
  test.each([
    ['accept', /opened the page.*list_integrations/s],
    ['decline', /did not want.*still works.*list_integrations/s],
    ['cancel', /without an answer.*still works.*list_integrations/s],
  ] as const)('a client that opens pages is asked once, and its %s gives the pending result', async (action, said) => {
    const service = await withoutPages()
    const elicit = vi.fn<Elicit>(async () => ({ action }))
    const mcpClient = await connect(kind, service.client, { seed: service.seed, elicit })
    const result = await mcpClient.call('link_integration', link)
    expect(result.isError ?? false).toBe(false)
    expect(factsOf(result)).toEqual(PENDING)
    expect(textOf(result)).toContain(URL_OF_PAGE)
    expect(textOf(result)).toMatch(said)
    expect(elicit).toHaveBeenCalledOnce()
    expect(elicit.mock.calls[0]?.[0]).toMatchObject({
      mode: 'url',
      url: URL_OF_PAGE,
      message: 'Open this page to link an account at github.',
    })
    expect(linksOf(service)).toEqual([
      { auth_type: 'oauth2', callback_url: 'http://127.0.0.1:4000/github', replace_duplicate: true },
    ])
  })

  test('a client that opens no pages gets the URL as text', async () => {
    const service = await withoutPages()
    const result = await (await connect(kind, service.client, { seed: service.seed })).call('link_integration', link)
    expect(factsOf(result)).toEqual(PENDING)
    expect(textOf(result)).toContain(URL_OF_PAGE)
    expect(textOf(result)).toContain('call list_integrations')
    expect(linksOf(service)).toHaveLength(1)
  })

  test("the caller's callback URL is passed on", async () => {
    const service = await withoutPages()
    const mcpClient = await connect(kind, service.client, {
      seed: service.seed,
      elicit: async () => ({ action: 'accept' }),
    })
    await mcpClient.call('link_integration', { ...link, callback_url: 'https://app.example/done' })
    expect(linksOf(service)).toMatchObject([{ callback_url: 'https://app.example/done' }])
  })

  test.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'not a url'])(
    'a page at the unsafe address %s is never shown',
    async (url) => {
      const service = await withoutPages(url)
      const elicit = vi.fn<Elicit>(async () => ({ action: 'accept' }))
      const result = await (await connect(kind, service.client, { seed: service.seed, elicit })).call(
        'link_integration',
        link,
      )
      expect(result.shown).toMatchObject({ error: { code: 'UPSTREAM_ERROR' } })
      expect(JSON.stringify(result)).not.toContain(url)
      expect(elicit).not.toHaveBeenCalled()
    },
  )
})

describe('linking under the two protocol revisions', () => {
  test.each(['v2 on 2025-11-25', 'v1 on 2025-11-25'] as const)(
    'a client that fails to ask the person still gets the URL, %s',
    async (kind) => {
      const elicit: Elicit = async () => {
        throw new Error('no browser here')
      }
      const service = await withoutPages()
      const mcpClient = await connect(kind, service.client, { seed: service.seed, elicit })
      const result = await mcpClient.call('link_integration', link)
      expect(factsOf(result)).toEqual(PENDING)
      expect(textOf(result)).toContain('show the URL to the person')
    },
  )

  /** A client that sees what the server asks, and answers by hand. */
  async function manual() {
    const service = await withoutPages()
    const { stdin, stdout, server } = serve(service.client, { seed: service.seed })
    const mcpClient = new Client(
      { name: 'test', version: '1' },
      {
        versionNegotiation: { mode: { pin: '2026-07-28' } },
        capabilities: { elicitation: { url: {} } },
        inputRequired: { autoFulfill: false },
      },
    )
    await mcpClient.connect(new StdioServerTransport(stdout, stdin))
    onTestFinished(async () => {
      await mcpClient.close()
      stdin.end()
      await server.closed
    })
    const call = async (args: Record<string, unknown>, more: Record<string, unknown> = {}) => {
      const request = { name: 'link_integration', arguments: args, ...more } as never
      const result = await mcpClient.callTool(request, { allowInputRequired: true })
      return { ...result, shown: shownIn(result as ShownResult) } as Record<string, unknown>
    }
    return { service, call }
  }

  const accepted = { inputResponses: { open_page: { action: 'accept' } } }

  test('on 2026-07-28 the result asks with the page in its state, and the answer begins no second link', async () => {
    const { service, call } = await manual()
    const asked = await call(link)
    expect(asked).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) })
    const second = await call(link, { requestState: asked.requestState, ...accepted })
    expect(factsOf(second)).toEqual(PENDING)
    const silent = await call(link, { requestState: asked.requestState })
    expect(factsOf(silent)).toEqual(PENDING)
    expect(linksOf(service)).toHaveLength(1)
  })

  test('a changed state is refused', async () => {
    const { call } = await manual()
    const { requestState } = await call(link)
    const [head, tail] = [String(requestState).slice(0, -4), String(requestState).slice(-4)]
    const changed = head + (tail === 'AAAA' ? 'BBBB' : 'AAAA')
    await expect(call(link, { requestState: changed, ...accepted })).rejects.toThrow('Invalid or expired requestState')
  })

  test.each([[{ connector: 'mail' }], [{ connector: 'github', callback_url: 'https://other.example/' }]])(
    'a state of another call is refused: %j',
    async (args) => {
      const { service, call } = await manual()
      const { requestState } = await call(link)
      const result = await call(args, { requestState, ...accepted })
      expect(result.shown).toMatchObject({ error: { code: 'INVALID_PARAMETERS' } })
      expect(linksOf(service)).toHaveLength(1)
    },
  )

  test('a state that another process signed is refused', async () => {
    const { requestState } = await (await manual()).call(link)
    const { call } = await manual()
    await expect(call(link, { requestState, ...accepted })).rejects.toThrow('Invalid or expired requestState')
  })
})

describe.each(CLIENT_KINDS)('linking by a configuration, %s', (kind) => {
  const configuration = { host: 'db.example' }

  const SQL = '/connectors/sql/integrations'

  test('details that the service omits are looked up', async () => {
    const service = await TestedService.start()
    for (const host of ['first.example', 'db.example']) await service.linkAccount('alice', 'sql', host)
    service.answerInstead('POST', SQL, () => json({ data: { success: true }, meta: null }), 1)
    const mcpClient = await connect(kind, service.client, { seed: service.seed })
    const unknown = await mcpClient.call('link_integration', { connector: 'sql', configuration })
    expect(unknown.shown).toMatchObject({ status: 'linked', user_identifier: null, selected: null })
    const told = { success: true, user_identifier: 'postgres:db.example' }
    service.answerInstead('POST', SQL, () => json({ data: told, meta: null }))
    const known = await mcpClient.call('link_integration', { connector: 'sql', configuration })
    expect(known.shown).toMatchObject({ user_identifier: 'postgres:db.example', selected: false })
  })

  test('what becomes of an account of the same name is asked for in words that no service takes for more', async () => {
    const service = await TestedService.start()
    service.answerInstead('POST', SQL, () => json({ data: { success: true, user_identifier: 'x' }, meta: null }))
    const mcpClient = await connect(kind, service.client, { seed: service.seed })
    for (const more of [{}, { replace: false }, { replace: true }])
      await mcpClient.call('link_integration', { connector: 'sql', configuration, ...more })
    const wishes = service.requests
      .filter(({ method, path }) => method === 'POST' && path === SQL)
      .map(({ body }) => body)
    const same = { auth_type: 'custom', configuration, replace_duplicate: false, replace_same: true }
    expect(wishes).toEqual([same, same, { auth_type: 'custom', configuration, replace_duplicate: true }])
  })

  test('a single account is found without a name', async () => {
    const service = await TestedService.start()
    await service.linkAccount('alice', 'sql', 'db.example')
    service.answerInstead('POST', SQL, () => json({ data: { success: true }, meta: null }))
    const mcpClient = await connect(kind, service.client, { seed: service.seed })
    const result = await mcpClient.call('link_integration', { connector: 'sql', configuration })
    expect(result.shown).toMatchObject({ user_identifier: 'postgres:db.example', selected: true })
  })

  test('the result contains nothing of the configuration', async () => {
    const service = await TestedService.start()
    const mcpClient = await connect(kind, service.client, { seed: service.seed })
    const secret = { ...configuration, password: 'hunter2-hunter2' }
    const result = await mcpClient.call('link_integration', { connector: 'sql', configuration: secret })
    expect(JSON.stringify(result)).not.toContain('hunter2')
  })
})
