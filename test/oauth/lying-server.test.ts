import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { beginAuthorization, finishAuthorization, refreshGrant } from '../../src/oauth/index.js'
import { expectNoSecret, failureOf } from './failure-of.js'
import { instead, type MockServer, startMockServer } from './mock-server.js'
import { network } from './network.js'
import type { Answer, Received } from './scripted-server.js'
import {
  echoing,
  fresh,
  good,
  html,
  link,
  oauthClient,
  old,
  page,
  redirect_uri,
  SECRETS,
  THEIR_WORDS,
} from './secrets-in-answers.js'

// What lies do to the whole service is in test/service/lying-link.test.ts and lying-refresh.test.ts. Here are finer ones.

let mock: MockServer
beforeAll(async () => {
  mock = await startMockServer()
})
afterAll(() => mock.close())

/** The server spends the code, makes its tokens, and says this instead. */
const tell = (told: Answer | ((request: Received) => Answer)): void => mock.lie('/token', instead(told))

const finish = async (deps = network(), provider = mock.provider()) => {
  const begun = await beginAuthorization(provider, oauthClient, { redirect_uri, state: link.state })
  const back = await fetch(begun.url, { redirect: 'manual' })
  const callback = new URL(back.headers.get('location') ?? '').searchParams
  return finishAuthorization(provider, oauthClient, { ...begun, callback, redirect_uri }, deps)
}
const refresh = (deps = network(), provider = mock.provider()) =>
  refreshGrant(provider, oauthClient, old.refresh_token, deps)

/** The error, in which no secret of this exchange can be seen. */
const failed = async (attempt: Promise<unknown>) => {
  const error = await failureOf(attempt, SECRETS)
  expectNoSecret(error, mock.secrets())
  return error
}

const typed = (type: string, body = JSON.stringify(good)): Answer => ({ headers: { 'content-type': type }, body })
const without = (name: keyof typeof good): Answer => ({ json: { ...good, [name]: undefined } })

describe.each<[string, Answer]>([
  ['JSON that calls itself HTML', html(JSON.stringify(good))],
  ['JSON of no type at all', { body: JSON.stringify(good) }],
  [
    'a form, as RFC 6749 does not have it',
    typed('application/x-www-form-urlencoded', `access_token=${fresh.access_token}`),
  ],
  ['an empty body', typed('application/json', '')],
  ['no content (204)', { status: 204 }],
  ['created (201)', { status: 201, json: good }],
  ['reset content (205)', { status: 205, json: good }],
  ['an array', { json: [good] }],
  ['null', { json: null }],
  ['a string', { json: fresh.access_token }],
  ['an empty access_token', { json: { ...good, access_token: '' } }],
  ['a number as access_token', { json: { ...good, access_token: 5 } }],
  ['null as access_token', { json: { ...good, access_token: null } }],
  ['an object as access_token', { json: { ...good, access_token: { value: fresh.access_token } } }],
  ['a line break in access_token', { json: { ...good, access_token: `${fresh.access_token}\r\nX-Admin: 1` } }],
  ['an access_token outside of ASCII', { json: { ...good, access_token: `${fresh.access_token}é` } }],
  ['DPoP as token_type', { json: { ...good, token_type: 'DPoP' } }],
  ['a number as token_type', { json: { ...good, token_type: 1 } }],
  ['an expires_in in milliseconds since the epoch', { json: { ...good, expires_in: 1_795_570_911_596 } }],
  ['an expires_in beyond all numbers', typed('application/json', JSON.stringify(good).replace('3600', '1e999'))],
  ['a list as expires_in', { json: { ...good, expires_in: [] } }],
  ['an empty refresh_token', { json: { ...good, refresh_token: '' } }],
  ['a number as refresh_token', { json: { ...good, refresh_token: 7 } }],
  ['a line break in refresh_token', { json: { ...good, refresh_token: 'a\nb' } }],
  ['a number as scope', { json: { ...good, scope: 1 } }],
  ['ok: false and nothing else', { json: { ok: false } }],
  ['an error that is an object', { json: { error: { message: THEIR_WORDS, code: 190 } } }],
])('a token response with %s', (_, answer) => {
  test('fails a link as UPSTREAM_ERROR', async () => {
    tell(answer)
    const error = await failed(finish())
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(error.message).not.toContain(THEIR_WORDS)
    expect(error.details?.fault).not.toBe('The network or a library failed.')
  })

  test('fails a refresh as UPSTREAM_ERROR that may have spent the grant', async () => {
    tell(answer)
    const error = await failed(refresh())
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
  test('fails a link with an error that may be retried', async () => {
    tell(answer)
    const error = await failed(finish())
    expect(error.code).toBe(error.details?.oauth_error === undefined ? 'UPSTREAM_ERROR' : 'LINK_FAILED')
    expect(error.message).toContain('Begin the link again in a while')
    expect(error.retryAfterSeconds).toBe(retryAfterSeconds)
  })

  test('fails a refresh with an error that may be retried', async () => {
    tell(answer)
    const error = await failed(refresh())
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true, details: { grant_may_be_spent: spent } })
    expect(error.retryAfterSeconds).toBe(retryAfterSeconds)
  })
})

