import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { packagedConnectors } from '../../src/connectors/index.js'
import { failure, type Harness, newApi } from './harness.js'

/** Those of the package and the tests' own. */
const NAMES = [...packagedConnectors.map(({ name }) => name), 'notes'].sort()

describe('connector names and action schemas', () => {
  test('are public, whatever credentials are sent', async () => {
    const { call } = await newApi()
    for (const headers of [{}, { authorization: 'Bearer nonsense' }, { 'x-api-key': 'nonsense' }]) {
      expect((await call('GET', '/connectors/names', { headers })).json).toEqual(NAMES)
      expect(Object.keys((await call('GET', '/connectors', { headers })).json)).toEqual(NAMES)
    }
  })

  test('contain the conservative form and the full schema', async () => {
    const { call } = await newApi()
    const { notes, ...others } = (await call('GET', '/connectors/?modules=notes,nothing,notes')).json
    expect(others).toEqual({})
    expect(notes['admin/wipe']).toMatchObject({
      method: 'POST',
      path: '/connectors/notes/admin/wipe',
      docstring: 'Delete all notes.',
      parameters: { request: { schema: { type: 'object', properties: { confirm: { type: 'boolean' } } } } },
      request_body: { title: 'AdminWipeInput', type: 'object', required: ['confirm'] },
    })
  })
})

describe('the catalogue of tools', () => {
  const items = async ({ call }: Harness, path: string) =>
    (await call('GET', path)).json.items as { name: string; tool_count?: number }[]

  test('filters tools by name, part of it and connector, and pages them', async () => {
    const api = await newApi()
    expect((await items(api, '/catalog/tools?connector=notes')).map(({ name }) => name)).toEqual([
      'notes_list_notes_tool',
      'notes_admin/wipe_tool',
    ])
    expect((await items(api, '/catalog/tools?q=LIST%20THE%20NOTES')).map(({ name }) => name)).toEqual([
      'notes_list_notes_tool',
    ])
    expect((await items(api, '/catalog/tools?category=test')).length).toBe(2)
    expect(await items(api, '/catalog/tools?connector=nothing')).toEqual([])
    const page = (await api.call('GET', '/catalog/tools?limit=1&offset=1')).json
    expect(page.items.length).toBe(1)
    expect(page.meta).toEqual({ total: expect.any(Number), limit: 1, offset: 1 })
  })

  test.each(['limit=0', 'limit=201', 'limit=x', 'limit=1.5', 'offset=-1', 'offset=1e99'])(
    'answers 400 to %s',
    async (query) => {
      const { call } = await newApi()
      expect(failure(await call('GET', `/catalog/tools?${query}`))).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    },
  )

  test('lists MCP servers with absolute addresses', async () => {
    const api = await newApi()
    const [notes] = await items(api, '/catalog/mcp?q=keeps%20notes')
    expect(notes).toMatchObject({
      name: 'notes',
      mcp_url: 'http://127.0.0.1:1/notes/mcp',
      config: { url: 'http://127.0.0.1:1/notes/mcp', headers: { Authorization: '' } },
      tool_count: 2,
    })
    expect(
      (await api.call('GET', '/mcps/list?source=internal')).json.data.map(({ name }: { name: string }) => name),
    ).toContain('notes')
  })
})

