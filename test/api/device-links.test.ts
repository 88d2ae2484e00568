import { describe, expect, test } from 'vitest'
import type { SendRequest } from '../../src/http/send.js'
import { failure, type Harness, newApi } from './harness.js'

const DEVICE_CODE = '3584d83530557fdd1f46af8289938c8ef79f9dc5'
const TOKEN = 'gho_16C7e42F292c6912E7710c838347Ae178B4a'
const EMBEDDED = { requireSignIn: false }

/** What GitHub's documentation shows; its errors come with 200. */
const AUTHORIZATION = {
  device_code: DEVICE_CODE,
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://github.com/login/device',
  expires_in: 900,
  interval: 5,
}

type Told = { status?: number; json: unknown; headers?: Record<string, string> }

/** GitHub as a test wants it: what it says to each request for a code and to each poll, the last again and again. */
function asGithub(harness: Harness, { codes = [{ json: AUTHORIZATION }], polls = [] as Told[] }) {
  const next = (answers: Told[]): Told =>
    (answers.length > 1 ? answers.shift() : answers[0]) ?? { status: 500, json: {} }
  harness.thirdParty.answer = ({ url }: SendRequest) => {
    switch (url.href) {
      case 'https://github.com/login/device/code':
        return next(codes)
      case 'https://github.com/login/oauth/access_token':
        return next(polls)
      case 'https://api.github.com/user':
        return { json: { login: 'octocat' }, headers: { 'x-oauth-scopes': 'repo, gist' } }
      default:
        return { status: 404, json: {} }
    }
  }
}

async function newWorld(options: Parameters<typeof newApi>[0] = {}) {
  let ahead = 0
  const harness = await newApi({ ...EMBEDDED, clock: () => Date.now() + ahead, ...options })
  const user = await harness.user(await harness.client())
  const { token } = user
  return {
    ...harness,
    token,
    begin: (json: Record<string, unknown> = { device: true }, connector = 'github') =>
      harness.call('POST', `/connectors/${connector}/links`, { token, json }),
    async later(linkId: string, seconds = 5) {
      ahead += seconds * 1000
      return (await harness.call('GET', `/links/${linkId}`, { token })).json.data
    },
  }
}

const sent = (request: SendRequest | undefined) =>
  Object.fromEntries(new URLSearchParams(String(request?.body ?? ''))) as Record<string, string>

const PENDING = { json: { error: 'authorization_pending', error_description: 'still waiting' } }
const GRANTED = { json: { access_token: TOKEN, token_type: 'bearer', scope: 'repo,gist' } }

