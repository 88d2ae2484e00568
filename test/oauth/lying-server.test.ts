import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { echoing, exchangesWith, fresh, good, html, old, page, SECRETS, THEIR_WORDS } from './canaries.js'
import { failureOf } from './failure-of.js'
import { network } from './network.js'
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.js'

let server: ScriptedServer
beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())
const { finish, refresh } = exchangesWith(() => server)

const typed = (type: string, body = JSON.stringify(good)): Answer => ({ headers: { 'content-type': type }, body })
const without = (name: keyof typeof good): Answer => ({ json: { ...good, [name]: undefined } })

describe.each<[string, Answer]>([
  ['HTML', html(page)],
  ['HTML that calls itself JSON', typed('application/json', page)],
  ['JSON that calls itself HTML', html(JSON.stringify(good))],
  ['JSON of no type at all', { body: JSON.stringify(good) }],
  [
    'a form, as RFC 6749 does not have it',
    typed('application/x-www-form-urlencoded', `access_token=${fresh.access_token}`),
  ],
  ['truncated JSON', typed('application/json', JSON.stringify(good).slice(0, -10))],
  [
    'JSON that is compressed badly',
    { ...typed('application/json'), headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
  ],
  ['an empty body', typed('application/json', '')],
  ['no content (204)', { status: 204 }],
  ['created (201)', { status: 201, json: good }],
  ['reset content (205)', { status: 205, json: good }],
  ['an array', { json: [good] }],
  ['null', { json: null }],
  ['a string', { json: fresh.access_token }],
  ['no access_token', without('access_token')],
  ['an empty access_token', { json: { ...good, access_token: '' } }],
  ['a number as access_token', { json: { ...good, access_token: 5 } }],
  ['null as access_token', { json: { ...good, access_token: null } }],
  ['an object as access_token', { json: { ...good, access_token: { value: fresh.access_token } } }],
  ['a line break in access_token', { json: { ...good, access_token: `${fresh.access_token}\r\nX-Admin: 1` } }],
  ['an access_token outside of ASCII', { json: { ...good, access_token: `${fresh.access_token}é` } }],
  ['no token_type', without('token_type')],
  ['a token_type of another kind', { json: { ...good, token_type: 'mac' } }],
  ['DPoP as token_type', { json: { ...good, token_type: 'DPoP' } }],
  ['a number as token_type', { json: { ...good, token_type: 1 } }],
  ['a negative expires_in', { json: { ...good, expires_in: -1 } }],
  ['an expires_in beyond all dates', { json: { ...good, expires_in: 1e300 } }],
  ['an expires_in in milliseconds since the epoch', { json: { ...good, expires_in: 1_795_570_911_596 } }],
  ['an expires_in beyond all numbers', typed('application/json', JSON.stringify(good).replace('3600', '1e999'))],
  ['words as expires_in', { json: { ...good, expires_in: THEIR_WORDS } }],
  ['a list as expires_in', { json: { ...good, expires_in: [] } }],
  ['an empty refresh_token', { json: { ...good, refresh_token: '' } }],
  ['a number as refresh_token', { json: { ...good, refresh_token: 7 } }],
  ['a line break in refresh_token', { json: { ...good, refresh_token: 'a\nb' } }],
  ['a number as scope', { json: { ...good, scope: 1 } }],
  ['a huge body', { json: { ...good, padding: 'x'.repeat(300 * 1024) } }],
  ['ok: false and nothing else', { json: { ok: false } }],
  ['an error that is an object', { json: { error: { message: THEIR_WORDS, code: 190 } } }],
])('a token response with %s', (_, answer) => {
  test('fails a link as UPSTREAM_ERROR', async () => {
    server.answer(answer)
    const error = await failureOf(finish(), SECRETS)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(error.message).not.toContain(THEIR_WORDS)
    expect(error.details?.fault).not.toBe('The network or a library failed.')
  })

  test('fails a refresh as UPSTREAM_ERROR that may have spent the grant', async () => {
    server.answer(answer)
    const error = await failureOf(refresh(), SECRETS)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', details: { grant_may_be_spent: true } })
    expect(error.message).not.toContain(THEIR_WORDS)
  })
})

describe.each<[string, Answer, { retryAfterSeconds?: number; spent: boolean }]>([
  ['500 after the code was consumed', { status: 500, ...html(page) }, { spent: true }],
  ['500 and an error code', { status: 500, json: { error: 'invalid_grant' } }, { spent: true }],
  ['502 and tokens', { status: 502, json: good }, { spent: true }],
  ['503 and Retry-After', { status: 503, headers: { 'retry-after': '7' } }, { spent: true, retryAfterSeconds: 7 }],
  ['429 and Retry-After', { status: 429, headers: { 'retry-after': '9' } }, { spent: false, retryAfterSeconds: 9 }],
  ['400 temporarily_unavailable', { status: 400, json: { error: 'temporarily_unavailable' } }, { spent: false }],
])('a token endpoint that answers %s', (_, answer, { spent, retryAfterSeconds }) => {
  test('fails a link for now', async () => {
    server.answer(answer)
    const error = await failureOf(finish(), SECRETS)
    expect(error.code).toBe(error.details?.oauth_error === undefined ? 'UPSTREAM_ERROR' : 'LINK_FAILED')
    expect(error.message).toContain('Begin the link again in a while')
    expect(error.retryAfterSeconds).toBe(retryAfterSeconds)
  })

  test('fails a refresh for now', async () => {
    server.answer(answer)
    const error = await failureOf(refresh(), SECRETS)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true, details: { grant_may_be_spent: spent } })
    expect(error.retryAfterSeconds).toBe(retryAfterSeconds)
  })
})

