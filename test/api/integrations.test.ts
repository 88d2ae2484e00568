import { describe, expect, test } from 'vitest'
import { failure, type Harness, newApi } from './harness.js'

const CONTRACT_2 = { 'x-gl-error-contract': '2' }

/** Links a Notes account of that login by a token. */
async function link({ call, thirdParty }: Harness, token: string, login: string, extra: Record<string, unknown> = {}) {
  thirdParty.answer = () => ({ json: { login } })
  return call('POST', '/connectors/notes/integrations', {
    token,
    json: { auth_type: 'custom', configuration: { token: `token-of-${login}-0123456789` }, ...extra },
  })
}

const accounts = async ({ call }: Harness, token: string) =>
  (
    (await call('GET', '/connectors/notes/integrations', { token })).json.data as {
      user_identifier: string
      selected: boolean
    }[]
  ).map(({ user_identifier, selected }) => `${user_identifier}${selected ? ' *' : ''}`)

describe('several accounts with a default', () => {
  test('the first becomes the default, and after its removal the newest remaining one', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    for (const login of ['one', 'two', 'three']) expect((await link(api, token, login)).status).toBe(200)
    expect(await accounts(api, token)).toEqual(['one *', 'two', 'three'])
    expect((await api.call('POST', '/connectors/notes/integrations/two', { token })).json.data).toEqual({
      success: true,
    })
    expect(await accounts(api, token)).toEqual(['one', 'two *', 'three'])
    const removed = await api.call('DELETE', '/connectors/notes/integrations/two', { token })
    expect(removed.json.data).toMatchObject({ success: true, new_default: 'three' })
    expect(await accounts(api, token)).toEqual(['one', 'three *'])
    expect((await api.call('DELETE', '/connectors/notes/integrations/one', { token })).json.data.new_default).toBeNull()
    expect(await accounts(api, token)).toEqual(['three *'])
  })

  test('the same account again is a 409, or replaced in place', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    await link(api, token, 'one')
    await link(api, token, 'two')
    expect(failure(await link(api, token, 'one'))).toEqual({ status: 409, code: 'INTEGRATION_EXISTS' })
    expect((await link(api, token, 'one', { replace_duplicate: true })).json.data).toMatchObject({
      success: true,
      replaced: true,
      selected: true,
    })
    expect(await accounts(api, token)).toEqual(['one *', 'two'])
  })

  test('an action uses the named account, or else the default', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    await link(api, token, 'one')
    await link(api, token, 'two')
    api.thirdParty.answer = () => ({ json: [] })
    const acted = async (headers: Record<string, string>) => {
      const answer = await api.call('POST', '/connectors/notes/list_notes', { token, json: {}, headers })
      return [answer.headers.get('x-acted-as'), api.thirdParty.requests.at(-1)?.headers.authorization]
    }
    expect(await acted({})).toEqual(['one', 'Bearer token-of-one-0123456789'])
    expect(await acted({ 'x-integration': 'two' })).toEqual(['two', 'Bearer token-of-two-0123456789'])
    expect(await acted({ 'x-bosa-integration': 'two', 'x-integration': 'two' })).toEqual([
      'two',
      'Bearer token-of-two-0123456789',
    ])
  })

  test('names with slashes, spaces and non-ASCII are passed unchanged', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    await link(api, token, 'team/main db@x:1')
    expect(
      (await api.call('GET', '/connectors/notes/integrations/team/main%20db@x:1', { token })).json.data,
    ).toMatchObject({
      user_identifier: 'team/main db@x:1',
      auth_string: '********',
      auth_scopes: [],
    })
    // A name we make of what a third party says cannot be reached by a path otherwise.
    expect((await link(api, token, 'ünï/../?#%')).json.data).toMatchObject({
      user_identifier: '_n_/_/___-78831957',
      title: 'ünï/../?#%',
    })
  })
})

describe('an account the user does not have', () => {
  test.each(['GET', 'POST', 'DELETE'])(
    '%s answers 200 with success: false under contract 1, and 404 under contract 2',
    async (method) => {
      const api = await newApi()
      const { token } = await api.user(await api.client())
      const legacy = await api.call(method, '/connectors/notes/integrations/nobody', { token })
      expect(legacy.status).toBe(200)
      expect(legacy.json).toEqual({
        data: { success: false, error: expect.any(String), message: expect.any(String) },
        meta: null,
      })
      expect(
        failure(await api.call(method, '/connectors/notes/integrations/nobody', { token, headers: CONTRACT_2 })),
      ).toEqual({
        status: 404,
        code: 'INTEGRATION_NOT_FOUND',
      })
      expect(failure(await api.call(method, '/connectors/nothing/integrations/nobody', { token }))).toEqual({
        status: 404,
        code: 'CONNECTOR_NOT_FOUND',
      })
      expect(failure(await api.call(method, '/connectors/notes/integrations/nobody', { token: 'x' }))).toEqual({
        status: 401,
        code: 'INVALID_TOKEN',
      })
    },
  )
})