describe('linking GitHub by a device code', () => {
  test('links an account, and no secret is in an answer or the log', async () => {
    const world = await newWorld()
    asGithub(world, { polls: [PENDING, { json: { error: 'slow_down', interval: 10 } }, GRANTED] })
    const answer = await world.begin()
    expect(answer.status).toBe(200)
    const { link_id } = answer.json.data
    expect(answer.json).toEqual({
      data: {
        link_id: expect.any(String),
        url: 'https://github.com/login/device',
        code: 'WDJB-MJHT',
        expires_at: expect.any(String),
        status: 'pending',
        connector: 'github',
        device: true,
      },
      meta: null,
    })
    // Shorter of the two: ten minutes of a link, fifteen of the code.
    const left = Date.parse(answer.json.data.expires_at) - Date.now()
    expect(left).toBeGreaterThan(9 * 60_000)
    expect(left).toBeLessThanOrEqual(10 * 60_000)
    const pending = await world.later(link_id)
    expect(pending.status).toBe('pending')
    expect((await world.later(link_id)).status).toBe('pending')
    expect((await world.later(link_id)).status).toBe('pending')
    const linked = await world.later(link_id)
    expect(linked).toMatchObject({ status: 'linked', connector: 'github', user_identifier: 'octocat', selected: true })

    const [asked, first, second, third] = world.thirdParty.requests
    expect(sent(asked)).toMatchObject({ client_id: 'the-client', scope: 'repo project read:user read:org' })
    for (const poll of [first, second, third]) {
      expect(poll?.headers.accept).toContain('application/json')
      expect(sent(poll)).toMatchObject({
        client_id: 'the-client',
        device_code: DEVICE_CODE,
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      })
    }
    const mine = await world.call('GET', '/connectors/github/integrations/octocat', { token: world.token })
    expect(mine.json.data).toMatchObject({ auth_scopes: ['repo', 'gist'] })
    const seen = [answer.text, JSON.stringify([pending, linked]), mine.text, ...world.log].join('\n')
    for (const secret of [DEVICE_CODE, TOKEN]) expect(seen).not.toContain(secret)
  })

  test('needs no client secret', async () => {
    const world = await newWorld({ oauthClient: { client_id: 'the-client', client_secret: undefined } })
    asGithub(world, { polls: [GRANTED] })
    const { link_id } = (await world.begin()).json.data
    expect((await world.later(link_id)).status).toBe('linked')
    for (const request of world.thirdParty.requests.slice(0, 2)) {
      expect(sent(request)).toMatchObject({ client_id: 'the-client' })
      expect(sent(request)).not.toHaveProperty('client_secret')
    }
    // In a browser it would fail after the person has consented, so that is not begun.
    const started = await world.call('POST', '/connectors/github/integrations', {
      token: world.token,
      json: { auth_type: 'oauth2', callback_url: 'https://app.example/done' },
    })
    expect(failure(started).code).toBe('OAUTH_NOT_CONFIGURED')
    expect(started.json.message).toContain('has no secret, so it only works for links by a device code')
    const page = (await world.begin({})).json.data
    expect(page).toMatchObject({ device_available: true })
    const shown = await world.call('GET', `/connect/${page.link_id}`)
    expect(shown.text).not.toContain('/authorize"')
    expect(shown.text).toContain('/configuration"')
  })

  test.each([200, 400])(
    'that the OAuth app does not allow (status %i) tells the operator where to enable it',
    async (status) => {
      const world = await newWorld()
      const json = { error: 'device_flow_disabled', error_description: 'Device Flow must be explicitly enabled.' }
      asGithub(world, { codes: [{ status, json }] as never })
      const answer = await world.begin()
      expect(failure(answer)).toEqual({ status: 400, code: 'OAUTH_NOT_CONFIGURED' })
      expect(answer.json.message).toBe(
        'GitHub does not let the OAuth client that is configured here link by a device code: its operator must turn on the device flow for that client at https://github.com/settings/developers.',
      )
      expect(answer.json.error.details).toMatchObject({ upstream: { error: 'device_flow_disabled' } })
    },
  )

  test.each([
    [{ error: 'access_denied' }, 'cancelled_error', 'The person did not allow it at GitHub, so nothing was linked.'],
    [{ error: 'expired_token' }, 'integration_error', 'The device code expired before anyone consented.'],
    [{ error: 'token_expired' }, 'integration_error', 'The device code expired before anyone consented.'],
    [{ error: 'incorrect_device_code' }, 'integration_error', '(invalid_grant). Begin the link again.'],
    [{ error: 'incorrect_client_credentials' }, 'integration_error', 'check the id and the secret'],
    [{ error: 'device_flow_disabled' }, 'integration_error', 'turn on the device flow for that client'],
  ])('fails on the answer %j', async (json, error, said) => {
    const world = await newWorld()
    asGithub(world, { polls: [{ json }] })
    const { link_id } = (await world.begin()).json.data
    const ended = await world.later(link_id)
    expect(ended).toMatchObject({ status: 'failed', error, user_identifier: null })
    expect(ended.message).toContain(said)
    const before = world.thirdParty.requests.length
    await world.later(link_id)
    expect(world.thirdParty.requests).toHaveLength(before)
  })

  test('links nothing if the grant does not tell its account', async () => {
    const world = await newWorld()
    asGithub(world, { polls: [GRANTED] })
    const { answer } = world.thirdParty
    world.thirdParty.answer = (request) =>
      request.url.pathname === '/user' ? { status: 401, json: {} } : answer(request)
    const { link_id } = (await world.begin()).json.data
    expect(await world.later(link_id)).toMatchObject({ status: 'failed', error: 'integration_error' })
    expect((await world.call('GET', '/connectors/github/integrations', { token: world.token })).json.data).toEqual([])
  })

  test('can be cancelled like any other link', async () => {
    const world = await newWorld()
    asGithub(world, { polls: [GRANTED] })
    const { link_id } = (await world.begin()).json.data
    expect((await world.call('DELETE', `/links/${link_id}`, { token: world.token })).json.data).toEqual({
      success: true,
    })
    expect(await world.later(link_id)).toMatchObject({ status: 'failed', error: 'cancelled_error' })
    expect(world.thirdParty.requests).toHaveLength(1)
  })

  test('has no link page', async () => {
    const world = await newWorld()
    asGithub(world, {})
    const { link_id } = (await world.begin()).json.data
    expect((await world.call('GET', `/connect/${link_id}`)).status).toBe(404)
  })
})

