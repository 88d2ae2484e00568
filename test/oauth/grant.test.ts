import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  beginAuthorization,
  clientCredentialsGrant,
  finishAuthorization,
  refreshGrant,
  revokeGrant,
  type TokenSet,
} from '../../src/oauth/index.js'
import type { OAuthClient } from '../../src/oauth/provider.js'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.js'
import { failureOf } from './failure-of.js'
import { MINUTE, network } from './network.js'

const redirect_uri = 'http://127.0.0.1:1/linked'
let server: AuthorizationServer
let oauthClient: OAuthClient

beforeAll(async () => {
  server = await startAuthorizationServer()
  oauthClient = await server.register({ redirect_uris: [redirect_uri] })
})
afterAll(() => server.close())

type Grant = TokenSet & { refresh_token: string }

function refreshable(tokens: TokenSet): Grant {
  if (tokens.refresh_token === undefined) throw new Error('The server gave no refresh token.')
  return { ...tokens, refresh_token: tokens.refresh_token }
}

async function grant(login = 'alice', as = server, forClient = oauthClient): Promise<Grant> {
  const begun = await beginAuthorization(as.provider(), forClient, { redirect_uri })
  const callback = await as.consent(begun.url, login)
  return refreshable(
    await finishAuthorization(as.provider(), forClient, { callback, redirect_uri, ...begun }, network()),
  )
}

const refresh = async (refresh_token: string, deps = network()) =>
  refreshable(await refreshGrant(server.provider(), oauthClient, refresh_token, deps))
const active = (token: string) => server.introspect(oauthClient, token)

describe('a refresh', () => {
  test('yields tokens for the same person and a new refresh token', async () => {
    const first = await grant('alice')
    const second = await refresh(first.refresh_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.access_token).not.toBe(first.access_token)
    expect(await server.whoActs(second.access_token)).toBe('alice')
    const third = await refresh(second.refresh_token)
    expect(await server.whoActs(third.access_token)).toBe('alice')
  })

  test.each([-7, 7])('computes the expiry by our clock, which is %i minutes off', async (minutes) => {
    const clock = () => Date.now() + minutes * MINUTE
    const { refresh_token } = await grant()
    const { expires_at = 0 } = await refresh(refresh_token, network({ clock }))
    expect(Math.abs(expires_at - (clock() + 60 * MINUTE))).toBeLessThan(MINUTE / 2)
  })

  test('with a token that was used before ends the whole token family', async () => {
    const first = await grant()
    const second = await refresh(first.refresh_token)
    const secrets = [first, second].flatMap(({ access_token, refresh_token }) => [access_token, refresh_token])
    expect(await failureOf(refresh(first.refresh_token), secrets)).toMatchObject({
      name: 'CredentialRefused',
      retryable: false,
      details: { oauth_error: 'invalid_grant' },
    })
    expect((await failureOf(refresh(second.refresh_token), secrets)).name).toBe('CredentialRefused')
    expect(await active(second.access_token)).toBe(false)
  })

  test.each(['never-issued', 'ünïcode\r\nx: y'])('with the token %j asks to reconnect', async (refresh_token) => {
    expect((await failureOf(refresh(refresh_token), [refresh_token])).name).toBe('CredentialRefused')
  })

  test("with another client's token asks to reconnect", async () => {
    const other = await server.register({ redirect_uris: [redirect_uri] })
    const { refresh_token } = await grant('alice', server, other)
    expect((await failureOf(refresh(refresh_token), [refresh_token])).name).toBe('CredentialRefused')
  })

  test("by a client that the server does not accept keeps the grant and blames the operator's settings", async () => {
    const { refresh_token } = await grant()
    const impostor = { ...oauthClient, client_secret: 'canary-wrong-secret' }
    const attempt = refreshGrant(server.provider(), impostor, refresh_token, network())
    const error = await failureOf(attempt, [refresh_token, 'canary-wrong-secret'])
    expect(error).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: false,
      details: { oauth_error: 'invalid_client', grant_may_be_spent: false },
    })
    expect(error.message).toContain('operator')
    expect(await server.whoActs((await refresh(refresh_token)).access_token)).toBe('alice')
  })

  test('at a server without rotation keeps the refresh token', async () => {
    const steady = await startAuthorizationServer({ rotateRefreshTokens: false, accessTokenLifetime: 30 })
    try {
      const itsClient = await steady.register({ redirect_uris: [redirect_uri] })
      const first = await grant('grace', steady, itsClient)
      const second = await refreshGrant(steady.provider(), itsClient, first.refresh_token, network())
      expect(second.refresh_token).toBe(first.refresh_token)
      expect(second.expires_at).toBeLessThanOrEqual(Date.now() + 30_000)
      expect(await steady.whoActs(second.access_token)).toBe('grace')
    } finally {
      await steady.close()
    }
  })
})

