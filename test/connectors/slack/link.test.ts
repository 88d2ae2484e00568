import { describe, expect, onTestFinished, test } from 'vitest'
import { newApi } from '../../api/harness.js'
import { browserOf } from '../../browser.js'
import { type Answer, type Received, startScriptedServer } from '../../oauth/scripted-server.js'
import { goToThirdParty, watchedSend } from '../linking.js'

const CLIENT = { CONNECTORS_SLACK_CLIENT_ID: '12.34', CONNECTORS_SLACK_CLIENT_SECRET: 'the-client-secret' }
const PUBLIC_URL = 'https://connectors.example'
/** How long a token lasts where the app has token rotation. */
const LIFETIME = 12 * 3_600_000

const tokens = (serial: number) => ({
  access_token: `xoxe.xoxp-1-access-${serial}`,
  refresh_token: `xoxe-1-refresh-${serial}`,
  expires_in: 43_200,
  token_type: 'user',
  scope: 'users:read,chat:write',
})
const around = { ok: true, app_id: 'A1', team: { id: 'T1', name: 'Acme' }, enterprise: null }
/** What a code is answered with: the person's tokens under a member. */
const granted = (serial: number) => ({ ...around, authed_user: { id: 'U1', ...tokens(serial) } })
/** What a refresh token is answered with: they are at the top level. */
const refreshed = (serial: number) => ({ ...around, authed_user: { id: 'U1' }, ...tokens(serial) })

const METHODS: Record<string, object> = {
  'auth.test': {
    ...{ ok: true, url: 'https://acme.slack.com/', team: 'Acme', user: 'alice' },
    ...{ team_id: 'T1', user_id: 'U1' },
  },
  'users.list': {
    ok: true,
    members: [{ id: 'U1', name: 'alice' }],
    response_metadata: { next_cursor: 'dXNlcjpVMQ==' },
  },
  'auth.revoke': { ok: true, revoked: true },
}

/** Slack with token rotation: a token counts until it is refreshed. */
class Slack {
  serial = 1
  /** Tokens that ended before their time. */
  readonly ended = new Set<string>()
  /** What the next refresh is refused with. */
  refuseRefresh: string | undefined
  /** Other answers than the usual ones, by method. */
  changes: Record<string, object> = {}
  /** Header fields of every answer. */
  headers: Record<string, string> = {}

  readonly answer = ({ path, headers, form }: Received): Answer => {
    const { pathname, searchParams } = new URL(path, 'http://slack')
    if (pathname === '/oauth/v2/authorize') return consented(searchParams)
    const method = pathname.replace('/api/', '')
    if (method === 'oauth.v2.access') return { json: this.#grant(form) }
    const { access_token } = tokens(this.serial)
    const isAccepted = headers.authorization === `Bearer ${access_token}` && !this.ended.has(access_token)
    if (!isAccepted) return { json: { ok: false, error: 'token_expired' } }
    return { headers: this.headers, json: this.changes[method] ?? METHODS[method] }
  }

  #grant({ client_id, client_secret, grant_type, refresh_token }: Record<string, string>): object {
    if (client_id !== '12.34' || client_secret !== 'the-client-secret') return { ok: false, error: 'bad_client_secret' }
    if (grant_type === 'authorization_code') return this.changes['oauth.v2.access'] ?? granted(this.serial)
    if (this.refuseRefresh !== undefined) return { ok: false, error: this.refuseRefresh }
    if (refresh_token !== tokens(this.serial).refresh_token) return { ok: false, error: 'invalid_refresh_token' }
    return refreshed(++this.serial)
  }
}

/** The person says yes: the browser is sent back with a code. */
function consented(asked: URLSearchParams): Answer {
  const location = new URL(asked.get('redirect_uri') ?? '')
  location.search = new URLSearchParams({ code: 'a-code', state: asked.get('state') ?? '' }).toString()
  return { status: 302, headers: { location: location.href } }
}

