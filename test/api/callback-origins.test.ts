import { describe, expect, test } from 'vitest'
import { failure, type Harness, newApi } from './harness.js'

const ROUTE = '/clients/callback-origins'
const OWN_PAGE = '/connectors/notes/success-authorize-callback'

const put = (api: Harness, key: string, callback_origins: unknown) =>
  api.call('PUT', ROUTE, { key, json: { callback_origins } })

describe('the callback origins of a client', () => {
  test('are empty at first, replaced as a whole, and stored in normal form', async () => {
    const api = await newApi()
    const [key, other] = [await api.client(), await api.client()]
    expect((await api.call('GET', ROUTE, { key })).json).toEqual({ data: { callback_origins: [] }, meta: null })
    const given = ['https://App.example/', 'http://127.0.0.1']
    const kept = { data: { callback_origins: ['https://app.example', 'http://127.0.0.1'] }, meta: null }
    expect((await put(api, key, given)).json).toEqual(kept)
    expect((await api.call('GET', ROUTE, { key })).json).toEqual(kept)
    expect((await api.call('GET', ROUTE, { key: other })).json.data.callback_origins).toEqual([])
    expect((await put(api, key, [])).json.data.callback_origins).toEqual([])
  })

  test.each([[['https://a.example/path']], [['http://a.example']], ['https://a.example'], [undefined]])(
    'are not changed by the invalid list %j',
    async (origins) => {
      const api = await newApi()
      const key = await api.client()
      await put(api, key, ['https://app.example'])
      const refused = await put(api, key, origins)
      expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
      expect(refused.json.error.details.errors[0].field).toMatch(/^callback_origins/)
      expect((await api.call('GET', ROUTE, { key })).json.data.callback_origins).toEqual(['https://app.example'])
    },
  )

  test('can be changed with the API key only', async () => {
    const api = await newApi()
    const { token } = await api.user(await api.client())
    for (const credential of [{}, { token }, { key: api.service.tenants.administratorKey().reveal() }]) {
      const json = { callback_origins: [] }
      expect(failure(await api.call('GET', ROUTE, credential)).code).toBe('INVALID_API_KEY')
      expect(failure(await api.call('PUT', ROUTE, { ...credential, json })).code).toBe('INVALID_API_KEY')
    }
    expect(failure(await api.call('DELETE', ROUTE)).status).toBe(405)
  })

  test('can be given when the client is created, and invalid ones prevent it', async () => {
    const { service } = await newApi()
    await expect(service.tenants.create('one', ['https://a.example/x'])).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
    })
    const { id } = await service.tenants.create('one', ['https://a.example/'])
    expect(await service.tenants.callbackOrigins(id)).toEqual(['https://a.example'])
  })
})

describe.each(['links', 'integrations'])('POST /connectors/notes/%s', (route) => {
  async function scene(origins: string[], publicUrl?: string) {
    const api = await newApi(publicUrl === undefined ? {} : { publicUrl })
    const key = await api.client()
    const { token } = await api.user(key)
    expect((await put(api, key, origins)).status).toBe(200)
    const ask = (callback_url: unknown) =>
      api.call('POST', `/connectors/notes/${route}`, { token, json: { callback_url } })
    return { api, key, ask, token }
  }

  test('accepts a listed origin and refuses another one', async () => {
    const { ask } = await scene(['https://app.example', 'http://127.0.0.1'])
    for (const good of ['https://app.example/after?x=1', 'https://APP.example:443', 'http://127.0.0.1:49152/after'])
      expect((await ask(good)).status, good).toBe(200)
    for (const bad of [
      'https://evil.example/',
      'https://app.example.evil/',
      'https://app.example:8443/',
      'http://app.example/',
      'http://127.0.0.1.evil/',
      'http://localhost:49152/after',
    ]) {
      const refused = await ask(bad)
      expect([bad, failure(refused)]).toEqual([bad, { status: 400, code: 'INVALID_PARAMETERS' }])
      expect(refused.json.error.details).toEqual({
        errors: [{ field: 'callback_url', message: 'is not at one of the callback origins of this client' }],
        callback_origins: ['https://app.example', 'http://127.0.0.1'],
      })
      expect(refused.json.message).toContain('connectors-mcp clients callbacks')
      expect(refused.json.message).not.toContain('evil')
      expect(refused.json.message.includes('leave it out')).toBe(route === 'links')
    }
    for (const never of ['https://ada@app.example/', 'https://app.example@evil.example', 'javascript:alert(1)', 7])
      expect(failure(await ask(never)).code, String(never)).toBe('INVALID_PARAMETERS')
  })

  test('accepts any origin if the list is empty', async () => {
    const { ask } = await scene([])
    expect((await ask('http://anything.example:81/x')).status).toBe(200)
  })

  test("accepts the service's own link page, at its public address", async () => {
    const { ask } = await scene(['https://app.example'], 'https://team.example/service')
    expect((await ask(`https://team.example/service${OWN_PAGE}`)).status).toBe(200)
    for (const bad of [
      `https://team.example${OWN_PAGE}`,
      `https://team.example/service${OWN_PAGE.replace('notes', 'sql')}`,
      `http://127.0.0.1:1${OWN_PAGE}`,
      `https://evil.example/service${OWN_PAGE}`,
    ])
      expect(failure(await ask(bad)).code, bad).toBe('INVALID_PARAMETERS')
  })

  test('ignores the list of another client', async () => {
    const { api, ask } = await scene([])
    await put(api, await api.client(), ['https://app.example'])
    expect((await ask('https://elsewhere.example/')).status).toBe(200)
  })
})

test('a link without a callback URL needs no origin', async () => {
  const api = await newApi()
  const key = await api.client()
  await put(api, key, ['https://app.example'])
  const { token } = await api.user(key)
  for (const json of [{}, { callback_url: null }])
    expect((await api.call('POST', '/connectors/notes/links', { token, json })).status).toBe(200)
})
