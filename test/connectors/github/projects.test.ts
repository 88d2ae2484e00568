import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import type { Exchange } from '../harness.js'
import { act, refused } from './acting.js'

const ORG = { organization: 'octo-org' }
const cursors = (path: string, pages: Record<string, string>): Record<string, string> => ({
  link: Object.entries(pages)
    .map(([rel, query]) => `<https://api.github.com${path}?${query}>; rel="${rel}"`)
    .join(', '),
})

describe('list_projects', () => {
  const request = 'GET /orgs/octo-org/projectsV2'
  const project = (number: number, title: string, more: Record<string, Json> = {}) => ({
    id: number * 10,
    owner: { login: 'octo-org', id: 1 },
    creator: { login: 'monalisa', id: 2 },
    title,
    description: '# A long README',
    short_description: 'In short',
    public: false,
    state: 'open',
    closed_at: null,
    created_at: `2026-01-0${number}T00:00:00Z`,
    updated_at: `2026-02-0${9 - number}T00:00:00Z`,
    number,
    ...more,
  })
  const PROJECTS = [project(2, 'roadmap'), project(1, 'Bugs'), project(3, 'Äpfel')]
  const all: Exchange = { request, query: { per_page: '100' }, response: PROJECTS }
  const titles = ({ data }: { data: Json }) => (data as { title: string }[]).map(({ title }) => title)

  test('gives flat items', async () => {
    const { data, meta } = await act('list_projects', { ...ORG, per_page: 1 }, all)
    expect(data).toEqual([
      {
        title: 'roadmap',
        description: 'In short',
        state: 'open',
        owner: 'octo-org',
        creator: 'monalisa',
        created_at: '2026-01-02T00:00:00Z',
        updated_at: '2026-02-07T00:00:00Z',
        number: 2,
        public: false,
      },
    ])
    expect(meta).toEqual({ page: 1, limit: 1, total: 3, total_page: 3, has_next: true, has_prev: false })
  })

  test.each<[Record<string, Json>, string[]]>([
    [{}, ['roadmap', 'Bugs', 'Äpfel']],
    [{ direction: 'desc' }, ['roadmap', 'Bugs', 'Äpfel']],
    [{ order_by: 'title' }, ['Äpfel', 'Bugs', 'roadmap']],
    [{ order_by: 'title', direction: 'desc' }, ['roadmap', 'Bugs', 'Äpfel']],
    [{ order_by: 'number' }, ['Bugs', 'roadmap', 'Äpfel']],
    [{ order_by: 'created_at', direction: 'desc' }, ['Äpfel', 'roadmap', 'Bugs']],
    [{ order_by: 'updated_at' }, ['Äpfel', 'roadmap', 'Bugs']],
    [{ order_by: 'number', per_page: 2, page: 2 }, ['Äpfel']],
    [{ force_new: true, page: 2 }, []],
  ])('%j', async (input, expected) => {
    expect(titles(await act('list_projects', { ...ORG, ...input }, all))).toEqual(expected)
  })

  test('a project that was closed is closed, whatever GitHub leaves out', async () => {
    const bare = { title: 'Old', closed_at: '2026-01-01T00:00:00Z' }
    const { data } = await act('list_projects', ORG, { ...all, response: [bare] })
    expect(data).toMatchObject([{ title: 'Old', state: 'closed', description: null, owner: null, number: null }])
  })

  test('looks at all pages, and leaves the words to GitHub', async () => {
    const path = '/orgs/octo-org/projectsV2'
    const exchanges = [
      {
        request,
        query: { q: 'is:open', per_page: '100' },
        response: [project(2, 'two')],
        responseHeaders: cursors(path, { next: 'per_page=100&after=abc%3D' }),
      },
      { request, query: { q: 'is:open', per_page: '100', after: 'abc=' }, response: [project(1, 'one')] },
    ]
    const result = await act('list_projects', { ...ORG, query: 'is:open', order_by: 'number' }, exchanges)
    expect(titles(result)).toEqual(['one', 'two'])
    expect(result.meta).toMatchObject({ total: 2 })
  })

  test('looks at a thousand, and says so', async () => {
    const pages = Array.from({ length: 10 }, (_, page) => ({
      request,
      query: { per_page: '100', ...(page > 0 ? { after: `c${page}` } : {}) },
      response: Array.from({ length: 100 }, (_, index) => project(1, `${page}-${index}`)),
      responseHeaders: cursors('/x', { next: `after=c${page + 1}` }),
    }))
    const { meta } = await act('list_projects', ORG, pages)
    expect(meta).toEqual({ page: 1, limit: 30, truncated: true, has_next: true, has_prev: false })
  })
})

