import fc from 'fast-check'
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import { beginAuthorization } from '../../src/oauth/index.js'
import type { OAuthProvider } from '../../src/oauth/provider.js'
import { failureOf } from './failure-of.js'

const provider: OAuthProvider = {
  issuer: 'https://as.example',
  authorization_endpoint: 'https://as.example/authorize?tenant=one',
  token_endpoint: 'https://as.example/token',
  token_endpoint_auth_method: 'none',
  scopes: ['files.read', 'files.write'],
  registration_page: 'https://as.example/clients',
}
const oauthClient = { client_id: 'the client & co', client_secret: undefined }
const redirect_uri = 'https://service.example/linked?a=b&c=d'

const begin = async (
  changes: Partial<OAuthProvider> = {},
  request: Partial<Parameters<typeof beginAuthorization>[2]> = {},
) => {
  const begun = await beginAuthorization({ ...provider, ...changes }, oauthClient, { redirect_uri, ...request })
  return { ...begun, parameters: Object.fromEntries(new URL(begun.url).searchParams) }
}

test('an authorization request has the parameters of RFC 6749 and RFC 7636 and keeps the query of the endpoint', async () => {
  const { url, state, code_verifier, parameters } = await begin()
  expect(url).toMatch(/^https:\/\/as\.example\/authorize\?tenant=one&/)
  expect(parameters).toEqual({
    tenant: 'one',
    response_type: 'code',
    client_id: 'the client & co',
    redirect_uri,
    scope: 'files.read files.write',
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
  })
})

test('an authorization request has a new state and verifier of 256 random bits, and no verifier in its URL', async () => {
  const many = await Promise.all(Array.from({ length: 50 }, () => begin()))
  expect(new Set(many.flatMap(({ state, code_verifier }) => [state, code_verifier])).size).toBe(100)
  for (const { url, state, code_verifier } of many) {
    expect(Buffer.from(state, 'base64url')).toHaveLength(32)
    expect(Buffer.from(code_verifier, 'base64url')).toHaveLength(32)
    expect(url).not.toContain(code_verifier)
  }
})

test('an authorization request takes state and scopes from the caller', async () => {
  const { state, parameters } = await begin({}, { state: 'given', scopes: ['one'] })
  expect(state).toBe('given')
  expect(parameters).toMatchObject({ state: 'given', scope: 'one' })
})

test('an authorization request joins scopes as the provider wants, and leaves out empty ones', async () => {
  const slack = await begin({ scope_separator: ',', scope_parameter: 'user_scope' })
  expect(slack.parameters.user_scope).toBe('files.read,files.write')
  expect(slack.parameters).not.toHaveProperty('scope')
  expect((await begin({ scopes: [] })).parameters).not.toHaveProperty('scope')
})

test('the fixed parameters of a provider cannot replace those of an authorization request', async () => {
  const authorization_parameters = { access_type: 'offline', state: 'fixed', code_challenge_method: 'plain' }
  const { state, parameters } = await begin({ authorization_parameters })
  expect(parameters).toMatchObject({ access_type: 'offline', state, code_challenge_method: 'S256' })
})

test('an authorization request carries any scope, state and redirect URI unchanged', async () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' })
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1 }), text, text, async (scopes, state, redirect) => {
      const { parameters } = await begin({}, { scopes, state, redirect_uri: redirect })
      expect(parameters).toMatchObject({ scope: scopes.join(' '), state, redirect_uri: redirect })
    }),
    { numRuns: 50 },
  )
})

test.each([
  'http://as.example/authorize',
  'http://127.0.0.1.evil.example/authorize',
  'http://localhost.evil.example/authorize',
  'ftp://127.0.0.1/authorize',
  'javascript:alert(1)',
  'no address',
  '',
])('an authorization request to %j is refused', async (authorization_endpoint) => {
  const error = await failureOf(begin({ authorization_endpoint }), [])
  expect(error.code).toBe('OAUTH_NOT_CONFIGURED')
})

test.each(['http://127.0.0.1:8080/a', 'http://127.9.9.9/a', 'http://[::1]:8080/a', 'http://localhost:8080/a'])(
  'an authorization request to %s is allowed, since it stays on the machine',
  async (authorization_endpoint) => {
    expect((await begin({ authorization_endpoint })).url).toContain(authorization_endpoint)
  },
)
