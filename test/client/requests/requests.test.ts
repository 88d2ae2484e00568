import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ConnectorsClient as Client, ConnectorsClient, Secret } from '../../../src/client/index.js'
import { closeServices, inProcess, json, scriptedService } from '../scripted-service.js'

afterEach(closeServices)

const ACCOUNT = {
  id: 'i1',
  client_id: 'c1',
  user_id: 'u1',
  connector: 'github',
  user_identifier: 'octocat',
  selected: true,
  auth_status: null,
}
const DETAIL = { ...ACCOUNT, auth_scopes: ['repo'], auth_string: '****' }
const USER = { id: 'u1', client_id: 'c1', identifier: 'ann', secret_preview: 'sk-user-...', is_active: true }
const ME = { ...USER, integrations: [ACCOUNT, { ...ACCOUNT, id: 'i2', connector: 'slack' }] }
const NEW_USER = { ...USER, secret: 'sk-user-a.b.c' }
const TOKEN = { token: 't', token_type: 'Bearer', expires_at: '2030-01-01T00:00:00Z', is_revoked: false }
const ISSUED = { ...TOKEN, user_id: 'u1', client_id: 'c1' }
const NEW_CLIENT = { id: 'c1', name: 'team', api_key: 'sk-client-a.b.c', is_active: true }
const PAGE_META = { total: 1, limit: 50, offset: 0 }
const TOOL = { name: 'github_list_issues_tool', description: 'd', connector: 'github', categories: [] }
const MCP = {
  name: 'x',
  description: '',
  mcp_url: 'http://m/',
  config: { url: 'http://m/', headers: {} },
  categories: [],
}
const SKILL = { id: 's1', client_id: 'c1', source_type: 'manual', name: 'n' }
const SEARCH = { query: 'bugs', backend: null, tools: [TOOL], mcp: [], skills: [] }

const BEGUN = { link_id: 'l1', code: 'K7QD-42MX', expires_at: '2030-01-01T00:00:00Z', connector: 'github' }
const PAGE = { ...BEGUN, url: 'http://127.0.0.1:4000/connect/l1', status: 'pending', device_available: true }
const BY_CODE = {
  ...BEGUN,
  url: 'https://github.example/device',
  status: 'pending',
  device: true,
  url_complete: 'https://x/',
}
const OPEN = { user_identifier: null, selected: null, replaced: null, error: null, message: null }
const LINK_STATE = { link_id: 'l1', connector: 'github', status: 'pending', ...OPEN }

interface Case {
  name: string
  call: (connectors: Client) => Promise<unknown>
  /** The body answered. */
  answer: unknown
  /** What the method gives back. */
  gives: unknown
  request: string
  body?: unknown
  credentials: 'none' | 'key' | 'both' | 'token'
}

const data = (value: unknown) => ({ data: value, meta: null })

