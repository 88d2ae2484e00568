import { describe, expect, test } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import type { Json } from '../../../src/kit/index.js'
import { HOSTILE_NAMES, IMPOSSIBLE_NAMES } from '../answering.js'
import { type Exchange, play } from '../harness.js'
import { openApiOracle } from '../oracle.js'

const oracle = await openApiOracle('google/drive.json')
const FOLDER = 'application/vnd.google-apps.folder'
const ALL = { supportsAllDrives: 'true', fields: '*' }
const SHOWN = { supports_all_drives: false, include_permissions_for_view: 'published', include_labels: 'a,b' }
const SHOWN_QUERY = {
  supportsAllDrives: 'false',
  includePermissionsForView: 'published',
  includeLabels: 'a,b',
  fields: '*',
}

const ROWS: [action: string, which: string, input: Record<string, unknown>, exchange: Exchange][] = [
  ['get_file', 'fewest', { id: 'f1' }, { request: 'GET /files/f1', query: ALL }],
  ['get_file', 'all', { id: 'f1', ...SHOWN }, { request: 'GET /files/f1', query: SHOWN_QUERY }],
  ['get_file', 'null', { id: 'f1', supports_all_drives: null }, { request: 'GET /files/f1', query: ALL }],
  [
    'create_folder',
    'fewest',
    { name: 'Reports' },
    { request: 'POST /files', query: ALL, content: { name: 'Reports', mimeType: FOLDER } },
  ],
  [
    'create_folder',
    'all',
    { name: 'a/"b" 🦊', parent_folder_id: 'p1', description: "it's", ...SHOWN },
    {
      request: 'POST /files',
      query: SHOWN_QUERY,
      content: { name: 'a/"b" 🦊', mimeType: FOLDER, parents: ['p1'], description: "it's" },
    },
  ],
  [
    'update_folder',
    'fewest',
    { id: 'd1', name: 'New' },
    { request: 'PATCH /files/d1', query: ALL, content: { name: 'New' } },
  ],
  [
    'update_folder',
    'moved only',
    { id: 'd1', add_parents: 'p2', remove_parents: 'p1' },
    { request: 'PATCH /files/d1', query: { ...ALL, addParents: 'p2', removeParents: 'p1' } },
  ],
  [
    'update_folder',
    'all',
    { id: 'd1', name: 'New', description: '', add_parents: 'p2', remove_parents: 'p1', ...SHOWN },
    {
      request: 'PATCH /files/d1',
      query: { ...SHOWN_QUERY, addParents: 'p2', removeParents: 'p1' },
      content: { name: 'New', description: '' },
    },
  ],
  [
    'update_file',
    'without a file, fewest',
    { id: 'f1', name: 'b.txt' },
    { request: 'PATCH /files/f1', query: ALL, content: { name: 'b.txt' } },
  ],
  [
    'update_file',
    'without a file, all',
    {
      id: 'f1',
      resumable: true,
      name: 'b.txt',
      description: 'x',
      add_parents: 'p2',
      remove_parents: 'p1',
      keep_revision_forever: true,
      ocr_language: 'de',
      use_content_as_indexable_text: true,
      ...SHOWN,
    },
    {
      request: 'PATCH /files/f1',
      query: {
        ...SHOWN_QUERY,
        addParents: 'p2',
        removeParents: 'p1',
        keepRevisionForever: 'true',
        ocrLanguage: 'de',
        useContentAsIndexableText: 'true',
      },
      content: { name: 'b.txt', description: 'x' },
    },
  ],
  ['copy_file', 'fewest', { id: 'f1' }, { request: 'POST /files/f1/copy', query: ALL }],
  [
    'copy_file',
    'all',
    {
      id: 'f1',
      name: 'copy',
      description: 'x',
      parent_folder_id: 'p1',
      keep_revision_forever: false,
      ignore_default_visibility: true,
      ocr_language: 'de',
      ...SHOWN,
    },
    {
      request: 'POST /files/f1/copy',
      query: {
        ...SHOWN_QUERY,
        keepRevisionForever: 'false',
        ignoreDefaultVisibility: 'true',
        ocrLanguage: 'de',
      },
      content: { name: 'copy', description: 'x', parents: ['p1'] },
    },
  ],
]

test.each(ROWS)('%s, %s', async (action, _, input, exchange) => {
  const response: Json = { id: 'f1', mimeType: 'text/plain', owners: [{ displayName: 'Ada', emailAddress: 'a@b.c' }] }
  const { data, meta } = await play(googleDrive, action, input, { ...exchange, response }, { oracle })
  expect(data).toEqual({
    id: 'f1',
    mime_type: 'text/plain',
    owners: [{ display_name: 'Ada', email_address: 'a@b.c' }],
  })
  expect(meta).toBeNull()
})

test.each([
  [{ id: 'f1' }, { supportsAllDrives: 'true' }],
  [{ id: 'f1', supports_all_drives: false }, { supportsAllDrives: 'false' }],
])('delete_file %j returns an empty text', async (input, query) => {
  const exchange = { request: 'DELETE /files/f1', query, status: 204 }
  expect(await play(googleDrive, 'delete_file', input, exchange, { oracle })).toEqual({ data: '', meta: null })
})

describe('what is asked for of a file', () => {
  const get = (more: object, fields: string) =>
    play(
      googleDrive,
      'get_file',
      { id: 'f1', ...more },
      { request: 'GET /files/f1', query: { ...ALL, fields }, response: { id: 'f1', owners: [{ displayName: 'A' }] } },
    )

  test('is those members alone that are known, in its notation', async () => {
    const response_fields = ['id', 'owners.display_name', 'md5_checksum', 'lastModifyingUser.displayName']
    const fields = 'id,owners/displayName,md5Checksum,lastModifyingUser/displayName'
    expect((await get({ response_fields }, fields)).data).toEqual({ id: 'f1', owners: [{ display_name: 'A' }] })
  })

  test.each([
    ['another member', { response_fields: ['id', 'web_content_link'] }],
    ['a member that would change the notation', { response_fields: ['id),*(x'] }],
    ['every member', { response_fields: ['*'] }],
    ['none', { response_fields: [] }],
  ])('is all with %s', async (_, more) => {
    await get(more, '*')
  })
})

describe('an id that a model made up', () => {
  test.each(HOSTILE_NAMES)('%j stays in its segment', async (id, segment) => {
    await play(googleDrive, 'copy_file', { id }, { request: `POST /files/${segment}/copy`, query: ALL, response: {} })
    const permission = { file_id: id, permission_id: id }
    const request = `DELETE /files/${segment}/permissions/${segment}`
    await play(googleDrive, 'delete_permission', permission, { request, query: { supportsAllDrives: 'true' } })
  })

  test.each(IMPOSSIBLE_NAMES)('%j is refused, and nothing leaves', async (id) => {
    for (const action of ['get_file', 'delete_file', 'copy_file', 'update_file', 'download_file']) {
      await expect(play(googleDrive, action, { id })).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
    }
  })
})