describe('list_project_fields', () => {
  const request = 'GET /orgs/octo-org/projectsV2/7/fields'
  const FIELDS = { ...ORG, project_number: 7 }
  const path = '/organizations/1/projectsV2/7/fields'

  test('a cursor leads on, and back, and only in this project', async () => {
    const first = {
      request,
      query: { per_page: '2' },
      response: [{ id: 1, name: 'Status' }],
      responseHeaders: cursors(path, { next: 'per_page=2&after=a1' }),
    }
    const { data, meta } = await act('list_project_fields', { ...FIELDS, per_page: 2 }, first)
    expect(data).toEqual([{ id: 1, name: 'Status' }])
    expect(meta).toMatchObject({ has_next: true, has_prev: false, backwards_cursor: null })

    const second = {
      request,
      query: { per_page: '2', after: 'a1' },
      response: [{ id: 2 }],
      responseHeaders: cursors(path, { prev: 'per_page=2&before=b2' }),
    }
    const later = await act('list_project_fields', { ...FIELDS, cursor: meta?.forwards_cursor }, second)
    expect(later.meta).toMatchObject({ has_next: false, has_prev: true, forwards_cursor: null })

    const back = { request, query: { per_page: '2', before: 'b2' }, response: [{ id: 1 }] }
    const again = await act('list_project_fields', { ...FIELDS, cursor: later.meta?.backwards_cursor }, back)
    expect(again.data).toEqual([{ id: 1 }])
  })

  test("takes GitHub's own cursors, too", async () => {
    const exchange = { request, query: { per_page: '30', before: 'b9' }, response: [] }
    const { meta } = await act('list_project_fields', { ...FIELDS, before: 'b9', force_new: true }, exchange)
    expect(meta).toEqual({ has_next: false, has_prev: false, forwards_cursor: null, backwards_cursor: null })
    await act('list_project_fields', { ...FIELDS, after: 'a9' }, { request, query: { per_page: '30', after: 'a9' } })
  })

  test('sends nothing for a cursor of somebody else', async () => {
    expect(await refused('list_project_fields', { ...FIELDS, cursor: 'a1' })).toMatchObject({
      code: 'INVALID_PARAMETERS',
    })
  })
})

describe('items of a project', () => {
  const ITEM = { ...ORG, project_number: 7, item_id: 17 }
  const request = 'GET /orgs/octo-org/projectsV2/7/items/17'

  test('get_project_item gives the item', async () => {
    const response = { id: 17, content_type: 'Issue', content: { number: 3 } }
    expect(await act('get_project_item', { ...ITEM, force_new: true }, { request, response })).toEqual({
      data: response,
      meta: null,
    })
  })

  test('update_project_item sends each value as it is, and null to clear', async () => {
    const fields = [
      { id: 1, value: 'Done' },
      { id: 2, value: 1.5 },
      { id: 3, value: null },
    ]
    const exchange = {
      request: 'PATCH /orgs/octo-org/projectsV2/7/items/17',
      content: { fields },
      response: { id: 17 },
    }
    expect((await act('update_project_item', { ...ITEM, fields }, exchange)).data).toEqual({ id: 17 })
  })

  test.each([[[]], [[{ id: 1 }]], [[{ id: 'Status', value: 'x' }]], [[{ id: 1, value: 'x', name: 'y' }]]])(
    'update_project_item sends nothing for %j',
    async (fields) => {
      expect(await refused('update_project_item', { ...ITEM, fields })).toMatchObject({ code: 'INVALID_PARAMETERS' })
    },
  )

  const added = { ...ORG, project_number: 7, content_type: 'PullRequest', content_number: 42 }
  test.each([
    ['octocat/hello', { owner: 'octocat', repo: 'hello' }],
    ['hello', { owner: 'octo-org', repo: 'hello' }],
  ])('add_project_item of %s', async (repository, names) => {
    const exchange = {
      request: 'POST /orgs/octo-org/projectsV2/7/items',
      content: { type: 'PullRequest', number: 42, ...names },
      status: 201,
      response: { id: 18 },
    }
    expect((await act('add_project_item', { ...added, repository }, exchange)).data).toEqual({ id: 18 })
  })

  test.each(['', '/', 'a/', '/b', 'a/b/c', 'a b'])('add_project_item sends nothing for %j', async (repository) => {
    expect(await refused('add_project_item', { ...added, repository })).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})