const CASES: Case[] = [
  {
    name: 'connectorNames',
    call: (connectors) => connectors.connectorNames(),
    answer: ['github', 'sql'],
    gives: ['github', 'sql'],
    request: 'GET /connectors/names',
    credentials: 'none',
  },
  {
    name: 'connectorSchemas of all',
    call: (connectors) => connectors.connectorSchemas(),
    answer: {},
    gives: {},
    request: 'GET /connectors/',
    credentials: 'none',
  },
  {
    name: 'connectorSchemas of two',
    call: (connectors) => connectors.connectorSchemas(['github', 'slack']),
    answer: { github: {} },
    gives: { github: {} },
    request: 'GET /connectors/?modules=github%2Cslack',
    credentials: 'none',
  },
  {
    name: 'createUser',
    call: (connectors) => connectors.createUser('ann'),
    answer: data(NEW_USER),
    gives: NEW_USER,
    request: 'POST /users',
    body: { identifier: 'ann' },
    credentials: 'key',
  },
  {
    name: 'authenticate',
    call: (connectors) => connectors.authenticate('ann', new Secret('sk-user-a.b.c')),
    answer: data(ISSUED),
    gives: ISSUED,
    request: 'POST /auth/tokens',
    body: { identifier: 'ann', secret: 'sk-user-a.b.c' },
    credentials: 'key',
  },
  {
    name: 'me',
    call: (connectors) => connectors.me('user-token'),
    answer: data(ME),
    gives: ME,
    request: 'GET /users/me',
    credentials: 'both',
  },
  {
    name: 'createClient',
    call: (connectors) => connectors.createClient('team'),
    answer: data(NEW_CLIENT),
    gives: NEW_CLIENT,
    request: 'POST /clients',
    body: { name: 'team' },
    credentials: 'key',
  },
  {
    name: 'hasIntegration',
    call: (connectors) => connectors.hasIntegration('github', 'user-token'),
    answer: data({ has_integration: true }),
    gives: true,
    request: 'GET /connectors/github/integration-exists',
    credentials: 'both',
  },
  {
    name: 'listIntegrations',
    call: (connectors) => connectors.listIntegrations('github', 'user-token'),
    answer: data([ACCOUNT]),
    gives: [ACCOUNT],
    request: 'GET /connectors/github/integrations',
    credentials: 'both',
  },
  {
    name: 'getIntegration',
    call: (connectors) => connectors.getIntegration('github', 'user-token', 'octo cat/x'),
    answer: data(DETAIL),
    gives: DETAIL,
    request: 'GET /connectors/github/integrations/octo%20cat/x',
    credentials: 'both',
  },
  {
    name: 'selectIntegration',
    call: (connectors) => connectors.selectIntegration('github', new Secret('user-token'), 'octocat'),
    answer: data({ success: true }),
    gives: { success: true },
    request: 'POST /connectors/github/integrations/octocat',
    credentials: 'both',
  },
  {
    name: 'deleteIntegration of our service',
    call: (connectors) => connectors.deleteIntegration('github', 'user-token', 'octocat'),
    answer: data({ success: true, new_default: 'hubot', revoked_at_provider: 'yes' }),
    gives: { success: true, new_default: 'hubot', revoked_at_provider: 'yes' },
    request: 'DELETE /connectors/github/integrations/octocat',
    credentials: 'both',
  },
  {
    name: 'deleteIntegration of the hosted service',
    call: (connectors) => connectors.deleteIntegration('github', 'user-token', 'octocat'),
    answer: data({ success: true }),
    gives: { success: true },
    request: 'DELETE /connectors/github/integrations/octocat',
    credentials: 'both',
  },
  {
    name: 'startLink',
    call: (connectors) => connectors.startLink('github', 'user-token', { callbackUrl: 'http://localhost/done' }),
    answer: data({ url: 'https://github.example/authorize' }),
    gives: { url: 'https://github.example/authorize' },
    request: 'POST /connectors/github/integrations',
    body: { callback_url: 'http://localhost/done', auth_type: 'oauth2', replace_duplicate: false },
    credentials: 'both',
  },
  {
    name: 'beginLink',
    call: (connectors) => connectors.beginLink('github', 'user-token'),
    answer: data(PAGE),
    gives: PAGE,
    request: 'POST /connectors/github/links',
    body: {},
    credentials: 'both',
  },
  {
    name: 'beginLink with all it takes',
    call: (connectors) =>
      connectors.beginLink('a/b', 'user-token', { callbackUrl: 'http://localhost/done', replaceDuplicate: false }),
    answer: data(PAGE),
    gives: PAGE,
    request: 'POST /connectors/a%2Fb/links',
    body: { callback_url: 'http://localhost/done', replace_duplicate: false },
    credentials: 'both',
  },
  {
    name: 'beginLink by a device code',
    call: (connectors) => connectors.beginLink('github', 'user-token', { device: true }),
    answer: data(BY_CODE),
    gives: BY_CODE,
    request: 'POST /connectors/github/links',
    body: { device: true },
    credentials: 'both',
  },
  {
    name: 'linkStatus',
    call: (connectors) => connectors.linkStatus('user-token', 'l/1'),
    answer: data(LINK_STATE),
    gives: LINK_STATE,
    request: 'GET /links/l%2F1?wait=0',
    credentials: 'both',
  },
  {
    name: 'linkStatus that waits',
    call: (connectors) => connectors.linkStatus('user-token', 'l1', { wait: 25 }),
    answer: data({ ...LINK_STATE, status: 'linked', user_identifier: 'octocat', selected: true, replaced: false }),
    gives: { ...LINK_STATE, status: 'linked', user_identifier: 'octocat', selected: true, replaced: false },
    request: 'GET /links/l1?wait=25',
    credentials: 'both',
  },
  {
    name: 'cancelLink',
    call: (connectors) => connectors.cancelLink('user-token', 'l1'),
    answer: data({ success: true }),
    gives: { success: true },
    request: 'DELETE /links/l1',
    credentials: 'both',
  },
  {
    name: 'linkCustom',
    call: (connectors) =>
      connectors.linkCustom('sql', 'user-token', { configuration: { url: 'sqlite:///x' }, replaceDuplicate: true }),
    answer: data({ success: true, user_identifier: 'db' }),
    gives: { success: true, user_identifier: 'db' },
    request: 'POST /connectors/sql/integrations',
    body: { auth_type: 'custom', configuration: { url: 'sqlite:///x' }, replace_duplicate: true },
    credentials: 'both',
  },
  {
    name: 'execute',
    call: (connectors) =>
      connectors.execute('github', 'list-issues', {
        userToken: 'user-token',
        params: { owner: 'octocat', page: 2 },
        responseFields: ['id'],
        responseFilters: [{ type: 'number', field_name: 'id', value: 1 }],
      }),
    answer: { data: [1], meta: { page: 2 } },
    gives: { data: [1], meta: { page: 2 }, actedAs: null },
    request: 'POST /connectors/github/list-issues',
    body: {
      owner: 'octocat',
      page: 2,
      response_fields: ['id'],
      response_filters: [{ type: 'number', field_name: 'id', value: 1 }],
    },
    credentials: 'both',
  },
  {
    name: 'execute without parameters, an action with a slash',
    call: (connectors) => connectors.execute('github', 'admin/revoke_integrations', { userToken: 'user-token' }),
    answer: { data: {} },
    gives: { data: {}, meta: null, actedAs: null },
    request: 'POST /connectors/github/admin/revoke_integrations',
    body: {},
    credentials: 'both',
  },
  {
    name: 'catalogTools',
    call: (connectors) => connectors.catalogTools({ q: 'a b&c', connector: 'github', limit: 5, offset: 0 }),
    answer: { items: [TOOL], meta: PAGE_META },
    gives: { items: [TOOL], meta: PAGE_META },
    request: 'GET /catalog/tools?q=a+b%26c&connector=github&limit=5&offset=0',
    credentials: 'none',
  },
  {
    name: 'catalogMcp',
    call: (connectors) => connectors.catalogMcp({ category: 'dev' }),
    answer: { items: [MCP], meta: null },
    gives: { items: [MCP], meta: null },
    request: 'GET /catalog/mcp?category=dev',
    credentials: 'none',
  },
  {
    name: 'catalogSkills',
    call: (connectors) => connectors.catalogSkills({ source: 'agent' }),
    answer: { items: [{ name: 'n' }], meta: PAGE_META },
    gives: { items: [{ name: 'n', description: '' }], meta: PAGE_META },
    request: 'GET /catalog/skills?source=agent',
    credentials: 'none',
  },
  {
    name: 'search',
    call: (connectors) => connectors.search('bugs', 'user-token', { kinds: ['tools', 'mcp'], count: 3 }),
    answer: SEARCH,
    gives: SEARCH,
    request: 'GET /catalog/search?q=bugs&kinds=tools%2Cmcp&count=3',
    credentials: 'both',
  },
  {
    name: 'search, held to connectors and an effect, without a token',
    call: (connectors) => connectors.search('bugs', undefined, { connectors: ['github', 'linear'], effect: ['read'] }),
    answer: SEARCH,
    gives: SEARCH,
    request: 'GET /catalog/search?q=bugs&connectors=github%2Clinear&effect=read',
    credentials: 'none',
  },
  {
    name: 'skills, never with the key, which would mean administration',
    call: (connectors) => connectors.skills('user-token', { limit: 1, offset: 2 }),
    answer: { items: [SKILL], meta: PAGE_META },
    gives: { items: [SKILL], meta: PAGE_META },
    request: 'GET /api/skills?limit=1&offset=2',
    credentials: 'token',
  },
  {
    name: 'skill',
    call: (connectors) => connectors.skill('user-token', 's1'),
    answer: data({ ...SKILL, content_sha256: null }),
    gives: { ...SKILL, content_sha256: null },
    request: 'GET /api/skills/s1',
    credentials: 'token',
  },
]

