import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginAuthorization, finishAuthorization } from '../../src/oauth/index.js'
import type { ClientAuthenticationMethod, OAuthClient } from '../../src/oauth/provider.js'
import { type AuthorizationServer, newBrowser, startAuthorizationServer } from './authorization-server.js'
import { failureOf } from './failure-of.js'
import { MINUTE, network } from './network.js'

const redirect_uri = 'http://127.0.0.1:1/linked?connector=notes'
let server: AuthorizationServer
let oauthClient: OAuthClient

beforeAll(async () => {
  server = await startAuthorizationServer()
  oauthClient = await server.register({ redirect_uris: [redirect_uri, 'http://127.0.0.1:1/other'] })
})
afterAll(() => server.close())

const begin = () => beginAuthorization(server.provider(), oauthClient, { redirect_uri })

/** A link after the person consented. */
async function consented(login = 'alice') {
  const begun = await begin()
  const callback = await server.consent(begun.url, login)
  const secrets = [begun.state, begun.code_verifier, callback.searchParams.get('code') ?? '', clientSecret()]
  return { answer: { callback, redirect_uri, ...begun }, secrets }
}

const clientSecret = () => oauthClient.client_secret ?? ''
const finish = (answer: Parameters<typeof finishAuthorization>[2], provider = server.provider(), deps = network()) =>
  finishAuthorization(provider, oauthClient, answer, deps)

/** The redirect URI with one parameter set, or left out. */
function changed(callback: URL, name: string, value: string | undefined): URL {
  const url = new URL(callback)
  if (value === undefined) url.searchParams.delete(name)
  else url.searchParams.set(name, value)
  return url
}

/** The number of token requests that reached the server while `run` ran. */
async function tokenRequests(run: () => Promise<unknown>): Promise<number> {
  const before = server.requests.length
  await run()
  return server.requests.slice(before).filter((request) => request === 'POST /token').length
}

describe('the consent of a person', () => {
  test('yields tokens that act for the person, with the granted scopes and their expiry', async () => {
    const { answer } = await consented('alice')
    const before = Date.now()
    const tokens = await finish(answer)
    expect(tokens).toMatchObject({ token_type: 'bearer', scopes: ['openid', 'notes.read'] })
    expect(tokens.expires_at).toBeGreaterThanOrEqual(before + 60 * MINUTE)
    expect(tokens.expires_at).toBeLessThanOrEqual(Date.now() + 60 * MINUTE)
    expect(tokens.refresh_token).toEqual(expect.any(String))
    expect(await server.whoActs(tokens.access_token)).toBe('alice')
    expect(await server.introspect(oauthClient, tokens.access_token)).toBe(true)
  })

  test('is accepted as bare callback parameters, and from a browser with a session at the provider', async () => {
    const browser = newBrowser()
    await server.consent((await begin()).url, 'carol', browser)
    const begun = await begin()
    const { searchParams } = await server.consent(begun.url, 'never asked', browser)
    const tokens = await finish({ callback: searchParams, redirect_uri, ...begun })
    expect(await server.whoActs(tokens.access_token)).toBe('carol')
  })

  test.each<ClientAuthenticationMethod>(['client_secret_basic', 'client_secret_post', 'none'])(
    'yields tokens to a client that authenticates by %s',
    async (method) => {
      const registered = await server.register({ redirect_uris: [redirect_uri], token_endpoint_auth_method: method })
      const provider = server.provider({ token_endpoint_auth_method: method })
      const begun = await beginAuthorization(provider, registered, { redirect_uri })
      const callback = await server.consent(begun.url, 'dave')
      const tokens = await finishAuthorization(provider, registered, { callback, redirect_uri, ...begun }, network())
      expect(await server.whoActs(tokens.access_token)).toBe('dave')
    },
  )

  test.each([-7, 7])('yields tokens while our clock is %i minutes off', async (minutes) => {
    const clock = () => Date.now() + minutes * MINUTE
    const { answer } = await consented('erin')
    const tokens = await finish(answer, server.provider(), network({ clock }))
    expect(Math.abs((tokens.expires_at ?? 0) - (clock() + 60 * MINUTE))).toBeLessThan(MINUTE / 2)
    expect(await server.whoActs(tokens.access_token)).toBe('erin')
  })
})

describe('the refusal of a person', () => {
  test('is distinguished from a failure by the error code', async () => {
    const begun = await begin()
    const callback = await server.abort(begun.url)
    const error = await failureOf(finish({ callback, redirect_uri, ...begun }), [begun.state, begun.code_verifier])
    expect(error).toMatchObject({
      code: 'LINK_FAILED',
      retryable: false,
      details: { oauth_error: 'access_denied', upstream: { error_description: 'End-User aborted interaction' } },
    })
    expect(error.message).not.toContain('End-User')
  })

  test('is ignored from another server or for another link', async () => {
    const begun = await begin()
    const callback = await server.abort(begun.url)
    for (const [name, value] of [
      ['iss', 'https://evil.example'],
      ['iss', undefined],
      ['state', 'another'],
      ['state', undefined],
    ] as const) {
      const answer = { callback: changed(callback, name, value), redirect_uri, ...begun }
      const error = await failureOf(finish(answer), [begun.state, begun.code_verifier])
      expect(error.code).toBe('LINK_FAILED')
      expect(error.details).not.toHaveProperty('oauth_error')
      expect(error.details?.fault).toContain(name)
    }
  })
})

