import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { GOOGLE_IDENTITY, googleAccount, googleOAuth } from '../../../src/connectors/providers/google.js'
import { defineConnector } from '../../../src/kit/index.js'
import { callbackPath } from '../../../src/wire/index.js'
import { newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { linkInBrowser, watchedSend } from '../linking.js'

const PUBLIC_URL = 'http://127.0.0.1:1'
const CLIENT = { client_id: 'the-client.apps', client_secret: 'the-client-secret' }
const OTHER_CLIENT = { client_id: 'another-client.apps', client_secret: 'another-secret' }
/** Only Alice can see her file; the emulator takes every token that it does not know for its first user. */
const SEED = {
  google: {
    users: [
      { email: 'nobody@example.com', name: 'Nobody' },
      { email: 'alice@example.com', name: 'Alice' },
    ],
    oauth_clients: [CLIENT, OTHER_CLIENT].map((client) => ({
      ...client,
      name: 'Connectors',
      redirect_uris: ['google_drive', 'google_contacts'].map((name) => PUBLIC_URL + callbackPath(name)),
    })),
    drive_items: [
      {
        id: 'alices-file',
        user_email: 'alice@example.com',
        name: 'notes.txt',
        mime_type: 'text/plain',
        parent_ids: ['root'],
        data: 'hello',
      },
    ],
  },
}
/** Another connector of the vendor, linked by the same OAuth client. */
const contacts = defineConnector({
  name: 'google_contacts',
  title: 'Google Contacts',
  description: 'People.',
  port: 'http',
  baseUrl: 'https://www.googleapis.com',
  auth: { oauth2: googleOAuth([...GOOGLE_IDENTITY]) },
  account: googleAccount(undefined),
  actions: [],
})
const HOUR = 3_600_000
const EMAIL = 'https://www.googleapis.com/auth/userinfo.email'
const DRIVE = 'https://www.googleapis.com/auth/drive'

if (noEmulator) process.stderr.write(`Google is not emulated: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('an account of Google Drive', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator('google', SEED)
  })
  afterAll(() => emulator?.stop())

  const newWorld = async (settings: Record<string, string> = {}) => {
    const { send, seen, instead } = watchedSend()
    const { origin } = emulator
    const clock = { ahead: 0 }
    const harness = await newApi({
      connectors: [contacts],
      send,
      publicUrl: PUBLIC_URL,
      requireSignIn: false,
      clock: () => Date.now() + clock.ahead,
      settings: {
        CONNECTORS_GOOGLE_CLIENT_ID: CLIENT.client_id,
        CONNECTORS_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
        CONNECTORS_GOOGLE_AUTHORIZATION_URL: `${origin}/o/oauth2/v2/auth`,
        CONNECTORS_GOOGLE_TOKEN_URL: `${origin}/oauth2/token`,
        CONNECTORS_GOOGLE_REVOCATION_URL: `${origin}/oauth2/revoke`,
        CONNECTORS_GOOGLE_DRIVE_API_URL: `${origin}/drive/v3`,
        CONNECTORS_GOOGLE_DRIVE_USERINFO_URL: origin,
        CONNECTORS_GOOGLE_CONTACTS_API_URL: origin,
        ...settings,
      },
    })
    const { token } = await harness.user(await harness.client())
    const link = (connector = 'google_drive') => linkInBrowser(harness, token, connector, 'alice@example.com')
    const remove = async (connector: string) =>
      (await harness.call('DELETE', `/connectors/${connector}/integrations/alice@example.com`, { token })).json.data
    const revoked = () => seen.filter(({ url }) => url.pathname === '/oauth2/revoke').map(({ form }) => form.token)
    const readFile = () =>
      harness.call('POST', '/connectors/google_drive/get_file', { token, json: { id: 'alices-file' } })
    const grants = () => seen.filter(({ url }) => url.pathname === '/oauth2/token')
    return { harness, token, seen, instead, clock, link, remove, revoked, readFile, grants }
  }
  type World = Awaited<ReturnType<typeof newWorld>>

  /** The tokens that were sent to Drive itself. */
  const sentToDrive = ({ seen }: World) =>
    seen.filter(({ url }) => url.pathname.startsWith('/drive/')).map(({ bearer }) => bearer)

  test('is linked, and what is done is done as its person', async () => {
    const world = await newWorld()
    const { page, link } = await world.link()
    expect(page.text).toContain('Google Drive is linked')
    expect(page.text).not.toContain('did not allow')
    expect(link.json.data).toMatchObject({
      status: 'linked',
      user_identifier: 'alice@example.com',
      auth_scopes: ['openid', EMAIL, DRIVE],
      missing_scopes: null,
    })
    const file = await world.readFile()
    expect(file.json.data).toMatchObject({ id: 'alices-file', name: 'notes.txt' })
    const [granted] = world.grants()
    expect(granted?.form).toMatchObject({ grant_type: 'authorization_code', client_id: CLIENT.client_id })
    expect(sentToDrive(world)).toEqual([granted?.json.access_token])
  })

  test('keeps its refresh token when the access token has expired, since Google does not rotate it', async () => {
    const world = await newWorld()
    await world.link()
    for (const hours of [1, 2]) {
      world.clock.ahead = hours * HOUR
      expect((await world.readFile()).json.data).toMatchObject({ name: 'notes.txt' })
    }
    const [linked, ...refreshed] = world.grants()
    expect(refreshed.map(({ form }) => form)).toEqual([
      expect.objectContaining({ grant_type: 'refresh_token', refresh_token: linked?.json.refresh_token }),
      expect.objectContaining({ grant_type: 'refresh_token', refresh_token: linked?.json.refresh_token }),
    ])
    expect(sentToDrive(world)).toEqual(refreshed.map(({ json }) => json.access_token))
  })

  test('is refreshed when Google refuses the access token before its time, and the call is made once more', async () => {
    const world = await newWorld()
    await world.link()
    let refused = 0
    const { send } = watchedSend()
    world.instead.current = async (request) => {
      if (!request.url.pathname.startsWith('/drive/') || refused++ > 0) return send(request)
      const error = { code: 401, message: 'Invalid Credentials', status: 'UNAUTHENTICATED' }
      return {
        status: 401,
        headers: new Headers({ 'content-type': 'application/json; charset=UTF-8' }),
        body: Buffer.from(JSON.stringify({ error })),
      }
    }
    expect((await world.readFile()).json.data).toMatchObject({ name: 'notes.txt' })
    const [linked, refreshed] = world.grants()
    expect(refreshed?.form.grant_type).toBe('refresh_token')
    expect(sentToDrive(world)).toEqual([linked?.json.access_token, refreshed?.json.access_token])
  })

  test('ends at Google when it is removed', async () => {
    const world = await newWorld()
    await world.link()
    const { seen, grants } = world
    expect(await world.remove('google_drive')).toMatchObject({ revoked_at_provider: 'yes' })
    const { refresh_token = '' } = grants()[0]?.json ?? {}
    expect(seen.at(-1)).toMatchObject({ status: 200, form: { token: refresh_token, token_type_hint: 'refresh_token' } })
    // What Google gave is of no use to anyone who kept it.
    const body = new URLSearchParams({ ...CLIENT, grant_type: 'refresh_token', refresh_token })
    const attempt = await fetch(`${emulator.origin}/oauth2/token`, { method: 'POST', body })
    expect(await attempt.json()).toMatchObject({ error: 'invalid_grant' })
  })

  test('leaves the grant to another account of its person that needs it: Google would end that one, too', async () => {
    const world = await newWorld()
    await world.link()
    await world.link('google_contacts')
    expect(await world.remove('google_drive')).toMatchObject({ revoked_at_provider: 'kept' })
    // Nor is it tried later.
    world.clock.ahead = HOUR
    await world.harness.service.revocations.look()
    expect(world.revoked()).toEqual([])
    expect(await world.remove('google_contacts')).toMatchObject({ revoked_at_provider: 'yes' })
    expect(world.revoked()).toEqual([world.grants()[1]?.json.refresh_token])
  })

  test('ends its grant although another account of its person is there, by another OAuth client', async () => {
    const world = await newWorld({
      CONNECTORS_GOOGLE_CONTACTS_CLIENT_ID: OTHER_CLIENT.client_id,
      CONNECTORS_GOOGLE_CONTACTS_CLIENT_SECRET: OTHER_CLIENT.client_secret,
    })
    await world.link()
    const { link } = await world.link('google_contacts')
    expect(link.json.data).toMatchObject({ status: 'linked', user_identifier: 'alice@example.com' })
    expect(await world.remove('google_drive')).toMatchObject({ revoked_at_provider: 'yes' })
    expect(world.grants().map(({ form }) => form.client_id)).toEqual([CLIENT.client_id, OTHER_CLIENT.client_id])
  })

  test('says what its person did not allow, on the page and to the agent', async () => {
    const world = await newWorld()
    const { send } = watchedSend()
    world.instead.current = async (request) => {
      const response = await send(request)
      if (request.url.pathname !== '/oauth2/token') return response
      const json = JSON.parse(new TextDecoder().decode(response.body))
      // The box of Drive was not ticked.
      return { ...response, body: Buffer.from(JSON.stringify({ ...json, scope: `${EMAIL} openid` })) }
    }
    const { page, link } = await world.link()
    expect(page.text).toContain('You did not allow all that was asked for')
    expect(page.text).toContain(`<li>${DRIVE}</li>`)
    expect(page.text).not.toContain(`<li>${EMAIL}</li>`)
    expect(link.json.data).toMatchObject({ status: 'linked', auth_scopes: [EMAIL, 'openid'], missing_scopes: [DRIVE] })
    const { status, json } = await world.readFile()
    expect(status).toBe(403)
    expect(json.error).toMatchObject({
      code: 'FORBIDDEN',
      details: { reason: 'missing_scope', upstream: { granted_scopes: [EMAIL, 'openid'] } },
    })
    // Google would refuse it as well; nothing was sent.
    expect(sentToDrive(world)).toEqual([])
    world.instead.current = undefined
    expect((await world.link()).link.json.data).toMatchObject({
      status: 'linked',
      replaced: true,
      missing_scopes: null,
    })
    expect((await world.readFile()).json.data).toMatchObject({ name: 'notes.txt' })
  })

  test('has to be linked again after the person ended the grant at Google', async () => {
    const world = await newWorld()
    await world.link()
    const { refresh_token = '' } = world.grants()[0]?.json ?? {}
    await fetch(`${emulator.origin}/oauth2/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: refresh_token }),
    })
    world.clock.ahead = HOUR
    const { error } = (await world.readFile()).json
    expect(error.code).toBe('RECONNECT_REQUIRED')
    expect(error.details.reconnect_url).toMatch(/^http:\/\/127\.0\.0\.1:1\/connect\//)
    const { link } = await world.link()
    expect(link.json.data).toMatchObject({ status: 'linked', replaced: true, replaced_account: null })
    expect((await world.readFile()).json.data).toMatchObject({ name: 'notes.txt' })
  })

  test('asks for consent and for access without the person, and for nothing that others were granted', async () => {
    const world = await newWorld()
    const begun = await world.harness.call('POST', '/connectors/google_drive/integrations', {
      token: world.token,
      json: { callback_url: 'https://app.example/linked' },
    })
    const asked = new URL(begun.json.data.url).searchParams
    expect(Object.fromEntries(asked)).toMatchObject({
      scope: `openid ${EMAIL} ${DRIVE}`,
      access_type: 'offline',
      prompt: 'consent',
      code_challenge_method: 'S256',
    })
    expect(asked.has('include_granted_scopes')).toBe(false)
  })
})