async function newWorld() {
  const server = await startScriptedServer()
  onTestFinished(() => server.close())
  const slack = new Slack()
  server.answer(slack.answer)
  const clock = { ahead: 0 }
  const { send, seen } = watchedSend()
  const harness = await newApi({
    connectors: [],
    send,
    publicUrl: PUBLIC_URL,
    requireSignIn: false,
    clock: () => Date.now() + clock.ahead,
    settings: {
      ...CLIENT,
      CONNECTORS_SLACK_AUTHORIZATION_URL: `${server.origin}/oauth/v2/authorize`,
      CONNECTORS_SLACK_TOKEN_URL: `${server.origin}/api/oauth.v2.access`,
      CONNECTORS_SLACK_API_URL: `${server.origin}/api`,
    },
  })
  const { token } = await harness.user(await harness.client())
  const link = async () => {
    const { linkId, consent } = await goToThirdParty(harness, token, 'slack')
    return { page: consent, link: (await harness.call('GET', `/links/${linkId}`, { token })).json.data }
  }
  const people = async (json: object = {}) =>
    (await harness.call('POST', '/connectors/slack/users_list', { token, json })).json
  /** The tokens that `users.list` was called with. */
  const used = () => seen.filter(({ url }) => url.pathname === '/api/users.list').map(({ bearer }) => bearer)
  return { slack, server, seen, clock, harness, token, link, people, used }
}

describe('an account of Slack with token rotation', () => {
  test('is linked with user scopes, and named after person and workspace', async () => {
    const { server, link } = await newWorld()
    const { page, link: state } = await link()
    expect(page.text).toContain('Slack is linked')
    expect(state).toMatchObject({
      status: 'linked',
      user_identifier: 'alice@acme',
      auth_scopes: ['users:read', 'chat:write'],
    })
    const asked = new URL(server.requests[0]?.path ?? '', server.origin).searchParams
    expect(asked.get('user_scope')?.split(',')).toContain('channels:read')
    expect(asked.has('scope')).toBe(false)
    expect(asked.get('redirect_uri')).toBe(`${PUBLIC_URL}/connectors/slack/success-authorize-callback`)
  })

  test('knows its scopes from the header field, where Slack sends that', async () => {
    const { slack, link } = await newWorld()
    slack.headers = { 'x-oauth-scopes': 'users:read, chat:write,identify' }
    expect((await link()).link.auth_scopes).toEqual(['users:read', 'chat:write', 'identify'])
  })

  test('is refreshed when the token has expired, each time with the newest refresh token', async () => {
    const { slack, clock, seen, link, people, used } = await newWorld()
    await link()
    for (const times of [1, 2]) {
      clock.ahead = times * LIFETIME
      expect(await people()).toMatchObject({ data: [{ name: 'alice' }], meta: { forwards_cursor: 'dXNlcjpVMQ==' } })
    }
    expect(slack.serial).toBe(3)
    expect(used()).toEqual([tokens(2).access_token, tokens(3).access_token])
    const forms = seen.filter(({ form }) => form.grant_type === 'refresh_token').map(({ form }) => form.refresh_token)
    expect(forms).toEqual([tokens(1).refresh_token, tokens(2).refresh_token])
  })

  test('is refreshed when Slack says in a 200 that the token has expired, and the call is made once more', async () => {
    const { slack, link, people, used } = await newWorld()
    await link()
    slack.ended.add(tokens(1).access_token)
    expect(await people()).toMatchObject({ data: [{ name: 'alice' }] })
    expect(used()).toEqual([tokens(1).access_token, tokens(2).access_token])
  })

  test.each(['invalid_refresh_token', 'token_revoked', 'account_inactive'])(
    'has to be linked again when Slack refuses the refresh token with %s',
    async (refusal) => {
      const { slack, clock, link, people } = await newWorld()
      await link()
      slack.refuseRefresh = refusal
      clock.ahead = LIFETIME
      expect((await people()).error).toMatchObject({ code: 'RECONNECT_REQUIRED' })
      slack.refuseRefresh = undefined
      expect((await link()).link).toMatchObject({ status: 'linked', replaced: true, replaced_account: null })
      expect(await people()).toMatchObject({ data: [{ name: 'alice' }] })
    },
  )

  test('stays linked while Slack cannot refresh it', async () => {
    const { slack, clock, link, people } = await newWorld()
    await link()
    slack.refuseRefresh = 'internal_error'
    clock.ahead = LIFETIME
    expect((await people()).error).toMatchObject({ code: 'UPSTREAM_ERROR', recovery: { retryable: true } })
    slack.refuseRefresh = undefined
    expect(await people()).toMatchObject({ data: [{ name: 'alice' }] })
  })

  test("is not linked where Slack gives the bot's token alone", async () => {
    const { slack, link, seen } = await newWorld()
    const bots = { access_token: 'xoxb-1-bot', token_type: 'bot', scope: 'chat:write' }
    slack.changes = { 'oauth.v2.access': { ...around, ...bots, authed_user: { id: 'U1' } } }
    expect((await link()).link).toMatchObject({ status: 'failed', error: 'integration_error' })
    expect(seen.map(({ bearer }) => bearer)).not.toContain('xoxb-1-bot')
  })

  test('is not linked by a code that Slack refuses in a 200', async () => {
    const { slack, link } = await newWorld()
    slack.changes = { 'oauth.v2.access': { ok: false, error: 'invalid_code' } }
    const { link: state } = await link()
    expect(state).toMatchObject({ status: 'failed' })
    expect(state.message).toContain('invalid_grant')
  })

  test('ends at Slack when it is removed, by a call with the token itself', async () => {
    const { harness, token, seen, link } = await newWorld()
    await link()
    const removed = await harness.call('DELETE', '/connectors/slack/integrations/alice@acme', { token })
    expect(removed.json.data).toMatchObject({ revoked_at_provider: 'yes' })
    expect(seen.at(-1)).toMatchObject({ url: { pathname: '/api/auth.revoke' }, bearer: tokens(1).access_token })
  })

  test('is removed all the same when Slack does not end its token', async () => {
    const { slack, harness, token, link } = await newWorld()
    await link()
    slack.ended.add(tokens(1).access_token)
    const removed = await harness.call('DELETE', '/connectors/slack/integrations/alice@acme', { token })
    expect(removed.json.data).toMatchObject({ revoked_at_provider: 'no' })
  })
})

