import { describe, expect, test } from 'vitest'
import { failure, newApi } from './harness.js'

describe('clients', () => {
  test('the administrator creates one, and its key works', async () => {
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
  ])('is refused with %s', async (_name, which) => {
    const { call, client } = await newApi()
    const key = which === 'client' ? await client() : which
    expect(failure(await call('POST', '/clients', { ...(key ? { key } : {}), json: { name: 'x' } }))).toEqual({
      status: 401,
      code: 'INVALID_API_KEY',
    })
  })

  test('a name is taken once', async () => {
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
  test('the secret is shown once; later only its preview', async () => {
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

  test('the same routes answer under the names the published CLI calls', async () => {
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
  ])('an identifier that is %s: 400', async (_name, identifier) => {
    const { call, client } = await newApi()
    expect(failure(await call('POST', '/users', { key: await client(), json: { identifier } }))).toEqual({
      status: 400,
      code: 'INVALID_PARAMETERS',
    })
  })

  test('an identifier is taken once in a client, and free in another', async () => {
    const { call, client } = await newApi()
    const [one, other] = [await client(), await client()]
    expect((await call('POST', '/users', { key: one, json: { identifier: 'ada' } })).status).toBe(200)
    expect(failure(await call('POST', '/users', { key: one, json: { identifier: 'ada' } }))).toEqual({
      status: 409,
      code: 'USER_EXISTS',
    })
    expect((await call('POST', '/users', { key: other, json: { identifier: 'ada' } })).status).toBe(200)
  })

  test('a wrong identifier, a wrong secret and a key of another client get the same answer', async () => {
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
  test('an expired one is refused, a newer one does not end an older one', async () => {
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

  test('only a Bearer credential counts', async () => {
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

  test('a key beside it must be valid and of the same client; the word "connector" is none', async () => {
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