describe('the search', () => {
  test('is by words, not by substrings', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    const found = await api.call('GET', '/catalog/search?q=wipe%20my%20notes&count=3', { token })
    expect(found.json).toMatchObject({ query: 'wipe my notes', backend: null, skills: [] })
    expect(found.json.tools[0].name).toBe('notes_admin/wipe_tool')
    expect(found.json.mcp[0].name).toBe('notes')
    const tools = (await api.call('GET', '/catalog/search?q=notes&kinds=tools&count=1', { token })).json
    expect([tools.tools.length, tools.mcp]).toEqual([1, []])
  })

  test.each(['q=', 'q=%20', 'q=x&count=0', 'q=x&kinds=people', 'q=x&effect=read,burn', ''])(
    'answers 400 to %s',
    async (query) => {
      const { call } = await newApi()
      expect(failure(await call('GET', `/catalog/search?${query}`))).toEqual({
        status: 400,
        code: 'INVALID_PARAMETERS',
      })
    },
  )

  test('needs no token, and refuses one that is not valid', async () => {
    const api = await newApi()
    const { tools } = (await api.call('GET', '/catalog/search?q=wipe%20my%20notes')).json
    expect(tools[0]).toMatchObject({ action: 'admin/wipe', fits: true, needs_account: true })
    expect(tools[0]).not.toHaveProperty('accounts')
    for (const authorization of ['Bearer nonsense', 'Basic eA==', 'Bearer']) {
      const answer = await api.call('GET', '/catalog/search?q=notes', { headers: { authorization } })
      expect(failure(answer)).toEqual({ status: 401, code: 'INVALID_TOKEN' })
    }
    const { token } = await api.user(await api.client())
    const foreign = await api.call('GET', '/catalog/search?q=notes', { token, key: await api.client('Other') })
    expect(failure(foreign)).toEqual({ status: 401, code: 'INVALID_API_KEY' })
  })

  test('describes an action as the list of connectors does, so that it can be called', async () => {
    const api = await newApi()
    const { tools } = (await api.call('GET', '/catalog/search?q=wipe%20all%20notes&count=1')).json
    const { notes } = (await api.call('GET', '/connectors/?modules=notes')).json
    const { request_body, effect, examples, default_fields } = notes['admin/wipe']
    expect(tools[0]).toMatchObject(
      JSON.parse(JSON.stringify({ connector: 'notes', request_body, effect, examples, default_fields })),
    )
  })

  test('names the accounts of the user, the default first', async () => {
    const api = await newApi()
    const client = await api.client()
    const [ada, bob] = [await api.user(client, 'ada'), await api.user(client, 'bob')]
    for (const login of ['first', 'second']) {
      api.thirdParty.answer = () => ({ json: { login } })
      const json = { auth_type: 'custom', configuration: { token: `token-of-${login}-0123456789` } }
      expect((await api.call('POST', '/connectors/notes/integrations', { token: ada.token, json })).status).toBe(200)
    }
    await api.call('POST', '/connectors/notes/integrations/second', { token: ada.token })
    const search = async (token: string) =>
      (await api.call('GET', '/catalog/search?q=list%20the%20notes&connectors=notes,arxiv&count=50', { token })).json
    const { tools } = await search(ada.token)
    expect(tools[0]).toMatchObject({ action: 'list_notes', accounts: ['second', 'first'] })
    expect((await search(bob.token)).tools[0]).toMatchObject({ action: 'list_notes', accounts: [] })
    const arxiv = tools.find(({ connector }: { connector: string }) => connector === 'arxiv')
    expect(arxiv).toMatchObject({ needs_account: false, accounts: [] })
  })

  test('is held to connectors and effects, and refuses a connector that does not exist', async () => {
    const api = await newApi()
    const path = '/catalog/search?q=notes%20of%20issues&count=50'
    const { tools, mcp } = (await api.call('GET', `${path}&connectors=linear,%20notes&effect=create,delete`)).json
    expect(new Set(tools.map(({ effect }: { effect: string }) => effect))).toEqual(new Set(['create', 'delete']))
    expect(mcp.map(({ name }: { name: string }) => name).sort()).toEqual(['linear', 'notes'])
    const unknown = await api.call('GET', `${path}&connectors=linear,githob`)
    expect(failure(unknown)).toEqual({ status: 404, code: 'CONNECTOR_NOT_FOUND' })
    expect(unknown.text).toContain('did you mean github')
  })

  test('asks a model only for a user who is logged in', async () => {
    const needs: string[] = []
    const api = await newApi({
      embed: async (texts) => {
        if (texts.length === 1) needs.push(...texts)
        return texts.map(() => [1])
      },
    })
    const { token } = await api.user(await api.client())
    expect((await api.call('GET', '/catalog/search?q=list%20the%20notes')).json.tools.length).toBeGreaterThan(1)
    expect(needs).toEqual([])
    await api.call('GET', '/catalog/search?q=list%20my%20notes', { token })
    expect(needs).toEqual(['list my notes'])
  })

  test('finds the nearest where nothing serves the need, and says so', async () => {
    const { call } = await newApi()
    const { tools, mcp } = (await call('GET', '/catalog/search?q=zebra&count=3')).json
    expect(tools.map(({ fits }: { fits: boolean }) => fits)).toEqual([false, false, false])
    expect(mcp).toEqual([])
  })
})

describe('managed skills', () => {
  test('are listed for their client only, and download by a signed address valid for five minutes', async () => {
    let now = Date.UTC(2026, 0, 1)
    const api = await newApi({ clock: () => now })
    const [key, foreign] = [await api.client('Acme'), await api.client('Other')]
    const tenant = await api.service.tenants.byApiKey(key)
    const content = '---\nname: greet\n---\nSay hello.\n'
    const { id } = await api.service.skills.add(tenant.id, { name: 'greet', description: 'Greets.', content })
    const [mine, theirs] = [await api.user(key), await api.user(foreign)]
    const list = (await api.call('GET', '/api/skills', { token: mine.token, headers: { 'x-api-key': 'ignored here' } }))
      .json
    expect(list).toMatchObject({
      items: [{ id, name: 'greet', source_type: 'manual' }],
      meta: { total: 1, limit: 50, offset: 0 },
    })
    expect((await api.call('GET', '/api/skills', { token: theirs.token })).json.items).toEqual([])
    expect(failure(await api.call('GET', `/api/skills/${id}`, { token: theirs.token })).status).toBe(404)
    expect(failure(await api.call('GET', '/api/skills/not-a-uuid', { token: mine.token })).status).toBe(404)

    const { data } = (await api.call('GET', `/api/skills/${id}`, { token: mine.token })).json
    const address = new URL(data.download_url)
    const downloaded = await api.call('GET', address.pathname + address.search)
    expect(downloaded.text).toBe(content)
    expect(data.content_sha256).toBe(createHash('sha256').update(content).digest('hex'))

    address.searchParams.set('expires', String(Number(address.searchParams.get('expires')) + 1))
    expect(failure(await api.call('GET', address.pathname + address.search)).status).toBe(404)
    now += 5 * 60_000 + 1
    expect(
      failure(await api.call('GET', new URL(data.download_url).pathname + new URL(data.download_url).search)).status,
    ).toBe(404)
  })
})
