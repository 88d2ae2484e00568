import { describe, expect, test } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import { kindOf } from '../../../src/connectors/google_drive/kinds.js'
import type { JsonObject } from '../../../src/kit/index.js'
import { connectTo, play, seenRequest, testCall } from '../harness.js'
import { openDescription } from '../oracle.js'

const FOLDER = 'application/vnd.google-apps.folder'
const DOC = 'application/vnd.google-apps.document'
const SHEET = 'application/vnd.google-apps.spreadsheet'
const NONE = { documents: 0, spreadsheets: 0, presentations: 0, forms_and_templates: 0, others: 0 }

const described = await openDescription('google/drive.json')

interface File {
  id: string
  mimeType: string
  parents?: string[]
  trashed?: boolean
}

/** So few files come on a page that a test has several, and a large one not too many. */
const pageSize = (files: readonly File[]): number => (files.length > 1000 ? 1000 : 2)

/** Drive with some files, which finds them by the queries that the summaries make. */
async function summary(
  action: string,
  input: object,
  files: readonly File[],
  failing?: { folder: string; status: number },
) {
  const left: string[] = []
  const reports: unknown[][] = []
  const found = (q: string): File[] => {
    const parent = /^'((?:[^'\\]|\\.)*)' in parents and trashed = false$/.exec(q)?.[1]?.replaceAll(/\\(.)/g, '$1')
    const isWanted: Record<string, (file: File) => boolean> = {
      [`trashed = false and mimeType = '${FOLDER}'`]: ({ mimeType }) => mimeType === FOLDER,
      [`trashed = false and mimeType != '${FOLDER}'`]: ({ mimeType }) => mimeType !== FOLDER,
    }
    const wanted = parent === undefined ? isWanted[q] : (file: File) => file.parents?.includes(parent) ?? false
    return files.filter((file) => !file.trashed && (wanted ?? expect.fail(`no such query: ${q}`))(file))
  }
  const answer = (url: URL): { status?: number; json: unknown } => {
    const [, id] = /\/files\/(.+)$/.exec(url.pathname) ?? []
    if (id !== undefined) {
      const file = files.find((one) => one.id === decodeURIComponent(id))
      return file ? { json: file } : { status: 404, json: { error: { code: 404, message: 'File not found' } } }
    }
    const q = url.searchParams.get('q') ?? ''
    if (failing && q.startsWith(`'${failing.folder}'`)) return { status: failing.status, json: {} }
    const start = Number(url.searchParams.get('pageToken') ?? 0)
    const all = found(q)
    const end = start + pageSize(files)
    const isMore = end < all.length
    return {
      json: { files: all.slice(start, end), ...(isMore ? { nextPageToken: String(end) } : {}) },
    }
  }
  const upstream = connectTo(
    googleDrive,
    async (request) => {
      const seen = seenRequest(request, googleDrive.baseUrl ?? '')
      left.push(seen.query.get('q') ?? seen.path)
      expect(described?.faults(seen) ?? []).toEqual([])
      const { status = 200, json } = answer(request.url)
      const headers = new Headers({ 'content-type': 'application/json' })
      return { status, headers, body: Buffer.from(JSON.stringify(json)) }
    },
    () => ({ authorization: 'Bearer test-token' }),
  )
  const { background } = (googleDrive.byName.get(action) ?? expect.fail(action)).prepare(input)
  const call = { ...testCall(), report: (...progress: unknown[]) => void reports.push(progress) }
  if (!background) return expect.fail(`${action} does not work in the background`)
  const kept = await background.gather(upstream, call)
  const { data, meta } = background.answer(JSON.parse(JSON.stringify(kept))) as unknown as {
    data: JsonObject
    meta: JsonObject
  }
  return { data, meta, left, reports }
}

const folderAt = (id: string, ...parents: string[]): File => ({ id, mimeType: FOLDER, parents })
const fileAt = (id: string, mimeType: string, ...parents: string[]): File => ({ id, mimeType, parents })