describe('two clients with the same user identifier', () => {
  test('never see data of each other', async () => {
    const api = await newApi()
    const ada = await api.user(await api.client(), 'ada')
    const other = await api.user(await api.client(), 'ada')
    await link(api, ada.token, 'private')
    const asked = { token: other.token, headers: CONTRACT_2 }
    expect((await api.call('GET', '/users/me', asked)).json.data.integrations).toEqual([])
    expect((await api.call('GET', '/connectors/notes/integration-exists', asked)).json.data).toEqual({
      has_integration: false,
    })
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect(failure(await api.call(method, '/connectors/notes/integrations/private', asked)).status).toBe(404)
    }
    const sent = api.thirdParty.requests.length
    for (const headers of [{}, { 'x-integration': 'private' }]) {
      expect(
        failure(await api.call('POST', '/connectors/notes/list_notes', { token: other.token, json: {}, headers })),
      ).toEqual({
        status: 404,
        code: 'INTEGRATION_NOT_FOUND',
      })
    }
    expect(api.thirdParty.requests.length).toBe(sent)
    expect(await accounts(api, ada.token)).toEqual(['private *'])
  })
})

describe('linking by a configuration', () => {
  test('is tried first, and stores nothing if the trial fails', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    const given = { auth_type: 'custom', configuration: { token: 'canary-token-0123456789' } }
    const cases = [
      [{ status: 401, json: { message: 'Bad credentials canary-token-0123456789' } }, 400, 'LINK_FAILED'],
      [{ status: 503, json: {} }, 502, 'UPSTREAM_ERROR'],
      [{ text: '<html>canary-token-0123456789</html>' }, 502, 'UPSTREAM_ERROR'],
    ] as const
    for (const [answer, status, code] of cases) {
      api.thirdParty.answer = () => answer
      const refused = await api.call('POST', '/connectors/notes/integrations', { token, json: given })
      expect(failure(refused)).toEqual({ status, code })
      expect(refused.text).not.toContain('canary-token')
    }
    expect((await api.call('GET', '/connectors/notes/integration-exists', { token })).json.data).toEqual({
      has_integration: false,
    })
    expect(api.log.join('')).not.toContain('canary-token')
  })

  test.each([
    ['no configuration', { auth_type: 'custom' }, 'INVALID_PARAMETERS'],
    ['an empty one', { auth_type: 'custom', configuration: {} }, 'INVALID_PARAMETERS'],
    ['a wrong type', { auth_type: 'custom', configuration: { token: 5 } }, 'INVALID_PARAMETERS'],
    ['a list', { auth_type: 'custom', configuration: [] }, 'INVALID_PARAMETERS'],
    ['an unknown auth_type', { auth_type: 'magic' }, 'INVALID_PARAMETERS'],
    [
      'replace_duplicate of a wrong type',
      { auth_type: 'custom', configuration: {}, replace_duplicate: 'yes' },
      'INVALID_PARAMETERS',
    ],
    ['an unsafe callback URL', { callback_url: 'javascript:alert(1)' }, 'INVALID_PARAMETERS'],
    ['a callback URL with a user name', { callback_url: 'https://a:b@c.example' }, 'INVALID_PARAMETERS'],
    ['no callback URL', {}, 'INVALID_PARAMETERS'],
  ])('answers 400 for %s', async (_name, json, code) => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    expect(failure(await api.call('POST', '/connectors/notes/integrations', { token, json }))).toEqual({
      status: 400,
      code,
    })
  })

  test('refuses a field that does not exist, and names the nearest', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    const configuration = { token: 'token-of-ada-0123456789', tokne: 'x', ['y'.repeat(300)]: 1 }
    const refused = await api.call('POST', '/connectors/notes/integrations', {
      token,
      json: { auth_type: 'custom', configuration },
    })
    expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    expect(refused.json.error.details.errors).toEqual([
      { field: 'tokne', message: 'is not a field of this configuration (did you mean token?)' },
      { field: 'y'.repeat(200), message: 'is not a field of this configuration' },
    ])
    expect(api.thirdParty.requests).toEqual([])
  })

  test('in a way the connector does not support names the supported ways', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    const refused = await api.call('POST', '/connectors/sql/integrations', {
      token,
      json: { callback_url: 'https://a.example' },
    })
    expect(failure(refused)).toEqual({ status: 400, code: 'AUTH_TYPE_NOT_SUPPORTED' })
    expect(refused.json.error.details).toEqual({ supported_auth_types: ['custom'] })
  })
})