const CREDENTIALS = {
  none: {},
  key: { 'x-api-key': 'sk-client-key' },
  both: { 'x-api-key': 'sk-client-key', authorization: 'Bearer user-token' },
  token: { authorization: 'Bearer user-token' },
}

describe('every client method sends one request', () => {
  test.each(CASES)('$name', async ({ call, answer, gives, request, body, credentials }) => {
    const { baseUrl, received } = await scriptedService({ body: answer })
    expect(await call(new ConnectorsClient({ baseUrl, apiKey: 'sk-client-key' }))).toEqual(gives)
    const [got] = received
    expect(received).toHaveLength(1)
    expect(`${got?.method} ${got?.url}`).toBe(request)
    expect(got?.body.length ? JSON.parse(got.body.toString()) : undefined).toEqual(body)
    const { 'x-api-key': key, authorization } = got?.headers ?? {}
    expect({ ...(key ? { 'x-api-key': key } : {}), ...(authorization ? { authorization } : {}) }).toEqual(
      CREDENTIALS[credentials],
    )
    expect(got?.headers['x-gl-error-contract']).toBe('2')
    expect(got?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json')
  })

  test.each(CASES)('$name refuses an answer that violates the contract', async ({ call }) => {
    const { baseUrl } = await scriptedService({ body: '"text"', headers: { 'content-type': 'application/json' } })
    await expect(call(new ConnectorsClient({ baseUrl }))).rejects.toMatchObject({
      name: 'ApiError',
      code: 'UPSTREAM_ERROR',
      status: 200,
      message: expect.stringContaining('The response does not match the contract of a connector service'),
    })
  })
})

describe('waiting for a link', () => {
  afterEach(() => void vi.useRealTimers())

  /** After how many milliseconds a wait that nobody answers is given up; undefined: not within a minute. */
  async function patience(own: number | undefined, query: { wait?: number; timeoutMs?: number }) {
    vi.useFakeTimers()
    const { fetch, sent } = inProcess(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
        }),
    )
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't', timeoutMs: own })
    const begun = Date.now()
    let after: number | undefined
    connectors.linkStatus(undefined, 'l1', query).catch((error: { code: string }) => {
      if (error.code === 'UPSTREAM_TIMEOUT') after = Date.now() - begun
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toHaveLength(1)
    return after
  }

  test.each([
    ['comes on top of the time for a call', undefined, { wait: 25 }, 35_000],
    ['comes on top of the client’s own time', 1_000, { wait: 5 }, 6_000],
    ['has no limit where the client has none', 0, { wait: 25 }, undefined],
    ['has the limit it is given', undefined, { wait: 25, timeoutMs: 100 }, 100],
  ])('%s', async (_, own, query, milliseconds) => {
    expect(await patience(own, query)).toBe(milliseconds)
  })
})