describe('an error in the body', () => {
  test.each([200, 400, 401, 403])('counts with status %i', async (status) => {
    server.answer({ status, json: { error: 'invalid_grant' }, headers: { 'www-authenticate': 'Basic realm="x"' } })
    expect(await failureOf(finish(), SECRETS)).toMatchObject({
      code: 'LINK_FAILED',
      details: { oauth_error: 'invalid_grant', upstream: { status } },
    })
    expect(await failureOf(refresh(), SECRETS)).toMatchObject({
      code: 'RECONNECT_REQUIRED',
      retryable: false,
      details: { oauth_error: 'invalid_grant' },
    })
  })

  test('counts more than tokens beside it', async () => {
    server.answer(echoing({ json: { ...good, error: 'invalid_grant' } }))
    expect(await failureOf(finish(), SECRETS)).toMatchObject({ details: { oauth_error: 'invalid_grant' } })
  })

  test.each(['interaction_required', 'login_required', 'consent_required', 'account_selection_required'])(
    '%s needs the person, too',
    async (error) => {
      server.answer({ status: 400, json: { error } })
      expect((await failureOf(refresh(), SECRETS)).code).toBe('RECONNECT_REQUIRED')
    },
  )

  test.each(['invalid_client', 'unauthorized_client', 'invalid_scope', 'invalid_request', 'slow_down'])(
    '%s leaves the grant as it is',
    async (error) => {
      server.answer({ status: 400, json: { error } })
      expect(await failureOf(refresh(), SECRETS)).toMatchObject({
        code: 'UPSTREAM_ERROR',
        retryable: false,
        details: { oauth_error: error, grant_may_be_spent: false },
      })
    },
  )

  test.each(['bad_thing', THEIR_WORDS, '__proto__', 'constructor', 'x'.repeat(5000)])(
    'that no standard knows is third-party text: %.40s',
    async (error) => {
      server.answer(echoing({ status: 400, json: { error } }))
      for (const failure of [await failureOf(finish(), SECRETS), await failureOf(refresh(), SECRETS)]) {
        expect(failure.code).toBe(failure.details?.grant_may_be_spent === undefined ? 'LINK_FAILED' : 'UPSTREAM_ERROR')
        expect(failure.details).not.toHaveProperty('oauth_error')
        expect(failure.details?.upstream).toHaveProperty('error')
        expect(failure.message).not.toContain(error)
        expect(JSON.stringify(failure.details).length).toBeLessThan(1000)
      }
    },
  )

  test('says more under `upstream` only, redacted and shortened', async () => {
    server.answer(echoing({ status: 400, json: { error: 'invalid_grant' } }))
    const error = await failureOf(finish(), SECRETS)
    expect(error.message).not.toContain(THEIR_WORDS)
    const { error_description } = (error.details?.upstream ?? {}) as { error_description?: string }
    expect(error_description).toContain(THEIR_WORDS)
    expect(error_description).toContain('[redacted]')
    expect(error_description).toHaveLength(300)
    expect(JSON.stringify(error.details).length).toBeLessThan(1000)
  })

  test.each(['client_secret_basic', 'client_secret_post', 'none'] as const)(
    'may quote a client that proves itself by %s, and shows nothing',
    async (token_endpoint_auth_method) => {
      server.answer(echoing({ status: 401, json: { error: 'invalid_client' } }))
      const provider = server.provider({ token_endpoint_auth_method })
      for (const attempt of [finish(network(), provider), refresh(network(), provider)]) {
        expect(await failureOf(attempt, SECRETS)).toMatchObject({ details: { oauth_error: 'invalid_client' } })
      }
    },
  )

  test('never shows half of a secret where it is cut', async () => {
    for (let before = 250; before < 300; before += 5) {
      const error_description = 'x'.repeat(before) + old.refresh_token
      server.answer({ status: 400, json: { error: 'invalid_grant', error_description } })
      const error = await failureOf(refresh(), SECRETS)
      expect(JSON.stringify(error.details)).not.toContain('canary')
    }
  })

  test('may also be a status and a page', async () => {
    server.answer({ status: 403, ...html(page) })
    const error = await failureOf(finish(), SECRETS)
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { upstream: { status: 403 } } })
    expect(await failureOf(refresh(), SECRETS)).toMatchObject({
      code: 'UPSTREAM_ERROR',
      details: { grant_may_be_spent: false },
    })
  })
})