describe('a revocation', () => {
  const revoke = (token: string, hint: 'access_token' | 'refresh_token', changes = {}) =>
    revokeGrant(server.provider(changes), oauthClient, { token, hint }, network())

  test('of the refresh token ends both tokens', async () => {
    const { access_token, refresh_token } = await grant()
    expect(await active(refresh_token)).toBe(true)
    expect(await revoke(refresh_token, 'refresh_token')).toBe('yes')
    expect(await active(refresh_token)).toBe(false)
    expect(await active(access_token)).toBe(false)
    expect((await failureOf(refresh(refresh_token), [refresh_token])).name).toBe('CredentialRefused')
  })

  test('of the access token makes the server refuse it', async () => {
    const { access_token } = await grant()
    expect(await revoke(access_token, 'access_token')).toBe('yes')
    expect(await active(access_token)).toBe(false)
  })

  test('works with a wrong token type hint, and succeeds for a token that is gone', async () => {
    const { access_token } = await grant()
    expect(await revoke(access_token, 'refresh_token')).toBe('yes')
    expect(await active(access_token)).toBe(false)
    expect(await revoke(access_token, 'access_token')).toBe('yes')
    expect(await revoke('never-issued', 'refresh_token')).toBe('yes')
  })

  test('is reported as unsupported if there is no endpoint', async () => {
    const { revocation_endpoint: _, ...provider } = server.provider()
    expect(await revokeGrant(provider, oauthClient, { token: 'any', hint: 'access_token' }, network())).toBe(
      'unsupported',
    )
  })

  test('does not throw when the server refuses, is unreachable, or has an unsafe address', async () => {
    const { refresh_token } = await grant()
    const impostor = { ...oauthClient, client_secret: 'wrong' }
    expect(
      await revokeGrant(server.provider(), impostor, { token: refresh_token, hint: 'refresh_token' }, network()),
    ).toBe('no')
    expect(await revoke(refresh_token, 'refresh_token', { revocation_endpoint: 'http://127.0.0.1:2/' })).toBe('later')
    expect(await revoke(refresh_token, 'refresh_token', { revocation_endpoint: 'http://as.example/' })).toBe('no')
    expect(await active(refresh_token)).toBe(true)
  })
})

describe('client credentials', () => {
  const machine = () => server.register({ redirect_uris: [], grant_types: ['client_credentials'] })

  test('yield a token without a person and without a refresh token', async () => {
    const client = await machine()
    const tokens = await clientCredentialsGrant(server.provider(), client, {}, network())
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_at: expect.any(Number) })
    expect(tokens).not.toHaveProperty('refresh_token')
    expect(await server.introspect(client, tokens.access_token)).toBe(true)
    await expect(server.whoActs(tokens.access_token)).rejects.toThrow('401')
  })

  test('are refused to a client that is not registered for them', async () => {
    const attempt = clientCredentialsGrant(server.provider(), oauthClient, {}, network())
    const error = await failureOf(attempt, [oauthClient.client_secret ?? 'none'])
    // RFC 6749 §5.2 says `unauthorized_client`; this server says less.
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { oauth_error: 'invalid_request' } })
  })

  test('request the scopes of the provider', async () => {
    const scopes = ['notes.read', 'notes.write']
    const tokens = await clientCredentialsGrant(server.provider(), await machine(), { scopes }, network())
    expect(tokens.scopes).toEqual(scopes)
  })
})