describe('the base URL', () => {
  test.each(['', '/', '/deep/prefix', '/deep/prefix/'])('may end with "%s"', async (end) => {
    const { baseUrl, received } = await scriptedService({ body: ['sql'] })
    await new ConnectorsClient({ baseUrl: baseUrl + end }).connectorNames()
    expect(received[0]?.url).toBe(`${end.replace(/\/$/, '')}/connectors/names`)
  })

  test.each(['', 'no url', 'ftp://host', 'http://user:pass@host', 'http://host/?q=1', 'http://host/#x'])(
    'is refused if it is "%s"',
    (baseUrl) => {
      expect(() => new ConnectorsClient({ baseUrl })).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETERS' }))
    },
  )
})

describe('the header fields of a request', () => {
  test('name the account in both of its fields, alike', async () => {
    const { baseUrl, received } = await scriptedService({ body: { data: {} } })
    await new ConnectorsClient({ baseUrl }).execute('github', 'x', { userToken: 't', identifier: "o'c at:x/y" })
    expect(received[0]?.headers['x-integration']).toBe("o'c at:x/y")
    expect(received[0]?.headers['x-bosa-integration']).toBe("o'c at:x/y")
    expect(received[0]?.headers['x-api-key']).toBeUndefined()
  })

  test.each(['', 'blöb', ' x', 'x ', 'a\nb', '日本'])(
    'cannot name the account "%s", which is refused before sending',
    async (identifier) => {
      const { fetch, sent } = inProcess(() => json({ data: {} }))
      const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch })
      await expect(connectors.execute('github', 'x', { userToken: 't', identifier })).rejects.toMatchObject({
        code: 'INVALID_PARAMETERS',
      })
      expect(sent).toEqual([])
    },
  )

  test('can request contract 1', async () => {
    const { baseUrl, received } = await scriptedService({ body: ['sql'] })
    await new ConnectorsClient({ baseUrl, errorContract: 1 }).connectorNames()
    expect(received[0]?.headers['x-gl-error-contract']).toBe('1')
  })

  test('contain the default user token unless the call has its own', async () => {
    const { fetch, sent } = inProcess(() => json({ data: {} }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: new Secret('mine') })
    await connectors.execute('github', 'x')
    await connectors.execute('github', 'x', { userToken: 'other' })
    expect(sent.map(({ headers }) => headers.authorization)).toEqual(['Bearer mine', 'Bearer other'])
    await expect(new ConnectorsClient({ baseUrl: 'http://x', fetch }).me()).rejects.toMatchObject({
      code: 'INVALID_TOKEN',
    })
    expect(sent).toHaveLength(2)
  })
})

