import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { googleDrive } from '../../../src/connectors/google_drive/index.js'
import type { Json } from '../../../src/kit/index.js'
import { type Exchange, play } from '../harness.js'
import { openApiOracle } from '../oracle.js'

const oracle = await openApiOracle('google/drive.json')
const ALL = { supportsAllDrives: 'true', fields: '*' }
const QUERY = { ...ALL, pageSize: '100' }

const search = (input: Record<string, unknown>, query: Record<string, string>, response: Json = { files: [] }) =>
  play(googleDrive, 'search_files', input, { request: 'GET /files', query, response }, { oracle })

describe('search_files', () => {
  test.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['nothing', {}, QUERY],
    [
      'a query with quotes, slashes and more',
      { query: "name contains 'it\\'s & a/b?=#🦊' and trashed = false" },
      { ...QUERY, q: "name contains 'it\\'s & a/b?=#🦊' and trashed = false" },
    ],
    [
      'one shared drive',
      { corpora: 'drive', drive_id: '0A' },
      { ...QUERY, corpora: 'drive', driveId: '0A', includeItemsFromAllDrives: 'true' },
    ],
    ['a drive by its id alone', { drive_id: '0A' }, { ...QUERY, driveId: '0A', includeItemsFromAllDrives: 'true' }],
    ['all drives', { corpora: 'allDrives' }, { ...QUERY, corpora: 'allDrives', includeItemsFromAllDrives: 'true' }],
    ['the own files', { corpora: 'user' }, { ...QUERY, corpora: 'user' }],
    ['the organisation', { corpora: 'domain' }, { ...QUERY, corpora: 'domain' }],
    [
      'what the caller says of shared drives',
      { corpora: 'allDrives', include_items_from_all_drives: false },
      { ...QUERY, corpora: 'allDrives', includeItemsFromAllDrives: 'false' },
    ],
    [
      'everything',
      {
        page_size: 1000,
        page_token: '~!!~next',
        query: "'root' in parents",
        order_by: 'modifiedTime desc,name',
        corpora: 'drive',
        drive_id: '0A',
        include_items_from_all_drives: true,
        spaces: 'drive',
        supports_all_drives: true,
        include_permissions_for_view: 'published',
        include_labels: 'l1',
      },
      {
        ...ALL,
        pageSize: '1000',
        pageToken: '~!!~next',
        q: "'root' in parents",
        orderBy: 'modifiedTime desc,name',
        corpora: 'drive',
        driveId: '0A',
        includeItemsFromAllDrives: 'true',
        spaces: 'drive',
        includePermissionsForView: 'published',
        includeLabels: 'l1',
      },
    ],
  ])('asks for %s', async (_, input, query) => {
    expect(await search(input, query)).toEqual({ data: [], meta: { has_next: false, forwards_cursor: null } })
  })

  test('walks from page to page, by either name of the token', async () => {
    const page = { files: [{ id: 'f1', mimeType: 'text/plain' }], nextPageToken: 'more', incompleteSearch: false }
    expect(await search({}, QUERY, page)).toEqual({
      data: [{ id: 'f1', mime_type: 'text/plain' }],
      meta: { has_next: true, forwards_cursor: 'more' },
    })
    for (const name of ['page_token', 'cursor']) await search({ [name]: 'more' }, { ...QUERY, pageToken: 'more' })
  })

  test('asks for the members wanted, and for the token of the next page', async () => {
    const fields = 'nextPageToken,files(id,owners/emailAddress)'
    const response = { nextPageToken: 't', files: [{ id: 'f1', owners: [{ emailAddress: 'a@b.c' }] }] }
    const found = await search({ response_fields: ['id', 'owners.email_address'] }, { ...QUERY, fields }, response)
    expect(found).toEqual({
      data: [{ id: 'f1', owners: [{ email_address: 'a@b.c' }] }],
      meta: { has_next: true, forwards_cursor: 't' },
    })
  })

  test.each([{ page_size: 0 }, { page_size: 1001 }, { corpora: 'all' }])('does not take %j', async (input) => {
    await expect(play(googleDrive, 'search_files', input)).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})

