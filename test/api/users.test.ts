import { describe, expect, test } from 'vitest'
import { failure, newApi } from './harness.js'

describe('clients', () => {
  test('are created by the administrator, and their API key works', async () => {
    const { call, service } = await newApi()
    const administrator = service.tenants.administratorKey().reveal()
    const made = await call('POST', '/clients', { key: administrator, json: { name: 'Acme' } })
    expect(made.status).toBe(200)
    expect(made.json.data).toMatchObject({ name: 'Acme', is_active: true })
    expect((await call('POST', '/users', { key: made.json.data.api_key, json: { identifier: 'ada' } })).status).toBe(
      200,
    )
  })

  test.each([
    ['no key', undefined],
    ['a client key', 'client'],
    ['a made-up key', 'sk-admin-x'],
  ])('are not created with %s', async (_name, which) => {
    const { call, client } = await newApi()
    const key = which === 'client' ? await client() : which
    expect(failure(await call('POST', '/clients', { ...(key ? { key } : {}), json: { name: 'x' } }))).toEqual({
      status: 401,
      code: 'INVALID_API_KEY',
    })
  })

  test('have unique names', async () => {
    const { call, service, client } = await newApi()
    await client('Acme')
    const administrator = service.tenants.administratorKey().reveal()
    expect(failure(await call('POST', '/clients', { key: administrator, json: { name: 'Acme' } }))).toEqual({
      status: 409,
      code: 'CLIENT_EXISTS',
    })
    expect(failure(await call('POST', '/clients', { key: administrator, json: { name: '' } }))).toEqual({
      status: 400,
      code: 'INVALID_PARAMETERS',
    })
  })
})

describe('users', () => {
  test('get a secret that is shown once, and later only its preview', async () => {
    const { call, client } = await newApi()
    const key = await client()
    const { data } = (await call('POST', '/users', { key, json: { identifier: 'ada' } })).json
    expect(data.secret).toMatch(/^sk-user-/)
    expect(data.secret_preview).toBe(`sk-user-...${data.secret.slice(-8)}`)
    const login = await call('POST', '/auth/tokens', { json: { identifier: 'ada', secret: data.secret } })
    const me = await call('GET', '/users/me', { token: login.json.data.token })
    expect(me.json.data).toEqual({
      id: data.id,
      client_id: data.client_id,
      identifier: 'ada',
      secret_preview: data.secret_preview,
      is_active: true,
      integrations: [],
    })
    expect(me.text).not.toContain(data.secret)
  })

  test('are served under the route names of the published CLI, too', async () => {
    const { call, client } = await newApi()
    const key = await client()
    const { data } = (await call('POST', '/clients/register-user', { key, json: { identifier: 'ada' } })).json
    const login = await call('POST', '/clients/oauth-token', { key, json: { identifier: 'ada', secret: data.secret } })
    expect((await call('GET', '/clients/user', { token: login.json.data.token })).json.data.id).toBe(data.id)
  })

  test.each([
    ['empty', ''],
    ['too long', 'x'.repeat(256)],
    ['no text', 7],
    ['missing', undefined],
  ])('answer 400 for an identifier that is %s', async (_name, identifier) => {
    const { call, client } = await newApi()
    expect(failure(await call('POST', '/users', { key: await client(), json: { identifier } }))).toEqual({
      status: 400,
      code: 'INVALID_PARAMETERS',
    })
  })

  test('have unique identifiers within a client, which another client can use, too', async () => {
    const { call, client } = await newApi()
    const [one, other] = [await client(), await client()]
    expect((await call('POST', '/users', { key: one, json: { identifier: 'ada' } })).status).toBe(200)
    expect(failure(await call('POST', '/users', { key: one, json: { identifier: 'ada' } }))).toEqual({
      status: 409,
      code: 'USER_EXISTS',
    })
    expect((await call('POST', '/users', { key: other, json: { identifier: 'ada' } })).status).toBe(200)
  })

  test('get the same answer for a wrong identifier, a wrong secret and a key of another client', async () => {
    const { call, client, user } = await newApi()
    const [key, foreign] = [await client(), await client()]
    const { secret } = await user(key, 'ada')
    const answers = [
      await call('POST', '/auth/tokens', { json: { identifier: 'bob', secret } }),
      await call('POST', '/auth/tokens', { json: { identifier: 'ada', secret: 'sk-user-wrong' } }),
      await call('POST', '/auth/tokens', { json: { identifier: 'ada', secret: `${secret}x` } }),
      await call('POST', '/auth/tokens', { key: foreign, json: { identifier: 'ada', secret } }),
      await call('POST', '/auth/tokens', { json: {} }),
      await call('POST', '/auth/tokens', { json: { identifier: '__proto__', secret: {} } }),
    ]
    for (const answer of answers) expect(failure(answer)).toEqual({ status: 401, code: 'INVALID_CREDENTIALS' })
    expect(new Set(answers.map((answer) => answer.json.message)).size).toBe(1)
  })
})