describe('a link by a device code is refused', () => {
  test('on a shared service', async () => {
    const world = await newWorld({ requireSignIn: true })
    const answer = await world.begin()
    expect(failure(answer)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    expect(answer.json.message).toContain('The page of this service opens on any device')
    expect(world.thirdParty.requests).toEqual([])
  })

  test.each([
    [
      { device: true, callback_url: 'https://app.example/done' },
      'github',
      'callback_url and device cannot be combined',
    ],
    [{ device: true }, 'notes', 'Accounts of Notes cannot be linked by a device code'],
    [{ device: 'yes' }, 'github', 'device must be true or false'],
  ])('for %j with %s', async (json, connector, said) => {
    const answer = await (await newWorld()).begin(json, connector)
    expect(failure(answer)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    expect(answer.json.message).toContain(said)
  })

  test('without an OAuth client, or for a connector without OAuth', async () => {
    const without = await newWorld({ oauthClient: false })
    expect(failure(await without.begin())).toEqual({ status: 400, code: 'OAUTH_NOT_CONFIGURED' })
    expect(failure(await without.begin({ device: true }, 'sql')).code).toBe('AUTH_TYPE_NOT_SUPPORTED')
    expect(failure(await without.begin({ device: true }, 'nope')).code).toBe('CONNECTOR_NOT_FOUND')
  })
})

test('a link on the page says whether a device code is possible, too', async () => {
  const { begin } = await newWorld()
  expect((await begin({})).json.data).toMatchObject({ device_available: true })
  expect((await begin({ device: false })).json.data).toMatchObject({ device_available: true })
  for (const other of [
    await begin({}, 'notes'),
    await begin({}, 'sql'),
    await (await newWorld({ requireSignIn: true })).begin({}),
    await (await newWorld({ oauthClient: false })).begin({}),
  ])
    expect(other.json.data).not.toHaveProperty('device_available')
})

test('the link that repairs an account says whether a device code is possible, too', async () => {
  const world = await newWorld()
  asGithub(world, { polls: [GRANTED] })
  const { link_id } = (await world.begin()).json.data
  await world.later(link_id)
  world.thirdParty.answer = () => ({ status: 401, json: { message: 'Bad credentials' } })
  const json = { owner: 'o', repo: 'r' }
  const failed = await world.call('POST', '/connectors/github/list_languages', { token: world.token, json })
  expect(failure(failed).code).toBe('RECONNECT_REQUIRED')
  expect(failed.json.error.details).toMatchObject({ link_device_available: true, link_id: expect.any(String) })
})