describe('an authorization response', () => {
  test.each([
    ['with an unknown state', 'state', 'another'],
    ['without state', 'state', undefined],
    ['of another issuer', 'iss', 'https://evil.example'],
    ['without iss, though the server always sends it', 'iss', undefined],
    ['without code', 'code', undefined],
    ['with an empty code', 'code', ''],
  ])('%s is refused before its code is sent', async (_, name, value) => {
    const { answer, secrets } = await consented()
    const callback = changed(answer.callback, name, value)
    const sent = await tokenRequests(async () => {
      const error = await failureOf(finish({ ...answer, callback }), secrets)
      expect(error).toMatchObject({ code: 'LINK_FAILED', retryable: false, details: { fault: expect.any(String) } })
    })
    expect(sent).toBe(0)
  })

  test.each(['state', 'code', 'iss', 'error'])('with %s twice is refused before its code is sent', async (name) => {
    const { answer, secrets } = await consented()
    const callback = new URL(answer.callback)
    for (let times = callback.searchParams.getAll(name).length; times < 2; times++) {
      callback.searchParams.append(name, callback.searchParams.get(name) ?? 'access_denied')
    }
    const sent = await tokenRequests(async () => {
      const error = await failureOf(finish({ ...answer, callback }), secrets)
      expect(error.code).toBe('LINK_FAILED')
      expect(error.details).not.toHaveProperty('oauth_error')
    })
    expect(sent).toBe(0)
  })

  test('that belongs to another link is refused', async () => {
    const theirs = await consented('mallory')
    const ours = await begin()
    const answer = { ...theirs.answer, state: ours.state, code_verifier: ours.code_verifier }
    const error = await failureOf(finish(answer), [...theirs.secrets, ours.state, ours.code_verifier])
    expect(error.details?.fault).toContain('state')
  })

  test('that lacks iss is accepted if the server never promised it', async () => {
    const { answer } = await consented('frank')
    const provider = server.provider({ authorization_response_iss_parameter_supported: false })
    const tokens = await finish({ ...answer, callback: changed(answer.callback, 'iss', undefined) }, provider)
    expect(await server.whoActs(tokens.access_token)).toBe('frank')
  })

  test('with a wrong iss is refused, even if the server never promised iss', async () => {
    const { answer, secrets } = await consented()
    const provider = server.provider({ authorization_response_iss_parameter_supported: false })
    const callback = changed(answer.callback, 'iss', 'https://evil.example')
    const error = await failureOf(finish({ ...answer, callback }, provider), secrets)
    expect(error.details?.fault).toContain('iss')
  })
})

describe('an authorization server refuses', () => {
  test('a wrong code verifier', async () => {
    const { answer, secrets } = await consented()
    const { code_verifier } = await begin()
    const error = await failureOf(finish({ ...answer, code_verifier }), [...secrets, code_verifier])
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { oauth_error: 'invalid_grant' } })
  })

  test('an authorization request without a challenge, which we never make', async () => {
    const begun = await begin()
    const url = new URL(begun.url)
    url.searchParams.delete('code_challenge')
    url.searchParams.delete('code_challenge_method')
    const callback = await server.consent(url.href, 'alice')
    const error = await failureOf(finish({ callback, redirect_uri, ...begun }), [begun.state, begun.code_verifier])
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { oauth_error: 'invalid_request' } })
  })

  test('a code that was used, and revokes the tokens it issued', async () => {
    const { answer, secrets } = await consented()
    const { access_token } = await finish(answer)
    const error = await failureOf(finish(answer), [...secrets, access_token])
    expect(error).toMatchObject({ code: 'LINK_FAILED', retryable: false, details: { oauth_error: 'invalid_grant' } })
    expect(await server.introspect(oauthClient, access_token)).toBe(false)
  })

  test('another redirect URI than the one the code was made for', async () => {
    const { answer, secrets } = await consented()
    const error = await failureOf(finish({ ...answer, redirect_uri: 'http://127.0.0.1:1/other' }), secrets)
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { oauth_error: 'invalid_grant' } })
  })

  test('a client with a wrong secret, also when it answers with a challenge', async () => {
    const { answer, secrets } = await consented()
    const impostor = { ...oauthClient, client_secret: 'canary-wrong-secret' }
    const attempt = finishAuthorization(server.provider(), impostor, answer, network())
    const error = await failureOf(attempt, [...secrets, 'canary-wrong-secret'])
    expect(error).toMatchObject({
      code: 'LINK_FAILED',
      details: { oauth_error: 'invalid_client', upstream: { status: 401 } },
    })
    expect(error.message).toContain('operator')
  })
})