describe('summarize_folder_files_by_type', () => {
  const summarized = (input: object, files: readonly File[], failing?: { folder: string; status: number }) =>
    summary('summarize_folder_files_by_type', input, files, failing)

  test('counts what is in a folder and below it, on all pages, each folder once', async () => {
    const { data, meta, left, reports } = await summarized({ folder_id: 'top' }, [
      folderAt('top'),
      folderAt('below', 'top'),
      folderAt("it's", 'below', 'top'),
      folderAt('top', "it's"),
      folderAt('elsewhere'),
      fileAt('1', DOC, 'top'),
      fileAt('2', SHEET, 'top'),
      fileAt('3', 'text/csv', "it's"),
      fileAt('4', 'image/png', 'below'),
      fileAt('5', DOC, 'elsewhere'),
      { ...fileAt('6', DOC, 'top'), trashed: true },
    ])
    expect(data).toEqual({
      is_processing: false,
      folder_id: 'top',
      files_summary: { ...NONE, documents: 1, spreadsheets: 2, others: 1 },
    })
    expect(meta).toEqual({})
    expect([...new Set(left)]).toEqual([
      '/files/top',
      "'top' in parents and trashed = false",
      "'below' in parents and trashed = false",
      "'it\\'s' in parents and trashed = false",
    ])
    expect(reports).toEqual([
      [1, 1],
      [2, 3],
      [3, 3],
    ])
  })

  test('looks into shared drives, and asks for no more than it needs', async () => {
    const drives = { supportsAllDrives: 'true' }
    const played = play(googleDrive, 'summarize_folder_files_by_type', { folder_id: 'a' }, [
      {
        request: 'GET /files/a',
        query: { ...drives, fields: 'id,mimeType' },
        response: { id: 'a', mimeType: FOLDER },
      },
      {
        request: 'GET /files',
        query: {
          ...drives,
          q: "'a' in parents and trashed = false",
          includeItemsFromAllDrives: 'true',
          pageSize: '1000',
          fields: 'nextPageToken,files(id,mimeType,fileExtension)',
        },
        response: { files: [{ id: 'b', mimeType: 'application/octet-stream', fileExtension: 'MD' }] },
      },
    ])
    expect(await played).toMatchObject({ data: { files_summary: { ...NONE, documents: 1 } } })
  })

  test('stops at the most folders, and says so', async () => {
    const folders = Array.from({ length: 3100 }, (_, index) => folderAt(`f${index}`, 'top'))
    const { data, meta, left } = await summarized({ folder_id: 'top' }, [
      folderAt('top'),
      ...folders,
      fileAt('1', DOC, 'top'),
    ])
    expect(new Set(left).size).toBe(1 + 3000)
    expect(data).toMatchObject({ files_summary: { documents: 1 } })
    expect(meta).toEqual({ truncated: true })
  }, 20_000)

  test('stops at the most files, and says so', async () => {
    const docs = (parent: string) => Array.from({ length: 60_000 }, (_, index) => fileAt(`d${index}`, DOC, parent))
    const files = [
      folderAt('top'),
      folderAt('below', 'top'),
      folderAt('last', 'below'),
      ...docs('top'),
      ...docs('below'),
    ]
    const { data, meta, left } = await summarized({ folder_id: 'top' }, files)
    // Two of them were folders.
    expect(data).toMatchObject({ files_summary: { documents: 100_000 - 2 } })
    expect(meta).toEqual({ truncated: true })
    expect(left).not.toContain("'last' in parents and trashed = false")
  }, 20_000)

  test('is refused for what is not a folder, or not there, and fails where a folder does', async () => {
    const files = [folderAt('top'), folderAt('below', 'top'), fileAt('1', DOC, 'top')]
    await expect(summarized({ folder_id: '1' }, files)).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'folder_id' }] },
    })
    await expect(summarized({ folder_id: 'gone' }, files)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const failing = summarized({ folder_id: 'top' }, files, { folder: 'below', status: 500 })
    await expect(failing).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

test('summarize_total_files_by_type tells My Drive by the tree of folders', async () => {
  const { data, meta, left, reports } = await summary('summarize_total_files_by_type', {}, [
    { id: 'root', mimeType: 'a folder that no query finds', trashed: true },
    folderAt('deep', 'below'),
    folderAt('below', 'root'),
    folderAt('theirs', 'unseen'),
    folderAt('a', 'b'),
    folderAt('b', 'a'),
    fileAt('1', DOC, 'root'),
    fileAt('2', SHEET, 'deep'),
    fileAt('3', DOC, 'theirs'),
    fileAt('4', 'application/vnd.google-apps.form', 'a'),
    { id: '5', mimeType: 'application/pdf' },
    { ...fileAt('6', DOC, 'root'), trashed: true },
  ])
  expect(data).toEqual({
    is_processing: false,
    total_all_files: { ...NONE, documents: 3, spreadsheets: 1, forms_and_templates: 1 },
    total_my_drive_files: { ...NONE, documents: 1, spreadsheets: 1 },
    total_shared_with_me_files: { ...NONE, documents: 2, forms_and_templates: 1 },
  })
  expect(meta).toEqual({})
  expect(reports).toEqual([[2], [4], [5]])
  expect([...new Set(left)]).toEqual([
    '/files/root',
    `trashed = false and mimeType = '${FOLDER}'`,
    `trashed = false and mimeType != '${FOLDER}'`,
  ])
})

const OFFICE = 'application/vnd.openxmlformats-officedocument'
test.each([
  ['documents', 'application/msword', `${OFFICE}.wordprocessingml.document`, 'text/plain', 'application/rtf'],
  ['documents', 'application/vnd.oasis.opendocument.text', 'text/markdown', 'application/pdf', DOC],
  ['spreadsheets', `${OFFICE}.spreadsheetml.sheet`, 'application/vnd.ms-excel', 'text/csv', SHEET],
  ['presentations', `${OFFICE}.presentationml.presentation`, 'application/vnd.google-apps.presentation'],
  ['forms_and_templates', `${OFFICE}.wordprocessingml.template`, `${OFFICE}.spreadsheetml.template`],
  ['others', 'image/png', 'application/zip', 'application/vnd.google-apps.drawing', 'constructor'],
])('files are %s by their types', (kind, ...types) => {
  expect(types.map((mime_type) => kindOf({ mime_type }))).toEqual(types.map(() => kind))
})

test('files are of a kind by their extension, where their type says nothing', () => {
  const kinds = ['md', 'XLSX', 'odp', 'dotx', 'png', 'constructor'].map((file_extension) =>
    kindOf({ mime_type: 'application/octet-stream', file_extension }),
  )
  expect(kinds).toEqual(['documents', 'spreadsheets', 'presentations', 'forms_and_templates', 'others', 'others'])
})