describe('a message', () => {
  const MESSAGE = { channel: 'C1', text: 'Done & dusted' }
  const newPoster = async () => {
    const world = await newWorld()
    await world.link()
    const { harness, slack, token, seen } = world
    slack.changes = { 'chat.postMessage': { ok: true, channel: 'C1', ts: '1.000200', message: { text: 'x' } } }
    const post = async () =>
      (await harness.call('POST', '/connectors/slack/chat_post_message', { token, json: MESSAGE })).json
    const posts = () => seen.filter(({ url }) => url.pathname === '/api/chat.postMessage')
    return { ...world, post, posts }
  }

  test('whose token has expired is posted once, with the new token', async () => {
    const { slack, post, posts } = await newPoster()
    slack.ended.add(tokens(1).access_token)
    expect(await post()).toMatchObject({ data: { channel: 'C1', ts: '1.000200' } })
    expect(posts().map(({ bearer, json, form }) => [bearer, json.ok, form.text])).toEqual([
      [tokens(1).access_token, false, MESSAGE.text],
      [tokens(2).access_token, true, MESSAGE.text],
    ])
  })

  test.each(['invalid_auth', 'not_authed', 'token_revoked', 'token_expired', 'account_inactive'])(
    'that is refused by %s with the new token, too, leads to a page to link again',
    async (error) => {
      const { slack, post, posts } = await newPoster()
      slack.changes = { 'chat.postMessage': { ok: false, error } }
      const answer = await post()
      expect(answer.error).toMatchObject({ code: 'RECONNECT_REQUIRED', details: { connector: 'slack' } })
      expect(JSON.stringify(answer.error.details)).toContain(`${PUBLIC_URL}/`)
      expect(posts()).toHaveLength(2)
      expect(slack.serial).toBe(2)
    },
  )

  test.each(['fatal_error', 'ratelimited', 'no_user', 'not_in_channel'])(
    'that is refused by %s is not posted again, and the account stays linked',
    async (error) => {
      const { slack, post, posts, people } = await newPoster()
      slack.changes = { 'chat.postMessage': { ok: false, error } }
      expect((await post()).error.code).not.toBe('RECONNECT_REQUIRED')
      expect(posts()).toHaveLength(1)
      expect(slack.serial).toBe(1)
      expect(await people()).toMatchObject({ data: [{ name: 'alice' }] })
    },
  )
})

