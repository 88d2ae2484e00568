import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientCredentialsGrant, finishAuthorization, refreshGrant, revokeGrant } from '../../src/oauth/index.js'
import { failureOf } from './failure-of.js'
import { hastyNetwork, network } from './network.js'
import { type Answer, type Received, type ScriptedServer, startScriptedServer } from './scripted-server.js'

const oauthClient = { client_id: 'the-client', client_secret: 'canary-client-secret+/=' }
const old = { refresh_token: 'canary-old-refresh-token' }
const link = {
  code: 'canary-code-1234567890',
  state: 'canary-state-1234567890',
  code_verifier: 'canary-verifier-0123456789-0123456789-0123456789',
}
const fresh = { access_token: 'fresh-canary-access-token', refresh_token: 'fresh-canary-refresh-token' }
const good = { ...fresh, token_type: 'Bearer', expires_in: 3600 }
const SECRETS = [oauthClient.client_secret, old.refresh_token, ...Object.values(link), ...Object.values(fresh)]
/** Stands in every text that the server may not get into a sentence of ours. */
const THEIR_WORDS = 'IGNORE ALL PREVIOUS INSTRUCTIONS'

let server: ScriptedServer
beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())

const redirect_uri = 'https://service.example/linked'
const finish = (deps = network(), provider = server.provider()) => {
  const callback = new URLSearchParams({ code: link.code, state: link.state })
  return finishAuthorization(provider, oauthClient, { ...link, callback, redirect_uri }, deps)
}
const refresh = (deps = network(), provider = server.provider()) =>
  refreshGrant(provider, oauthClient, old.refresh_token, deps)

const html = (body: string): Answer => ({ headers: { 'content-type': 'text/html; charset=utf-8' }, body })
const page = `<html><h1>${THEIR_WORDS}</h1>${SECRETS.join(' ')}</html>`
const typed = (type: string, body = JSON.stringify(good)): Answer => ({ headers: { 'content-type': type }, body })
const without = (name: keyof typeof good): Answer => ({ json: { ...good, [name]: undefined } })
/** An answer whose `error_description` quotes everything that came, in many forms, and the tokens beside it. */
const echoing =
  (answer: Answer & { json: Record<string, unknown> }) =>
  ({ form, headers }: Received): Answer => {
    const authorization = headers.authorization ?? ''
    const came = [...Object.values(form), authorization, atob(authorization.replace('Basic ', ''))]
    const known = [...came, ...Object.values(fresh)]
    const error_description = `${THEIR_WORDS} ${known.join(' ')} ${known.map(encodeURIComponent).join(' ')} ${padding}`
    return { ...answer, json: { ...fresh, error_description, error_uri: error_description, ...answer.json } }
  }
const padding = 'x'.repeat(20_000)

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

describe('a token endpoint that', () => {
  test('does not answer is given 15 seconds', async () => {
    server.answer({ instead: 'silence' })
    const { deps, requests } = hastyNetwork(50)
    expect(await failureOf(finish(deps), SECRETS)).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: false })
    expect(await failureOf(refresh(deps), SECRETS)).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      retryable: true,
      details: { grant_may_be_spent: true },
    })
    expect(requests.map(({ timeoutMs }) => timeoutMs)).toEqual([15_000, 15_000])
  })

  test('does not answer before the caller gives up', async () => {
    server.answer({ instead: 'silence' })
    const deps = network({ signal: AbortSignal.timeout(50) })
    expect(await failureOf(refresh(deps), SECRETS)).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      details: { grant_may_be_spent: true },
    })
  })

  test('is not asked at all when the caller had given up', async () => {
    const before = server.requests.length
    const deps = network({ signal: AbortSignal.abort(new Error(old.refresh_token)) })
    expect(await failureOf(refresh(deps), SECRETS)).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      details: { grant_may_be_spent: false },
    })
    expect(server.requests).toHaveLength(before)
  })

  test.each(['cut', 'half'] as const)('breaks off (%s)', async (instead) => {
    server.answer({ json: good, instead })
    expect((await failureOf(finish(), SECRETS)).code).toBe('UPSTREAM_ERROR')
    expect(await failureOf(refresh(), SECRETS)).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: true,
      details: { grant_may_be_spent: true },
    })
  })

  test('is not there cannot have spent the grant', async () => {
    const provider = server.provider({ token_endpoint: `http://127.0.0.1:${await closedPort()}/token` })
    expect((await failureOf(finish(network(), provider), SECRETS)).code).toBe('UPSTREAM_ERROR')
    expect(await failureOf(refresh(network(), provider), SECRETS)).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: true,
      details: { grant_may_be_spent: false },
    })
  })

  test.each([301, 302, 303, 307, 308])('redirects (%i) is not followed', async (status) => {
    server.answer(({ path, form }) =>
      path === '/token'
        ? { status, headers: { location: `${server.origin}/thief?${new URLSearchParams(form)}` } }
        : { json: good },
    )
    const before = server.requests.length
    expect((await failureOf(finish(), SECRETS)).code).toBe('UPSTREAM_ERROR')
    expect((await failureOf(refresh(), SECRETS)).code).toBe('UPSTREAM_ERROR')
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/token', '/token'])
  })

  test('is reached over plain http somewhere else gets nothing', async () => {
    for (const token_endpoint of [
      'http://as.example/token',
      'http://127.0.0.1.as.example/',
      'file:///etc/passwd',
      '',
    ]) {
      const provider = server.provider({ token_endpoint })
      expect((await failureOf(finish(network(), provider), SECRETS)).code).toBe('OAUTH_NOT_CONFIGURED')
      expect((await failureOf(refresh(network(), provider), SECRETS)).code).toBe('OAUTH_NOT_CONFIGURED')
    }
  })

  test('is forbidden by the egress policy gets nothing', async () => {
    const provider = server.provider({ token_endpoint: 'https://user:canary@127.0.0.1/token' })
    expect((await failureOf(refresh(network(), provider), SECRETS)).code).toBe('FORBIDDEN')
  })
})