describe('the answer of an action', () => {
  test('says which account acted', async () => {
    const { fetch } = inProcess(() => json({ data: [], meta: 'no object' }, { headers: { 'x-acted-as': 'octocat' } }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    expect(await connectors.execute('github', 'x')).toEqual({ data: [], meta: null, actedAs: 'octocat' })
  })

  test('without data is a violation of the contract', async () => {
    const { fetch } = inProcess(() => json({ items: [] }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    await expect(connectors.execute('github', 'x')).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('is not requested for parameters that JSON cannot hold', async () => {
    const { fetch, sent } = inProcess(() => json({ data: {} }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    await expect(connectors.execute('github', 'x', { params: { n: 1n } })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
    })
    expect(sent).toEqual([])
  })
})

test('one bad entry in the schemas does not hide the others', async () => {
  const good = { method: 'POST', path: '/connectors/github/a', docstring: 'd', parameters: {} }
  const { fetch } = inProcess(() => json({ github: { a: good, b: { method: 'POST' } }, odd: null }))
  const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch })
  expect(await connectors.connectorSchemas()).toEqual({ github: { a: good }, odd: {} })
})

describe('listing the accounts of a connector', () => {
  test.each([
    { status: 405, body: { detail: 'Method Not Allowed' } },
    { status: 404, body: { detail: 'Not Found' } },
  ])('falls back on the list of all accounts when the service answers $status, and only once', async (noRoute) => {
    const { baseUrl, received } = await scriptedService(noRoute, { body: { data: ME } })
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't' })
    expect(await connectors.listIntegrations('github')).toEqual([ACCOUNT])
    expect(await connectors.listIntegrations('github')).toEqual([ACCOUNT])
    expect(received.map(({ url }) => url)).toEqual(['/connectors/github/integrations', '/users/me', '/users/me'])
  })

  test('reports an unknown connector', async () => {
    const { fetch, sent } = inProcess(() =>
      json({ error: { code: 'CONNECTOR_NOT_FOUND', message: 'No connector is called that.' } }, { status: 404 }),
    )
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    await expect(connectors.listIntegrations('nope')).rejects.toMatchObject({ code: 'CONNECTOR_NOT_FOUND' })
    expect(sent).toHaveLength(1)
  })
})