describe('tokens', () => {
  test('end with the secret that they were issued for, and not with another user of the client', async () => {
    const { call, client, user, service } = await newApi()
    const key = await client()
    const [ada, bob] = [await user(key, 'ada'), await user(key, 'bob')]
    const me = async (token: string) => (await call('GET', '/users/me', { token })).status
    expect([await me(ada.token), await me(bob.token)]).toEqual([200, 200])
    const tenant = await service.tenants.byApiKey(key)
    const { secret } = await service.users.resetSecret(tenant, 'ada')
    expect([await me(ada.token), await me(bob.token)]).toEqual([401, 200])
    const login = (known: string) => call('POST', '/auth/tokens', { key, json: { identifier: 'ada', secret: known } })
    expect(failure(await login(ada.secret))).toEqual({ status: 401, code: 'INVALID_CREDENTIALS' })
    const again = (await login(secret.reveal())).json.data
    expect(await me(again.token)).toBe(200)
    expect(again.user_id).toBe((await call('GET', '/users/me', { token: again.token })).json.data.id)
    await expect(service.users.resetSecret(tenant, 'carol')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('are refused once expired, and a newer one does not invalidate an older one', async () => {
    let now = Date.UTC(2026, 0, 1)
    const { call, client, user } = await newApi({ clock: () => now })
    const key = await client()
    const { token, secret } = await user(key, 'ada')
    now += 86_400_000
    const newer = (await call('POST', '/auth/tokens', { json: { identifier: 'ada', secret } })).json.data.token
    for (const each of [token, newer]) expect((await call('GET', '/users/me', { token: each })).status).toBe(200)
    now += 29.5 * 86_400_000
    expect(failure(await call('GET', '/users/me', { token }))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
    expect((await call('GET', '/users/me', { token: newer })).status).toBe(200)
  })

  test('are accepted as Bearer credentials only', async () => {
    const { call, client, user } = await newApi()
    const key = await client()
    const { token } = await user(key)
    const attempts: Record<string, string>[] = [
      {},
      { authorization: token },
      { authorization: `Bearer ${key}` },
      { authorization: `Basic ${token}` },
      { authorization: `Bearer ${token}x` },
    ]
    for (const headers of attempts)
      expect(failure(await call('GET', '/users/me', { headers }))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
  })

  test('may come with an API key of the same client only, or the placeholder "connector"', async () => {
    const { call, client, user } = await newApi()
    const [key, foreign] = [await client(), await client()]
    const { token } = await user(key)
    expect((await call('GET', '/users/me', { token, key })).status).toBe(200)
    expect((await call('GET', '/users/me', { token, key: 'connector' })).status).toBe(200)
    expect(failure(await call('GET', '/users/me', { token, key: foreign }))).toEqual({
      status: 401,
      code: 'INVALID_API_KEY',
    })
    expect(failure(await call('GET', '/users/me', { token, key: 'sk-client-wrong.key.value' }))).toEqual({
      status: 401,
      code: 'INVALID_API_KEY',
    })
  })
})