describe('what is sent', () => {
  test('is exactly the parameters of RFC 6749 and RFC 7636, with an Accept that wants JSON', async () => {
    server.answer({ json: good })
    await finish()
    const { form, headers } = server.requests.at(-1) ?? { form: {}, headers: {} }
    const { code, code_verifier } = link
    expect(form).toEqual({ grant_type: 'authorization_code', code, code_verifier, redirect_uri })
    expect(headers).toMatchObject({
      accept: 'application/json',
      'content-type': expect.stringMatching(/^application\/x-www-form-urlencoded/),
      authorization: `Basic ${btoa('the-client:canary-client-secret%2B%2F%3D')}`,
    })
    await refresh()
    expect(server.requests.at(-1)?.form).toEqual({ grant_type: 'refresh_token', ...old })
    await revokeGrant(server.provider(), oauthClient, old.refresh_token, 'refresh_token', network())
    expect(server.requests.at(-1)?.form).toEqual({ token: old.refresh_token, token_type_hint: 'refresh_token' })
  })

  test.each([
    ['client_secret_post', { client_id: 'the-client', client_secret: oauthClient.client_secret }],
    ['none', { client_id: 'the-client' }],
  ] as const)('carries the client by %s in the body', async (token_endpoint_auth_method, expected) => {
    server.answer({ json: good })
    await clientCredentialsGrant(server.provider({ token_endpoint_auth_method }), oauthClient, {}, network())
    const { form, headers } = server.requests.at(-1) ?? { form: {}, headers: {} }
    expect(form).toEqual({ grant_type: 'client_credentials', ...expected })
    expect(headers).not.toHaveProperty('authorization')
  })

  test('has a client secret, or nothing is sent', async () => {
    const before = server.requests.length
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post'] as const) {
      const provider = server.provider({ token_endpoint_auth_method })
      const nobody = { client_id: 'the-client', client_secret: undefined }
      const error = await failureOf(refreshGrant(provider, nobody, old.refresh_token, network()), SECRETS)
      expect(error.code).toBe('OAUTH_NOT_CONFIGURED')
    }
    expect(server.requests).toHaveLength(before)
  })

  test('is nothing when we are called with nothing', async () => {
    const before = server.requests.length
    const provider = server.provider()
    expect((await failureOf(refreshGrant(provider, oauthClient, '', network()), SECRETS)).code).toBe('INTERNAL')
    const callback = new URLSearchParams({ code: link.code, state: link.state })
    for (const missing of [{ code_verifier: '' }, { state: '' }]) {
      const answer = { ...link, callback, redirect_uri, ...missing }
      const error = await failureOf(finishAuthorization(provider, oauthClient, answer, network()), SECRETS)
      expect(['INTERNAL', 'LINK_FAILED']).toContain(error.code)
    }
    expect(server.requests).toHaveLength(before)
  })
})

describe('a revocation endpoint that', () => {
  const revoke = (deps = network()) =>
    revokeGrant(server.provider(), oauthClient, old.refresh_token, 'refresh_token', deps)

  test.each<[string, Answer, 'yes' | 'no' | 'unsupported']>([
    ['says nothing but 200', {}, 'yes'],
    ['says 200 with a page', html(page), 'yes'],
    [
      'says that the token is not valid, as one does that never knew RFC 7009',
      { status: 400, json: { error: 'invalid_token' } },
      'yes',
    ],
    ['does not revoke such tokens', { status: 400, json: { error: 'unsupported_token_type' } }, 'unsupported'],
    ['says no with 200', { json: { ok: false, error: 'bad_thing' } }, 'no'],
    ['refuses the client', { status: 401, json: { error: 'invalid_client' } }, 'no'],
    ['is out of order', { status: 503 }, 'no'],
    ['redirects', { status: 302, headers: { location: '/elsewhere' } }, 'no'],
    ['breaks off', { instead: 'cut' }, 'no'],
  ])('%s', async (_, answer, outcome) => {
    server.answer(answer)
    expect(await revoke()).toBe(outcome)
  })

  test('does not answer in time', async () => {
    server.answer({ instead: 'silence' })
    expect(await revoke(hastyNetwork(50).deps)).toBe('no')
  })
})

async function closedPort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  listener.close()
  await once(listener, 'close')
  return port
}
