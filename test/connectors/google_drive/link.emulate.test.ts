import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackPath } from '../../../src/wire/index.js'
import { newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { linkInBrowser, watchedSend } from '../linking.js'

const PUBLIC_URL = 'http://127.0.0.1:1'
const CLIENT = { client_id: 'the-client.apps', client_secret: 'the-client-secret' }
/** Only Alice can see her file; the emulator takes every token that it does not know for its first user. */
const SEED = {
  google: {
    users: [
      { email: 'nobody@example.com', name: 'Nobody' },
      { email: 'alice@example.com', name: 'Alice' },
    ],
    oauth_clients: [{ ...CLIENT, name: 'Connectors', redirect_uris: [PUBLIC_URL + callbackPath('google_drive')] }],
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

  const newWorld = async () => {
    const { send, seen, instead } = watchedSend()
    const { origin } = emulator
    const clock = { ahead: 0 }
    const harness = await newApi({
      connectors: [],
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
      },
    })
    const { token } = await harness.user(await harness.client())
    const link = () => linkInBrowser(harness, token, 'google_drive', 'alice@example.com')
    const readFile = () =>
      harness.call('POST', '/connectors/google_drive/get_file', { token, json: { id: 'alices-file' } })
    const grants = () => seen.filter(({ url }) => url.pathname === '/oauth2/token')
    return { harness, token, seen, instead, clock, link, readFile, grants }
  }
  type World = Awaited<ReturnType<typeof newWorld>>

  /** The tokens that were sent to Drive itself. */
  const sentToDrive = ({ seen }: World) =>
    seen.filter(({ url }) => url.pathname.startsWith('/drive/')).map(({ bearer }) => bearer)

  test('is linked, and what is done is done as its person', async () => {
    const world = await newWorld()
    const { page, link } = await world.link()
    expect(page.text).toContain('Google Drive is linked')
    expect(link.json.data).toMatchObject({
      status: 'linked',
      user_identifier: 'alice@example.com',
      auth_scopes: ['openid', EMAIL, DRIVE],
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
    const { harness, token, seen, grants } = world
    const path = '/connectors/google_drive/integrations/alice@example.com'
    const removed = await harness.call('DELETE', path, { token })
    expect(removed.json.data).toMatchObject({ revoked_at_provider: 'yes' })
    const { refresh_token = '' } = grants()[0]?.json ?? {}
    expect(seen.at(-1)).toMatchObject({ status: 200, form: { token: refresh_token, token_type_hint: 'refresh_token' } })
    // What Google gave is of no use to anyone who kept it.
    const body = new URLSearchParams({ ...CLIENT, grant_type: 'refresh_token', refresh_token })
    const attempt = await fetch(`${emulator.origin}/oauth2/token`, { method: 'POST', body })
    expect(await attempt.json()).toMatchObject({ error: 'invalid_grant' })
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
    expect((await world.readFile()).json.error.code).toBe('RECONNECT_REQUIRED')
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