describe('a token response may', () => {
  test('lack expires_in: the token has no known end', async () => {
    server.answer(without('expires_in'))
    expect(await finish()).toEqual({ ...fresh, token_type: 'bearer', scopes: undefined })
  })

  test('have null for what it leaves out', async () => {
    server.answer({ json: { ...good, expires_in: null, refresh_token: null, scope: null, error: null } })
    expect(await finish()).toEqual({ access_token: fresh.access_token, token_type: 'bearer', scopes: undefined })
  })

  test('write expires_in as text, and as a fraction', async () => {
    server.answer({ json: { ...good, expires_in: '3600' } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 3_601_000 })
    server.answer({ json: { ...good, expires_in: 0.5 } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 1500 })
  })

  test('say that the token ends at once', async () => {
    server.answer({ json: { ...good, expires_in: 0 } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 1000 })
  })

  test('carry an ID token that is nonsense: nobody is signed in by it', async () => {
    server.answer({ json: { ...good, id_token: 'not.a.jwt' } })
    expect(await finish()).toMatchObject(fresh)
  })

  test('grant no scope at all', async () => {
    server.answer({ json: { ...good, scope: '' } })
    expect(await finish()).toMatchObject({ scopes: [] })
  })

  test('be of a more special JSON type', async () => {
    server.answer(typed('application/vnd.example+json; charset=utf-8'))
    expect(await finish()).toMatchObject(fresh)
  })

  test('leave out the refresh token in a refresh: the old one stays', async () => {
    server.answer(without('refresh_token'))
    expect(await refresh()).toMatchObject({ access_token: fresh.access_token, refresh_token: old.refresh_token })
    server.answer({ json: good })
    expect(await refresh()).toMatchObject(fresh)
  })
})