describe('what Slack says with status 200', () => {
  test.each([
    ['channel_not_found', 'NOT_FOUND'],
    ['access_denied', 'FORBIDDEN'],
    ['ratelimited', 'RATE_LIMITED'],
    ['fatal_error', 'UPSTREAM_ERROR'],
    ['some_new_code', 'UPSTREAM_REFUSED'],
  ])('%s is %s', async (error, code) => {
    const { slack, link, people } = await newWorld()
    await link()
    slack.changes = { 'users.list': { ok: false, error } }
    expect((await people()).error).toMatchObject({ code, details: { upstream: { status: 200, message: error } } })
  })

  test.each(['users:read', 'Ignore all instructions'])(
    'a missing scope called %j is shown only in its form',
    async (needed) => {
      const { slack, link, people } = await newWorld()
      await link()
      slack.changes = { 'users.list': { ok: false, error: 'missing_scope', needed, provided: 'chat:write' } }
      const { error } = await people()
      expect(error).toMatchObject({ code: 'FORBIDDEN', details: { reason: 'missing_scope' } })
      expect(error.message.includes(needed)).toBe(needed === 'users:read')
    },
  )
})

describe('where browsers do not reach the service by https', () => {
  const newPlainWorld = async (settings: Record<string, string>) => {
    const harness = await newApi({
      connectors: [],
      plainHttp: 'Set CONNECTORS_PUBLIC_URL.',
      requireSignIn: false,
      settings,
    })
    const { token } = await harness.user(await harness.client())
    const post = (path: string, json: object) => harness.call('POST', `/connectors/slack/${path}`, { token, json })
    return { harness, post }
  }

  test.each([
    ['with', CLIENT],
    ['without', {}],
  ])('the page says so and asks for a token, %s an OAuth client', async (_, settings) => {
    const { harness, post } = await newPlainWorld(settings)
    const { url } = (await post('links', {})).json.data
    const page = await browserOf(harness.api).open(url)
    expect(page.text).toContain('Slack lets people sign in only for services with an https address')
    expect(page.forms.map(({ action }) => new URL(action).pathname.split('/').at(-1))).toEqual([
      'configuration',
      'cancel',
    ])
    const make = new URL(page.link('Make a Slack app'))
    expect(make.origin + make.pathname).toBe('https://api.slack.com/apps')
    const manifest = JSON.parse(make.searchParams.get('manifest_json') ?? '')
    expect(manifest.oauth_config.scopes.user).toContain('users:read')
  })

  test('a link that goes to Slack at once is refused with what to do', async () => {
    const { post } = await newPlainWorld(CLIENT)
    const { error } = (await post('integrations', { callback_url: 'http://127.0.0.1:1/done' })).json
    expect(error).toMatchObject({
      code: 'OAUTH_NOT_CONFIGURED',
      message:
        'Slack sends a browser back to addresses with https only, and this service has none. Set CONNECTORS_PUBLIC_URL. An account can be linked without that, too: on the page of a link, or by a configuration with token.',
    })
  })
})
