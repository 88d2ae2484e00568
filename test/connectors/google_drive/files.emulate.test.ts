import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callbackPath } from '../../../src/wire/index.js'
import { type Answer, newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { linkInBrowser, watchedSend } from '../linking.js'

const PUBLIC_URL = 'http://127.0.0.1:1'
const CLIENT = { client_id: 'the-client.apps', client_secret: 'the-client-secret' }
const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'
const FOLDER = 'application/vnd.google-apps.folder'
const fileOf = (id: string, user_email: string, data: string) => ({
  id,
  user_email,
  name: `${id}.txt`,
  mime_type: 'text/plain',
  parent_ids: ['root'],
  data,
})
// What the emulator lacks stays with the request oracle: most of `q`, uploads in parts, a new content of a file, copies,
// deleting, exports and permissions. It takes every token that it does not know for its first user, who has a file of his own.
const SEED = {
  google: {
    users: [{ email: 'nobody@example.com' }, { email: ALICE, name: 'Alice' }, { email: BOB, name: 'Bob' }],
    oauth_clients: [{ ...CLIENT, name: 'Connectors', redirect_uris: [PUBLIC_URL + callbackPath('google_drive')] }],
    drive_items: [
      fileOf('nobodys', 'nobody@example.com', 'of nobody'),
      fileOf('alices', ALICE, 'of Alice'),
      fileOf('bobs', BOB, 'of Bob'),
    ],
  },
}

if (noEmulator) process.stderr.write(`Google Drive is not emulated: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('Google Drive, through the API', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator('google', SEED)
  })
  afterAll(() => emulator?.stop())

  /** Somebody with a linked account, and what they can do. */
  async function person(email: string) {
    const { send, seen } = watchedSend()
    const { origin } = emulator
    const harness = await newApi({
      send,
      publicUrl: PUBLIC_URL,
      requireSignIn: false,
      settings: {
        CONNECTORS_GOOGLE_CLIENT_ID: CLIENT.client_id,
        CONNECTORS_GOOGLE_CLIENT_SECRET: CLIENT.client_secret,
        CONNECTORS_GOOGLE_AUTHORIZATION_URL: `${origin}/o/oauth2/v2/auth`,
        CONNECTORS_GOOGLE_TOKEN_URL: `${origin}/oauth2/token`,
        CONNECTORS_GOOGLE_REVOCATION_URL: `${origin}/oauth2/revoke`,
        CONNECTORS_GOOGLE_DRIVE_API_URL: `${origin}/drive/v3`,
        CONNECTORS_GOOGLE_DRIVE_UPLOAD_URL: `${origin}/upload/drive/v3`,
        CONNECTORS_GOOGLE_DRIVE_USERINFO_URL: origin,
      },
    })
    const { token } = await harness.user(await harness.client())
    await linkInBrowser(harness, token, 'google_drive', email)
    const call = (action: string, json: object) =>
      harness.call('POST', `/connectors/google_drive/${action}`, { token, json })
    const data = async (action: string, json: object) => {
      const { json: answer, text } = await call(action, json)
      return answer?.data ?? expect.fail(text)
    }
    const upload = async (file: File, fields: Record<string, string> = {}) => {
      const body = new FormData()
      body.append('file', file)
      for (const [name, value] of Object.entries(fields)) body.append(name, value)
      const { json, text } = await harness.call('POST', '/connectors/google_drive/create_file', { token, body })
      return json?.data ?? expect.fail(text)
    }
    const bearers = () => [
      ...new Set(seen.filter(({ url }) => /^\/(?:upload\/)?drive\//.test(url.pathname)).map(({ bearer }) => bearer)),
    ]
    const granted = () => seen.find(({ url }) => url.pathname === '/oauth2/token')?.json.access_token
    return { call, data, upload, bearers, granted }
  }
  const names = (files: { name: string }[]) => files.map(({ name }) => name)

  test('each person finds their own files, and not those of others', async () => {
    const [alice, bob] = [await person(ALICE), await person(BOB)]
    expect(names(await alice.data('search_files', {}))).toEqual(['alices.txt'])
    expect(names(await bob.data('search_files', {}))).toEqual(['bobs.txt'])
    for (const [action, input] of [
      ['get_file', { id: 'bobs' }],
      ['download_file', { id: 'bobs' }],
      ['get_markdown_content', { id: 'nobodys' }],
    ] as const) {
      expect((await alice.call(action, input)).json.error.code).toBe('NOT_FOUND')
    }
    expect(alice.bearers()).toEqual([alice.granted()])
    expect(bob.bearers()).toEqual([bob.granted()])
    expect(alice.granted()).not.toBe(bob.granted())
  })

  test('a file is uploaded into a new folder, found there, downloaded and read', async () => {
    const bob = await person(BOB)
    const folder = await bob.data('create_folder', { name: 'Plans "2027" 🦊' })
    expect(folder).toMatchObject({ name: 'Plans "2027" 🦊', mime_type: FOLDER })
    const content = '# Plan\n\nÜberall.\n'
    const made = await bob.upload(new File([content], 'plan "a".md', { type: 'text/markdown' }), {
      parent_folder_id: folder.id,
    })
    expect(made).toMatchObject({ name: 'plan "a".md', mime_type: 'text/markdown', parents: [folder.id] })
    const found = await bob.data('search_files', { query: `'${folder.id}' in parents` })
    expect(found).toMatchObject([{ id: made.id }])
    const downloaded = await bob.call('download_file', { id: made.id })
    expect(downloaded.text).toBe(content)
    expect(downloaded.headers.get('content-type')).toContain('text/markdown')
    expect(downloaded.headers.get('content-disposition')).toMatch(/^attachment; .*plan/)
    expect(await bob.data('get_markdown_content', { id: made.id })).toEqual({
      file_name: 'plan "a".md',
      markdown: content,
    })
    const alice = await person(ALICE)
    expect((await alice.call('get_file', { id: made.id })).json.error.code).toBe('NOT_FOUND')
  })

  test('the files of a folder and of those below it are counted in the background', async () => {
    const alice = await person(ALICE)
    const { id: top } = await alice.data('create_folder', { name: 'Top' })
    const { id: below } = await alice.data('create_folder', { name: 'Below', parent_folder_id: top })
    for (const folder of [top, below]) {
      await alice.upload(new File(['a,b'], 'table.csv', { type: 'text/csv' }), { parent_folder_id: folder })
    }
    const input = { folder_id: top }
    const counted = {
      is_processing: false,
      folder_id: top,
      files_summary: { documents: 0, spreadsheets: 2, presentations: 0, forms_and_templates: 0, others: 0 },
    }
    expect(await alice.data('summarize_folder_files_by_type', input)).toEqual(counted)
    await alice.upload(new File(['c'], 'more.csv', { type: 'text/csv' }), { parent_folder_id: top })
    // What was counted is kept.
    expect(await alice.data('summarize_folder_files_by_type', { ...input, waiting: false })).toEqual(counted)
  })

  test('bytes of every value arrive as they were', async () => {
    const alice = await person(ALICE)
    const bytes = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index))
    const made = await alice.upload(new File([bytes], 'a.bin', { type: 'application/octet-stream' }))
    const there = await fetch(`${emulator.origin}/drive/v3/files/${made.id}?alt=media`, {
      headers: { authorization: `Bearer ${alice.granted()}` },
    })
    expect(Buffer.from(await there.arrayBuffer()).equals(bytes)).toBe(true)
    const found = await alice.data('get_file', { id: made.id, response_fields: ['name', 'size'] })
    expect(found).toEqual({ name: 'a.bin', size: '256' })
  })

  test('a file is renamed and moved, and a folder renamed', async () => {
    const alice = await person(ALICE)
    const { id } = await alice.upload(new File(['x'], 'before.txt', { type: 'text/plain' }))
    const folder = await alice.data('create_folder', { name: 'Before' })
    const input = { name: 'after.txt', add_parents: folder.id, remove_parents: 'root' }
    expect(await alice.data('update_folder', { id: folder.id, name: 'After' })).toMatchObject({ name: 'After' })
    expect(await alice.data('update_folder', { id, ...input })).toMatchObject({
      name: 'after.txt',
      parents: [folder.id],
    })
  })

  test('pages are walked by the cursor', async () => {
    const bob = await person(BOB)
    await bob.upload(new File(['1'], '1.txt', { type: 'text/plain' }))
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Answer = await bob.call('search_files', { page_size: 1, ...(cursor === null ? {} : { cursor }) })
      seen.push(...page.json.data.map(({ id }: { id: string }) => id))
      expect(page.json.meta.has_next).toBe(page.json.meta.forwards_cursor !== null)
      cursor = page.json.meta.forwards_cursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.length).toBeGreaterThan(1)
  })
})
