import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'
import { createEgressPolicy } from '../../src/http/egress.js'
import { createSend } from '../../src/http/send.js'
import {
  clientCredentialsGrant,
  finishAuthorization,
  type Revocation,
  refreshGrant,
  revokeGrant,
} from '../../src/oauth/index.js'
import { closeProxies, connectProxy } from '../http/connect-proxy.js'
import { failureOf } from './failure-of.js'
import { hastyNetwork, network } from './network.js'
import { type Answer, type ScriptedServer, startScriptedServer } from './scripted-server.js'
import { exchangesWith, good, html, link, oauthClient, old, page, redirect_uri, SECRETS } from './secrets-in-answers.js'

let server: ScriptedServer
beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())
const { finish, refresh } = exchangesWith(() => server)

describe('a token endpoint that', () => {
  test('does not answer is abandoned after 15 seconds', async () => {
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

  test('does not answer is abandoned when the caller aborts', async () => {
    server.answer({ instead: 'silence' })
    const deps = network({ signal: AbortSignal.timeout(50) })
    expect(await failureOf(refresh(deps), SECRETS)).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      details: { grant_may_be_spent: true },
    })
  })

  test('would be asked after the caller aborted gets no request', async () => {
    const before = server.requests.length
    const deps = network({ signal: AbortSignal.abort(new Error(old.refresh_token)) })
    expect(await failureOf(refresh(deps), SECRETS)).toMatchObject({
      code: 'UPSTREAM_TIMEOUT',
      details: { grant_may_be_spent: false },
    })
    expect(server.requests).toHaveLength(before)
  })

  test.each(['cut', 'half'] as const)('breaks off (%s) may have spent the grant', async (instead) => {
    server.answer({ json: good, instead })
    expect((await failureOf(finish(), SECRETS)).code).toBe('UPSTREAM_ERROR')
    expect(await failureOf(refresh(), SECRETS)).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: true,
      details: { grant_may_be_spent: true },
    })
  })

  test('is unreachable cannot have spent the grant', async () => {
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
    expect(await failureOf(refresh(), SECRETS)).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: false,
      details: { fault: expect.stringContaining('redirected'), grant_may_be_spent: true },
    })
    expect(server.requests.slice(before).map(({ path }) => path)).toEqual(['/token', '/token'])
  })

  test('would be reached over plain http on another host gets no request', async () => {
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

  test('is forbidden by the egress policy gets no request', async () => {
    const provider = server.provider({ token_endpoint: 'https://user:canary@127.0.0.1/token' })
    expect((await failureOf(refresh(network(), provider), SECRETS)).code).toBe('FORBIDDEN')
  })
})

describe('a token endpoint behind a proxy', () => {
  afterEach(closeProxies)

  test.each([
    [403, 'FORBIDDEN', false],
    [407, 'MISCONFIGURED', false],
    [502, 'UNAVAILABLE', true],
  ])('that says %i is not blamed, and the grant is kept', async (status, code, retryable) => {
    const proxy = await connectProxy(() => status)
    const send = createSend({
      egress: createEgressPolicy({ allowPrivate: true }),
      proxies: { https: new Secret(proxy.address) },
    })
    const provider = server.provider({ token_endpoint: 'https://as.example.com/token' })
    const error = await failureOf(refresh(network({ send }), provider), SECRETS)
    expect(error).toMatchObject({ code, retryable, message: expect.stringMatching(/^The proxy/) })
    expect(proxy.asked.map(({ target }) => target)).toEqual(['as.example.com:443'])
    await send.close()
  })
})

describe('a token request', () => {
  test('contains exactly the parameters of RFC 6749 and RFC 7636, and accepts JSON', async () => {
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
    await revokeGrant(server.provider(), oauthClient, { token: old.refresh_token, hint: 'refresh_token' }, network())
    expect(server.requests.at(-1)?.form).toEqual({ token: old.refresh_token, token_type_hint: 'refresh_token' })
  })

  test.each([
    ['client_secret_post', { client_id: 'the-client', client_secret: oauthClient.client_secret }],
    ['none', { client_id: 'the-client' }],
  ] as const)('authenticates the client by %s in the body', async (token_endpoint_auth_method, expected) => {
    server.answer({ json: good })
    await clientCredentialsGrant(server.provider({ token_endpoint_auth_method }), oauthClient, {}, network())
    const { form, headers } = server.requests.at(-1) ?? { form: {}, headers: {} }
    expect(form).toEqual({ grant_type: 'client_credentials', ...expected })
    expect(headers).not.toHaveProperty('authorization')
  })

  test('is not sent without a client secret', async () => {
    const before = server.requests.length
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post'] as const) {
      const provider = server.provider({ token_endpoint_auth_method })
      const nobody = { client_id: 'the-client', client_secret: undefined }
      const error = await failureOf(refreshGrant(provider, nobody, old.refresh_token, network()), SECRETS)
      expect(error.code).toBe('OAUTH_NOT_CONFIGURED')
    }
    expect(server.requests).toHaveLength(before)
  })

  test('is not sent without a code or a refresh token', async () => {
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
    revokeGrant(server.provider(), oauthClient, { token: old.refresh_token, hint: 'refresh_token' }, deps)

  test.each<[string, Answer, Revocation]>([
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
    ['is out of order', { status: 503 }, 'later'],
    ['is asked too often', { status: 429 }, 'later'],
    ['says that it cannot now', { status: 400, json: { error: 'temporarily_unavailable' } }, 'later'],
    ['is not there', { status: 404 }, 'no'],
    ['redirects', { status: 302, headers: { location: '/elsewhere' } }, 'no'],
    ['breaks off', { instead: 'cut' }, 'later'],
  ])('%s', async (_, answer, outcome) => {
    server.answer(answer)
    expect(await revoke()).toBe(outcome)
  })

  test('does not answer in time is asked again later', async () => {
    server.answer({ instead: 'silence' })
    expect(await revoke(hastyNetwork(50).deps)).toBe('later')
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

describe('a client without a secret', () => {
  const publicClient = { client_id: 'me', client_secret: undefined }
  const tokens = { json: { access_token: 'a-token', token_type: 'Bearer' } }

  test('names itself where the provider allows public clients, and sends no credential', async () => {
    server.answer(tokens)
    await refreshGrant(server.provider({ public_clients: true }), publicClient, 'a-refresh-token', network())
    const { form, headers } = server.requests.at(-1) ?? expect.fail('nothing was sent')
    expect(form).toEqual({ client_id: 'me', grant_type: 'refresh_token', refresh_token: 'a-refresh-token' })
    expect(headers).not.toHaveProperty('authorization')
  })

  test('is refused before anything is sent where the provider does not', async () => {
    const before = server.requests.length
    await expect(refreshGrant(server.provider(), publicClient, 'a-refresh-token', network())).rejects.toMatchObject({
      code: 'OAUTH_NOT_CONFIGURED',
    })
    expect(server.requests).toHaveLength(before)
  })

  test('proves itself by its secret if it has one, also where it would not need it', async () => {
    server.answer(tokens)
    const client = { client_id: 'me', client_secret: 'my-secret' }
    await refreshGrant(server.provider({ public_clients: true }), client, 'a-refresh-token', network())
    expect(server.requests.at(-1)?.headers.authorization).toMatch(/^Basic /)
  })
})