describe('an error in the body', () => {
  test.each([200, 400, 401, 403])('is an error with status %i', async (status) => {
    tell({ status, json: { error: 'invalid_grant' }, headers: { 'www-authenticate': 'Basic realm="x"' } })
    expect(await failed(finish())).toMatchObject({
      code: 'LINK_FAILED',
      details: { oauth_error: 'invalid_grant', upstream: { status } },
    })
    expect(await failed(refresh())).toMatchObject({
      name: 'CredentialRefused',
      retryable: false,
      details: { oauth_error: 'invalid_grant' },
    })
  })

  test('takes precedence over tokens beside it', async () => {
    tell(echoing({ json: { ...good, error: 'invalid_grant' } }))
    expect(await failed(finish())).toMatchObject({ details: { oauth_error: 'invalid_grant' } })
  })

  test.each(['interaction_required', 'login_required', 'consent_required', 'account_selection_required'])(
    'of %s asks the person to reconnect, too',
    async (error) => {
      tell({ status: 400, json: { error } })
      expect((await failed(refresh())).name).toBe('CredentialRefused')
    },
  )

  test.each(['invalid_client', 'unauthorized_client', 'invalid_scope', 'invalid_request', 'slow_down'])(
    'of %s leaves the grant as it is',
    async (error) => {
      tell({ status: 400, json: { error } })
      expect(await failed(refresh())).toMatchObject({
        code: 'UPSTREAM_ERROR',
        retryable: false,
        details: { oauth_error: error, grant_may_be_spent: false },
      })
    },
  )

  test.each(['bad_thing', THEIR_WORDS, '__proto__', 'constructor', 'x'.repeat(5000)])(
    'with an unknown code is passed on as third-party text: %.40s',
    async (error) => {
      tell(echoing({ status: 400, json: { error } }))
      for (const failure of [await failed(finish()), await failed(refresh())]) {
        expect(failure.code).toBe(failure.details?.grant_may_be_spent === undefined ? 'LINK_FAILED' : 'UPSTREAM_ERROR')
        expect(failure.details).not.toHaveProperty('oauth_error')
        expect(failure.details?.upstream).toHaveProperty('error')
        expect(failure.message).not.toContain(error)
        expect(JSON.stringify(failure.details).length).toBeLessThan(1000)
      }
    },
  )

  test('shows its description under `upstream` only, redacted and shortened', async () => {
    tell(echoing({ status: 400, json: { error: 'invalid_grant' } }))
    const error = await failed(finish())
    expect(error.message).not.toContain(THEIR_WORDS)
    const { error_description } = (error.details?.upstream ?? {}) as { error_description?: string }
    expect(error_description).toContain(THEIR_WORDS)
    expect(error_description).toContain('***')
    expect(error_description).toHaveLength(300)
    expect(JSON.stringify(error.details).length).toBeLessThan(1000)
  })

  test.each(['client_secret_basic', 'client_secret_post', 'none'] as const)(
    'that quotes the credentials of a client by %s shows none of them',
    async (token_endpoint_auth_method) => {
      tell(echoing({ status: 401, json: { error: 'invalid_client' } }))
      const provider = mock.provider({ token_endpoint_auth_method })
      for (const attempt of [finish, refresh]) {
        expect(await failed(attempt(network(), provider))).toMatchObject({ details: { oauth_error: 'invalid_client' } })
      }
    },
  )

  test('never shows half of a secret after it was shortened', async () => {
    for (let before = 250; before < 300; before += 5) {
      const error_description = 'x'.repeat(before) + old.refresh_token
      tell({ status: 400, json: { error: 'invalid_grant', error_description } })
      const error = await failed(refresh())
      expect(JSON.stringify(error.details)).not.toContain('canary')
    }
  })

  test('may also be just a status and an HTML page', async () => {
    tell({ status: 403, ...html(page) })
    const error = await failed(finish())
    expect(error).toMatchObject({ code: 'LINK_FAILED', details: { upstream: { status: 403 } } })
    expect(await failed(refresh())).toMatchObject({
      code: 'UPSTREAM_ERROR',
      details: { grant_may_be_spent: false },
    })
  })
})

describe('a token response may', () => {
  test('lack expires_in: the token has no known expiry', async () => {
    tell(without('expires_in'))
    expect(await finish()).toEqual({ ...fresh, token_type: 'bearer', scopes: undefined })
  })

  test('have null for members it could leave out', async () => {
    tell({ json: { ...good, expires_in: null, refresh_token: null, scope: null, error: null } })
    expect(await finish()).toEqual({ access_token: fresh.access_token, token_type: 'bearer', scopes: undefined })
  })

  test('write expires_in as text, and as a fraction', async () => {
    tell({ json: { ...good, expires_in: '3600' } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 3_601_000 })
    tell({ json: { ...good, expires_in: 0.5 } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 1500 })
  })

  test('say that the token expires immediately', async () => {
    tell({ json: { ...good, expires_in: 0 } })
    expect(await finish(network({ clock: () => 1000 }))).toMatchObject({ expires_at: 1000 })
  })

  test('grant no scope at all', async () => {
    tell({ json: { ...good, scope: '' } })
    expect(await finish()).toMatchObject({ scopes: [] })
  })

  test('have a JSON type with a suffix or parameters', async () => {
    tell(typed('application/vnd.example+json; charset=utf-8'))
    expect(await finish()).toMatchObject(fresh)
  })

  test('leave out the refresh token in a refresh: the old one is kept', async () => {
    tell(without('refresh_token'))
    expect(await refresh()).toMatchObject({ access_token: fresh.access_token, refresh_token: old.refresh_token })
    tell({ json: good })
    expect(await refresh()).toMatchObject(fresh)
  })
})