describe('list_recent_files_from_yesterday', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-11-30T12:00:00.000Z') })
  })
  afterEach(() => void vi.useRealTimers())

  const A_FILE = "trashed = false and mimeType != 'application/vnd.google-apps.folder'"
  const WALK = { ...ALL, includeItemsFromAllDrives: 'true', pageSize: '100' }
  const CHANGED = {
    ...WALK,
    q: `modifiedTime > '2026-11-29T12:00:00.000Z' and ${A_FILE}`,
    orderBy: 'modifiedByMeTime desc',
  }
  const VIEWED = {
    ...WALK,
    q: `viewedByMeTime > '2026-11-29T12:00:00.000Z' and ${A_FILE}`,
    orderBy: 'viewedByMeTime desc',
  }
  const at = (id: string, modifiedByMeTime: string | undefined, viewedByMeTime?: string): Json => ({
    id,
    ...(modifiedByMeTime === undefined ? {} : { modifiedByMeTime }),
    ...(viewedByMeTime === undefined ? {} : { viewedByMeTime }),
  })
  const walk = (query: Record<string, string>, files: Json[], nextPageToken?: string): Exchange => ({
    request: 'GET /files',
    query,
    response: { files, ...(nextPageToken === undefined ? {} : { nextPageToken }) },
  })
  const recent = (exchanges: Exchange[], input: object = {}) =>
    play(googleDrive, 'list_recent_files_from_yesterday', input, exchanges, { oracle })
  const ids = ({ data }: { data: Json }) => (data as { id: string }[]).map(({ id }) => id)

  test('has each file once, by the later of the two times', async () => {
    const both = at('both', '2026-11-29T13:00:00.000Z', '2026-11-30T11:00:00.000Z')
    const changed = at('changed', '2026-11-30T10:00:00.000Z')
    const viewed = at('viewed', '2020-01-01T00:00:00.000Z', '2026-11-30T09:00:00.000Z')
    const found = await recent([walk(CHANGED, [changed, both]), walk(VIEWED, [both, viewed])])
    expect(ids(found)).toEqual(['both', 'changed', 'viewed'])
    expect(found.meta).toBeNull()
  })

  test('ends at 24 hours, whoever else changed the files since', async () => {
    const last = at('last', '2026-11-29T12:00:00.001Z')
    const before = at('before', '2026-11-29T12:00:00.000Z')
    const others = at('of others', undefined)
    // Neither walk goes to its next page: what comes is older.
    const found = await recent([walk(CHANGED, [last, before, others], 'more'), walk(VIEWED, [others], 'more')])
    expect(ids(found)).toEqual(['last'])
  })

  test('walks all pages of both', async () => {
    const time = '2026-11-30T11:00:00.000Z'
    const found = await recent([
      walk(CHANGED, [at('1', time)], 'a'),
      walk({ ...CHANGED, pageToken: 'a' }, [at('2', time)]),
      walk(VIEWED, [at('3', undefined, time)], 'b'),
      walk({ ...VIEWED, pageToken: 'b' }, [at('4', undefined, time), at('1', time, time)]),
    ])
    expect(ids(found)).toEqual(['1', '2', '3', '4'])
  })

  test('tells where there are more than it looks at', async () => {
    const time = '2026-11-30T11:00:00.000Z'
    const page = (number: number) => Array.from({ length: 100 }, (_, index) => at(`${number}-${index}`, time))
    const pages = Array.from({ length: 10 }, (_, index) =>
      walk(index === 0 ? CHANGED : { ...CHANGED, pageToken: `p${index}` }, page(index), `p${index + 1}`),
    )
    const found = await recent([...pages, walk(VIEWED, [])])
    expect(ids(found)).toHaveLength(1000)
    expect(found.meta).toEqual({ truncated: true })
  })

  test('asks for the members wanted and what it needs itself, and shows the former', async () => {
    const fields = 'nextPageToken,files(name,id,modifiedByMeTime,viewedByMeTime)'
    const file = { id: '1', name: 'a.txt', modifiedByMeTime: '2026-11-30T11:00:00.000Z' }
    const exchanges = [walk({ ...CHANGED, fields }, [file]), walk({ ...VIEWED, fields }, [])]
    expect((await recent(exchanges, { response_fields: ['name'] })).data).toEqual([{ name: 'a.txt' }])
  })
})
