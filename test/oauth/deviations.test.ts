import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientCredentialsGrant, finishAuthorization, refreshGrant } from '../../src/oauth/index.js'
import type { OAuthProvider } from '../../src/oauth/provider.js'
import { failureOf } from './failure-of.js'
import { network } from './network.js'
import { type ScriptedServer, startScriptedServer } from './scripted-server.js'

let server: ScriptedServer
beforeAll(async () => {
  server = await startScriptedServer()
})
afterAll(() => server.close())

const oauthClient = { client_id: 'c', client_secret: 'canary-client-secret' }
const SECRETS = ['canary-code-123456', 'canary-old-refresh', oauthClient.client_secret]
const finish = (changes: Partial<OAuthProvider>) => {
  const callback = new URLSearchParams({ code: 'canary-code-123456', state: 's' })
  const answer = { callback, redirect_uri: 'https://service.example/', state: 's', code_verifier: 'v'.repeat(43) }
  return finishAuthorization(server.provider(changes), oauthClient, answer, network())
}
const refresh = (changes: Partial<OAuthProvider>) =>
  refreshGrant(server.provider(changes), oauthClient, 'canary-old-refresh', network())

/** @see https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
describe('a provider that behaves like GitHub', () => {
  const deviations: Partial<OAuthProvider> = {
    token_endpoint_auth_method: 'client_secret_post',
    token_response: {
      scope_separator: ',',
      error_codes: { bad_verification_code: 'invalid_grant', bad_refresh_token: 'invalid_grant' },
    },
  }

  test('answers in JSON because the request accepts it, with scopes separated by commas', async () => {
    const tokens = { access_token: 'gho_token', scope: 'repo,gist', token_type: 'bearer' }
    server.answer(({ headers }) =>
      headers.accept === 'application/json'
        ? { json: tokens }
        : { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'access_token=gho_token' },
    )
    expect(await finish(deviations)).toEqual({
      access_token: 'gho_token',
      scopes: ['repo', 'gist'],
      token_type: 'bearer',
    })
  })

  test('may separate scopes with spaces, as the standard says', async () => {
    server.answer({ json: { access_token: 'gho_token', scope: 'repo read:org', token_type: 'bearer' } })
    expect((await finish(deviations)).scopes).toEqual(['repo', 'read:org'])
  })

  test('reports a bad code with status 200 and an error code of its own', async () => {
    server.answer({ json: { error: 'bad_verification_code', error_description: 'The code is incorrect.' } })
    expect(await failureOf(finish(deviations), SECRETS)).toMatchObject({
      code: 'LINK_FAILED',
      details: {
        oauth_error: 'invalid_grant',
        upstream: { status: 200, error: 'bad_verification_code', error_description: 'The code is incorrect.' },
      },
    })
    const unmapped = await failureOf(finish({}), SECRETS)
    expect(unmapped).toMatchObject({ code: 'LINK_FAILED', details: { upstream: { error: 'bad_verification_code' } } })
    expect(unmapped.details).not.toHaveProperty('oauth_error')
  })

  test('that refuses a refresh token causes RECONNECT_REQUIRED', async () => {
    server.answer({ json: { error: 'bad_refresh_token' } })
    expect((await failureOf(refresh(deviations), SECRETS)).name).toBe('CredentialRefused')
    expect((await failureOf(refresh({}), SECRETS)).code).toBe('UPSTREAM_ERROR')
  })

  test('answers an error code called like an object property, which is treated as unknown', async () => {
    for (const error of ['__proto__', 'constructor', 'toString']) {
      server.answer({ json: { error } })
      const failure = await failureOf(refresh(deviations), SECRETS)
      expect(failure.details).toEqual({
        upstream: { status: 200, content_type: 'application/json', error },
        grant_may_be_spent: false,
      })
    }
  })
})

/** As Linear answers clients made before December 2023. @see https://linear.app/developers/oauth-2-0-authentication */
describe('a provider that answers with a list of scopes', () => {
  const tokens = { access_token: 'lin_token', token_type: 'Bearer' }

  test.each([
    [
      ['read', 'issues:create'],
      ['read', 'issues:create'],
    ],
    [
      ['read', 'write', ''],
      ['read', 'write'],
    ],
    [[], []],
  ])('%j were granted', async (scope, granted) => {
    server.answer({ json: { ...tokens, scope } })
    expect((await finish({ scope_separator: ',' })).scopes).toEqual(granted)
    expect((await refresh({ scope_separator: ',' })).scopes).toEqual(granted)
  })

  test.each([[[7]], [['read', null]], [[['read']]]])('%j are no scopes', async (scope) => {
    server.answer({ json: { ...tokens, scope } })
    expect(await failureOf(finish({}), SECRETS)).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

/** @see https://docs.slack.dev/authentication/installing-with-oauth */
describe('a provider that behaves like Slack', () => {
  const person: Partial<OAuthProvider> = {
    scope_separator: ',',
    scope_parameter: 'user_scope',
    token_response: {
      member: 'authed_user',
      bearer_token_types: ['user'],
      error_codes: { invalid_refresh_token: 'invalid_grant' },
    },
  }
  const bot: Partial<OAuthProvider> = { scope_separator: ',', token_response: { bearer_token_types: ['bot'] } }
  const both = {
    ok: true,
    access_token: 'xoxb-bot',
    refresh_token: 'xoxe-bot-refresh',
    expires_in: 43_200,
    token_type: 'bot',
    scope: 'commands,chat:write',
    team: { id: 'T1' },
    authed_user: { id: 'U1', scope: 'chat:write,users:read', access_token: 'xoxp-user', token_type: 'user' },
  }

  test("yields the person's token, and nothing of the bot's token", async () => {
    server.answer({ json: both })
    expect(await finish(person)).toEqual({
      access_token: 'xoxp-user',
      scopes: ['chat:write', 'users:read'],
      token_type: 'user',
    })
  })

  test("yields the bot's token if the provider's definition asks for it", async () => {
    server.answer({ json: both })
    expect(await finish(bot)).toMatchObject({
      access_token: 'xoxb-bot',
      refresh_token: 'xoxe-bot-refresh',
      scopes: ['commands', 'chat:write'],
      token_type: 'bot',
    })
  })

  test("does not yield the bot's token in place of the person's", async () => {
    server.answer({ json: { ...both, authed_user: { id: 'U1' } } })
    expect((await failureOf(finish(person), ['xoxb-bot', 'xoxe-bot-refresh'])).code).toBe('UPSTREAM_ERROR')
  })

  test('returns a refreshed token at the top level of its answer', async () => {
    const refreshed = { ok: true, access_token: 'xoxe.xoxp-2', refresh_token: 'xoxe-2', token_type: 'user' }
    server.answer({ json: refreshed })
    expect(await refresh(person)).toMatchObject({ access_token: 'xoxe.xoxp-2', refresh_token: 'xoxe-2' })
  })

  test('refuses with status 200 and ok: false', async () => {
    server.answer({ json: { ok: false, error: 'invalid_code' } })
    expect(await failureOf(finish(person), SECRETS)).toMatchObject({
      code: 'LINK_FAILED',
      details: { upstream: { status: 200, error: 'invalid_code' } },
    })
    server.answer({ json: { ok: false, error: 'invalid_refresh_token' } })
    expect((await failureOf(refresh(person), SECRETS)).name).toBe('CredentialRefused')
  })
})

test('client_secret_basic encodes the credentials so that they decode unchanged, and escapes no more than needed', async () => {
  server.answer({ json: { access_token: 'a', token_type: 'Bearer' } })
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(text, text, async (client_id, client_secret) => {
      await clientCredentialsGrant(server.provider(), { client_id, client_secret }, {}, network())
      const credentials = atob(server.requests.at(-1)?.headers.authorization?.slice('Basic '.length) ?? '')
      const [id, secret] = credentials.split(':').map((part) => new URLSearchParams(`x=${part}`).get('x'))
      expect([id, secret]).toEqual([client_id, client_secret])
    }),
    { numRuns: 50 },
  )
  const plain = { client_id: 'an-id_with.marks', client_secret: 'A-z_0.9*' }
  await clientCredentialsGrant(server.provider(), plain, {}, network())
  expect(server.requests.at(-1)?.headers.authorization).toBe(`Basic ${btoa('an-id_with.marks:A-z_0.9*')}`)
})
