import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackPath } from '../../../src/wire/index.js'
import { newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { linkInBrowser, watchedSend } from '../linking.js'

/** Slack sends browsers back to https only; no request to this address leaves the test. */
const PUBLIC_URL = 'https://connectors.example'
const CLIENT = { client_id: '12.34', client_secret: 'the-client-secret' }
const SEED = {
  slack: {
    team: { name: 'Acme', domain: 'acme' },
    // The emulator takes every token that it does not know for its first user.
    users: [
      { name: 'nobody', real_name: 'Nobody', email: 'nobody@example.com' },
      { name: 'alice', real_name: 'Alice', email: 'alice@example.com' },
    ],
    oauth_apps: [
      {
        ...CLIENT,
        name: 'Connectors',
        redirect_uris: [PUBLIC_URL + callbackPath('slack')],
        scopes: ['chat:write'],
        user_scopes: ['users:read'],
      },
    ],
    tokens: [
      { token: 'xoxp-of-alice', user: 'alice', scopes: ['users:read'] },
      { token: 'xoxp-without-scope', user: 'alice', scopes: ['chat:write'] },
    ],
    strict_scopes: true,
  },
}

if (noEmulator) process.stderr.write(`Slack is not emulated: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('an account of Slack', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator('slack', SEED)
  })
  afterAll(() => emulator?.stop())

  const newWorld = async () => {
    const { send, seen } = watchedSend()
    const { origin } = emulator
    const harness = await newApi({
      connectors: [],
      send,
      publicUrl: PUBLIC_URL,
      requireSignIn: false,
      settings: {
        CONNECTORS_SLACK_CLIENT_ID: CLIENT.client_id,
        CONNECTORS_SLACK_CLIENT_SECRET: CLIENT.client_secret,
        CONNECTORS_SLACK_AUTHORIZATION_URL: `${origin}/oauth/v2/authorize`,
        CONNECTORS_SLACK_TOKEN_URL: `${origin}/api/oauth.v2.access`,
        CONNECTORS_SLACK_API_URL: `${origin}/api`,
      },
    })
    const { token } = await harness.user(await harness.client())
    const people = () => harness.call('POST', '/connectors/slack/users_list', { token, json: {} })
    const paste = (pasted: string) =>
      harness.call('POST', '/connectors/slack/integrations', {
        token,
        json: { auth_type: 'custom', configuration: { token: pasted } },
      })
    return { harness, token, seen, people, paste }
  }

  test("is linked with the person's token, not the bot's, and what is done is done with it", async () => {
    const { harness, token, seen, people } = await newWorld()
    const { page, link } = await linkInBrowser(harness, token, 'slack', 'alice')
    expect(page.text).toContain('Slack is linked')
    expect(link.json.data).toMatchObject({ status: 'linked', user_identifier: 'alice@acme' })
    expect(link.json.data.auth_scopes).toEqual(expect.arrayContaining(['channels:read', 'search:read']))
    const { data, meta } = (await people()).json
    expect(data.map(({ name }: { name: string }) => name)).toEqual(expect.arrayContaining(['nobody', 'alice']))
    expect(meta).toMatchObject({ has_next: false, forwards_cursor: null })
    const [granted] = seen.filter(({ url }) => url.pathname.endsWith('oauth.v2.access'))
    const { access_token: bots, authed_user } = granted?.json ?? {}
    expect(bots).toMatch(/^xoxb-/)
    const used = seen.filter(({ url }) => /auth\.test|users\.list/.test(url.pathname)).map(({ bearer }) => bearer)
    expect(used).toEqual([authed_user.access_token, authed_user.access_token])
  })

  test('is linked by a pasted token, too', async () => {
    const { paste, people, seen } = await newWorld()
    // As it is copied out of a page.
    expect((await paste(' "xoxp-of-alice" ')).json.data).toMatchObject({ user_identifier: 'alice@acme' })
    expect((await people()).status).toBe(200)
    expect(seen.map(({ bearer }) => bearer)).toEqual(['xoxp-of-alice', 'xoxp-of-alice'])
  })

  test('whose token lacks a scope says which', async () => {
    const { paste, people } = await newWorld()
    await paste('xoxp-without-scope')
    const { error } = (await people()).json
    expect(error).toMatchObject({ code: 'FORBIDDEN', details: { reason: 'missing_scope' } })
    expect(error.message).toContain('(users:read)')
  })

  test.each(['xoxb-1-2-abc', 'xapp-1-abc', 'xoxe-1-abc', 'xoxe.xoxb-1-abc'])(
    'is not linked by %s, which is not the token of a person',
    async (pasted) => {
      const { paste, seen } = await newWorld()
      const { error } = (await paste(pasted)).json
      expect(error.code).toBe('INVALID_PARAMETERS')
      expect(JSON.stringify(error.details)).toContain('User OAuth Token')
      expect(JSON.stringify(error)).not.toContain(pasted)
      expect(seen).toEqual([])
    },
  )
})
