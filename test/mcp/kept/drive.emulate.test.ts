import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inProcessFetch } from '../../../src/app/in-process.js'
import { Secret } from '../../../src/base/secret.js'
import { ConnectorsClient } from '../../../src/client/index.js'
import { callbackPath } from '../../../src/wire/index.js'
import { newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../../connectors/emulator.js'
import { linkInBrowser, watchedSend } from '../../connectors/linking.js'
import { connect, textOf } from '../harness.js'

const PUBLIC_URL = 'http://127.0.0.1:1'
const CLIENT = { client_id: 'the-client.apps', client_secret: 'the-client-secret' }
const [ALICE, BOB] = ['alice@example.com', 'bob@example.com']
const PICTURE = 'GIF\0'.repeat(1_000)
const LETTER = 'Dear Bob, '.repeat(10_000)
const GOOGLE = {
  google: {
    users: [{ email: 'nobody@example.com' }, { email: ALICE, name: 'Alice' }, { email: BOB, name: 'Bob' }],
    oauth_clients: [{ ...CLIENT, name: 'Connectors', redirect_uris: [PUBLIC_URL + callbackPath('google_drive')] }],
    drive_items: [
      ['picture', 'image/gif', PICTURE],
      ['letter', 'text/plain', LETTER],
    ].map(([id, mime_type, data]) => ({ id, name: id, mime_type, data, user_email: ALICE, parent_ids: ['root'] })),
  },
}
const GITHUB = {
  tokens: { gh_octocat: { login: 'octocat', scopes: ['repo'] } },
  github: {
    users: [{ login: 'nobody' }, { login: 'octocat' }],
    repos: [{ owner: 'octocat', name: 'hello', auto_init: true }],
  },
}

if (noEmulator) process.stderr.write(`Files between vendors are not tried: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('a file of Google Drive', () => {
  const emulators: Emulator[] = []
  beforeAll(async () => {
    emulators.push(await startEmulator('google', GOOGLE), await startEmulator('github', GITHUB))
  })
  afterAll(() => Promise.all(emulators.map((emulator) => emulator.stop())))

  /** An agent of one person with two accounts of Google Drive and one of GitHub. */
  async function agent() {
    const [google, github] = emulators.map(({ origin }) => origin)
    const harness = await newApi({
      send: watchedSend().send,
      publicUrl: PUBLIC_URL,
      requireSignIn: false,
      settings: {
        CONNECTORS_GOOGLE_CLIENT_ID: CLIENT.client_id,
        CONNECTORS_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
        CONNECTORS_GOOGLE_AUTHORIZATION_URL: `${google}/o/oauth2/v2/auth`,
        CONNECTORS_GOOGLE_TOKEN_URL: `${google}/oauth2/token`,
        CONNECTORS_GOOGLE_REVOCATION_URL: `${google}/oauth2/revoke`,
        CONNECTORS_GOOGLE_DRIVE_API_URL: `${google}/drive/v3`,
        CONNECTORS_GOOGLE_DRIVE_UPLOAD_URL: `${google}/upload/drive/v3`,
        CONNECTORS_GOOGLE_DRIVE_USERINFO_URL: String(google),
        CONNECTORS_GITHUB_API_URL: String(github),
      },
    })
    const apiKey = await harness.client()
    const { token } = await harness.user(apiKey)
    for (const email of [ALICE, BOB]) await linkInBrowser(harness, token, 'google_drive', email)
    const linked = { auth_type: 'custom', configuration: { token: 'gh_octocat' } }
    await harness.call('POST', '/connectors/github/integrations', { token, json: linked })
    const client = new ConnectorsClient({ baseUrl: PUBLIC_URL, apiKey, fetch: inProcessFetch(harness.api) })
    const mcpClient = await connect('v2 on 2026-07-28', client, { seed: async () => ({ token: new Secret(token) }) })
    const execute = async (args: Record<string, unknown>) => {
      const result = await mcpClient.call('execute_connector', args)
      expect(result.isError ?? false, textOf(result)).toBe(false)
      return result.shown.data
    }
    return { mcpClient, execute }
  }
  const drive = (identifier: string, action: string, params: object) => ({
    connector: 'google_drive',
    ...{ action, identifier, params },
  })

  test('becomes one of another account, and the text of an issue, without a byte of it in the conversation', async () => {
    const { mcpClient, execute } = await agent()
    const picture = await execute(drive(ALICE, 'download_file', { id: 'picture' }))
    expect(picture).toMatchObject({ content_type: 'image/gif', size: 4_000 })
    const copy = await execute(drive(BOB, 'create_file', { file: { handle: picture.handle } }))
    expect(copy).toMatchObject({ name: picture.filename, mime_type: 'image/gif' })
    expect(mcpClient.lines.join()).not.toContain('R0lGA')
    const { handle } = await execute(drive(BOB, 'download_file', { id: copy.id }))
    const [content] = (await mcpClient.readResource(`connectors-mcp://files/${handle}`)).contents
    expect(Buffer.from(content?.blob ?? '', 'base64').toString()).toBe(PICTURE)

    const letter = await execute(drive(ALICE, 'download_file', { id: 'letter' }))
    expect(letter.next_offset).toBeLessThan(LETTER.length / 2)
    const repo = { owner: 'octocat', repo: 'hello' }
    const issue = await execute({
      ...{ connector: 'github', action: 'create_issue', response_fields: ['number'] },
      params: { ...repo, title: 'A letter', body: { handle: letter.handle } },
    })
    const answer = await fetch(`${emulators[1]?.origin}/repos/octocat/hello/issues/${issue.number}`)
    expect(await answer.json()).toMatchObject({ title: 'A letter', body: LETTER })
  })
})