describe('linking by OAuth 2', () => {
  const begin = async (api: Harness, token: string, extra: Record<string, unknown> = {}) => {
    const json = { callback_url: 'https://app.example/after?tab=1', ...extra }
    return new URL((await api.call('POST', '/connectors/notes/integrations', { token, json })).json.data.url)
  }
  /** Comes back in a browser in which the user is signed in; test/connect/confirmation.test.ts has the others. */
  const back = (api: Harness, user: { id: string }, query: Record<string, string>) => {
    const { proofs } = api.service.linkPages
    const browser = proofs.browser(undefined)
    const cookie = `connect-browser=${browser}; connect-session=${proofs.session(browser, user.id)}`
    const path = `/connectors/notes/success-authorize-callback?${new URLSearchParams(query)}`
    return api.call('GET', path, { headers: { cookie } })
  }
  const grant =
    (login: string): Harness['thirdParty']['answer'] =>
    ({ url }) =>
      url.pathname === '/token'
        ? { json: { access_token: `granted-to-${login}`, token_type: 'bearer' } }
        : { json: { login } }

  test('ends at the callback URL with the account', async () => {
    const api = await newApi()
    const user = await api.user(await api.client())
    const { token } = user
    const url = await begin(api, token)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      client_id: 'the-client',
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: 'http://127.0.0.1:1/connectors/notes/success-authorize-callback',
    })
    api.thirdParty.answer = grant('octo')
    const ended = await back(api, user, { code: 'the-code', state: url.searchParams.get('state') ?? '' })
    expect([ended.status, ended.headers.get('location')]).toEqual([
      302,
      'https://app.example/after?tab=1&status=success&connector=notes&user_identifier=octo',
    ])
    expect(await accounts(api, token)).toEqual(['octo *'])
  })

  test('accepts a state once, for its connector, and for ten minutes', async () => {
    let now = Date.UTC(2026, 0, 1)
    const api = await newApi({ clock: () => now })
    const user = await api.user(await api.client())
    const { token } = user
    api.thirdParty.answer = grant('octo')
    const state = (await begin(api, token)).searchParams.get('state') ?? ''
    expect((await back(api, user, { code: 'c', state })).status).toBe(302)
    expect((await back(api, user, { code: 'c', state })).status).toBe(400)
    const late = (await begin(api, token)).searchParams.get('state') ?? ''
    now += 10 * 60_000 + 1
    expect((await back(api, user, { code: 'c', state: late })).status).toBe(400)
    expect((await back(api, user, { code: 'c', state: 'made-up' })).status).toBe(400)
    expect(await accounts(api, token)).toEqual(['octo *'])
  })

  test.each([
    ['the person said no', { error: 'access_denied' }, 'cancelled_error'],
    ['the provider failed', { error: 'server_error' }, 'integration_error'],
  ])('reports that %s as %s', async (_name, query, error) => {
    const api = await newApi()
    const user = await api.user(await api.client())
    const { token } = user
    const state = (await begin(api, token)).searchParams.get('state') ?? ''
    const ended = await back(api, user, { ...query, state })
    expect(ended.headers.get('location')).toBe(`https://app.example/after?tab=1&error=${error}`)
    expect(await accounts(api, token)).toEqual([])
  })

  test('refuses a linked account as a duplicate unless it may be replaced', async () => {
    const api = await newApi()
    const user = await api.user(await api.client())
    const { token } = user
    await link(api, token, 'octo')
    const once = (await begin(api, token)).searchParams.get('state') ?? ''
    api.thirdParty.answer = grant('octo')
    expect((await back(api, user, { code: 'c', state: once })).headers.get('location')).toContain(
      'error=duplicate_user_error',
    )
    const twice = (await begin(api, token, { replace_duplicate: true })).searchParams.get('state') ?? ''
    expect((await back(api, user, { code: 'c', state: twice })).headers.get('location')).toContain('status=success')
    expect(await accounts(api, token)).toEqual(['octo *'])
  })

  test('without an OAuth client says which setting is missing', async () => {
    const api = await newApi({ oauthClient: false })
    const { token } = await api.user(await api.client())
    const refused = await api.call('POST', '/connectors/notes/integrations', {
      token,
      json: { callback_url: 'https://app.example' },
    })
    expect(failure(refused)).toEqual({ status: 400, code: 'OAUTH_NOT_CONFIGURED' })
    expect(refused.json.message).toBe('Set the OAuth client.')
  })

  test('at the callback without code and state shows a page that echoes nothing of its query', async () => {
    const api = await newApi()
    const page = await api.call(
      'GET',
      '/connectors/notes/success-authorize-callback?status=success&user_identifier=%3Cscript%3E',
    )
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.text).not.toContain('script')
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  })
})
