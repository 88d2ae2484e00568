import { describe, expect, test } from 'vitest'
import { countsOf, searchResult } from '../../../src/connectors/github/searches/items.js'
import { type Hub, itemOf, numbersOf, searched } from './hub.js'

const HELLO = '/repos/octocat/hello/issues'
const WORLD = '/repos/octocat/world/issues'
const BOTH = { repositories: ['octocat/hello', 'octocat/world'] }
const WITHOUT_PROJECTS = { fields: ['number'] }

const hub = (hello: unknown[], world: unknown[] = []): Hub => ({
  rest: { [HELLO]: { json: hello as never }, [WORLD]: { json: world as never } },
})

describe('search_issues', () => {
  test('gathers the issues of each repository, flat, and leaves pull requests out', async () => {
    const input = { ...BOTH, state: 'open', since: '2026-01-01', summarize: true }
    const { answer, left, reports } = await searched('search_issues', [input], {
      ...hub([itemOf(1), itemOf(2, { pull_request: { url: 'https://x.example' } })], [itemOf(1, { user: null })]),
      scopes: ['repo'],
    })
    expect(left).toEqual([
      `${HELLO}?state=open&since=2026-01-01T00:00:00Z&sort=updated&direction=desc&per_page=100&page=1`,
      `${WORLD}?state=open&since=2026-01-01T00:00:00Z&sort=updated&direction=desc&per_page=100&page=1`,
    ])
    expect(answer.data[0]).toEqual({
      repository: 'octocat/hello',
      number: 1,
      title: 'Item 1',
      creator: 'ada',
      body: 'Text',
      state: 'open',
      url: 'https://github.com/octocat/hello/issues/1',
      labels: ['bug'],
      milestone: 'v2',
      comments: 0,
      assignee: 'grace',
      assignees: ['grace'],
      created_at: '2026-01-01T00:00:00Z',
      updated_at: '2026-01-01T00:00:00Z',
      project_details: null,
    })
    expect(answer.meta).toEqual({
      repositories: ['octocat/hello', 'octocat/world'],
      total: 2,
      creator_summary: { ada: 1 },
      assignee_summary: { grace: 2 },
      errors: [],
    })
    expect(reports).toEqual([
      [0, 2],
      [1, 2],
      [2, 2],
    ])
  })

  test('answers every filter, order and choice of members from one collection', async () => {
    const issues = [
      itemOf(1, { user: { login: 'Ada' }, comments: 5, updated_at: '2026-03-03T00:00:00Z' }),
      itemOf(2, { labels: [{ name: 'Bug' }, { name: 'urgent' }], assignee: null, assignees: [], comments: 7 }),
      itemOf(3, { user: { login: 'linus' }, milestone: null, created_at: '2026-02-02T00:00:00Z', comments: 6 }),
    ]
    const filters = [
      {},
      { creator: 'ADA' },
      { labels: ['bug', 'URGENT'] },
      { assignee: 'none' },
      { assignee: '*' },
      { assignee: 'Grace', milestone: 2 },
      { until: '2026-01-01' },
      { sort: 'comments' },
      { sort: 'comments', direction: 'asc' },
      { sort: 'created' },
      { fields: ['number', 'title'] },
    ]
    const inputs = filters.map((filter) => ({ ...BOTH, ...WITHOUT_PROJECTS, ...filter }))
    const { answers, left } = await searched('search_issues', inputs as never, hub(issues))
    expect(answers.map(numbersOf)).toEqual([
      [1, 2, 3],
      [1, 2],
      [2],
      [2],
      [1, 3],
      [1],
      [2, 3],
      [2, 3, 1],
      [1, 3, 2],
      [3, 1, 2],
      [1, 2, 3],
    ])
    expect(answers.at(-1)?.data[0]).toEqual({ number: 1, title: 'Item 1' })
    expect(answers[1]?.meta).toMatchObject({ total: 2, creator_summary: null, assignee_summary: null })
    expect(left).toHaveLength(2)
  })

  test('asks for projects where they are wanted and the token may see them', async () => {
    const project = { id: 'P_1', number: 5, title: 'Board', url: 'https://github.com/orgs/octocat/projects/5' }
    const node = (id: string) =>
      id === 'N_1'
        ? { __typename: 'Issue', projectItems: { nodes: [{ id: 'I_1', isArchived: false, project }] } }
        : null
    const root = { nodes: ({ ids }: { ids: string[] }) => ids.map(node) }
    const repository = { repositories: ['octocat/hello'] }
    const with1 = { ...hub([itemOf(1), itemOf(2)]), root, scopes: ['read:project'] }
    const { answer, left } = await searched('search_issues', [repository], with1)
    expect(left.filter((one) => one === 'graphql')).toHaveLength(1)
    expect(answer.data[0]).toMatchObject({
      number: 1,
      comments: 0,
      project_details: { projects: [project], project_items: [{ id: 'I_1', project_number: 5 }] },
    })
    expect(answer.data[1]).toMatchObject({ number: 2, project_details: null })
    const unwanted = await searched('search_issues', [{ ...repository, ...WITHOUT_PROJECTS }], with1)
    expect(unwanted.left).not.toContain('graphql')
    const unseen = await searched('search_issues', [repository], { ...with1, scopes: ['repo'] })
    expect(unseen.left).not.toContain('graphql')
  })

  test('walks the pages, counts an issue once that moved between them, and stops at the part of a repository', async () => {
    const page = (query: URLSearchParams) => ({
      json: Array.from({ length: 100 }, (_, index) => itemOf(Number(query.get('page')) * 99 + index)),
      hasNext: true,
    })
    const names = Array.from({ length: 50 }, (_, index) => `octocat/repo-${index}`)
    const input = { ...WITHOUT_PROJECTS, repositories: names.slice(0, 25) }
    const rest = Object.fromEntries(names.map((name) => [`/repos/${name}/issues`, page]))
    const { answer, left } = await searched('search_issues', [input], { rest })
    expect(left).toHaveLength(25 * 2)
    expect(answer.meta).toMatchObject({ total: 25 * 199, truncated: true })
    const all = await searched('search_issues', [{ ...input, repositories: names }], { rest })
    expect(all.answer.meta).toMatchObject({ total: 50 * 100, truncated: true })
  })

  test('keeps no more text than can be kept', async () => {
    const long = (number: number) => itemOf(number, { body: 'x'.repeat(60_000) })
    const page = (query: URLSearchParams) => ({
      json: Array.from({ length: 100 }, (_, index) => long(Number(query.get('page')) * 100 + index)),
      hasNext: true,
    })
    const input = { ...WITHOUT_PROJECTS, repositories: ['octocat/hello'] }
    const { answer, left } = await searched('search_issues', [input], { rest: { [HELLO]: page } })
    expect(left).toHaveLength(2)
    expect(answer.meta.total).toBeGreaterThan(150)
    expect(answer.meta.total).toBeLessThan(170)
    expect(answer.meta.truncated).toBe(true)
  })

  test('one repository that cannot be read does not end it, and is named', async () => {
    const rest = {
      [HELLO]: { json: [itemOf(1)] },
      [WORLD]: { status: 410, json: { message: 'Issues are disabled for this repo' } },
      '/repos/octocat/law/issues': { status: 451, json: { message: 'Repository access blocked' } },
      '/repos/octocat/saml/issues': { status: 403, json: { message: 'Resource not accessible by integration' } },
    }
    const repositories = ['octocat/gone', 'octocat/hello', 'octocat/world', 'octocat/law', 'octocat/saml']
    const { answer } = await searched('search_issues', [{ ...WITHOUT_PROJECTS, repositories }], { rest })
    expect(numbersOf(answer)).toEqual([1])
    expect(answer.meta.errors).toEqual([
      {
        repository: 'octocat/gone',
        code: 'NOT_FOUND',
        message: expect.stringContaining('GitHub shows nothing of that name'),
        upstream: { status: 404, message: 'Not Found' },
      },
      {
        repository: 'octocat/world',
        code: 'NOT_FOUND',
        message: expect.stringContaining('Issues are switched off'),
        upstream: { status: 410, message: 'Issues are disabled for this repo' },
      },
      {
        repository: 'octocat/law',
        code: 'UPSTREAM_REFUSED',
        message: expect.stringContaining('legal reasons'),
        upstream: { status: 451, message: 'Repository access blocked' },
      },
      expect.objectContaining({ repository: 'octocat/saml', code: 'FORBIDDEN' }),
    ])
  })

  test('all that fail are a failure, and so is one that may pass, since it would be kept', async () => {
    const all = searched('search_issues', [{ repositories: ['octocat/gone', 'octocat/lost'] }], {})
    await expect(all).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const rest = { [HELLO]: { json: [itemOf(1)] }, [WORLD]: { status: 502, json: {} } }
    await expect(searched('search_issues', [BOTH], { rest })).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
    const refused = { [HELLO]: { json: [itemOf(1)] }, [WORLD]: { status: 401, json: {} } }
    await expect(searched('search_issues', [BOTH], { rest: refused })).rejects.toMatchObject({
      name: 'CredentialRefused',
    })
  })

  test('without repositories it looks at those that were pushed to last', async () => {
    const rest = {
      '/user/repos': { json: [{ full_name: 'octocat/hello' }], hasNext: true },
      [HELLO]: { json: [itemOf(1)] },
    }
    const { answer, left } = await searched('search_issues', [WITHOUT_PROJECTS], { rest })
    expect(left[0]).toBe('/user/repos?sort=pushed&per_page=20')
    expect(answer.meta).toMatchObject({ repositories: ['octocat/hello'], total: 1, truncated: true })
    const none = await searched('search_issues', [{ ...WITHOUT_PROJECTS, repositories: [] }], {
      rest: { '/user/repos': { json: [] } },
    })
    expect(none.answer).toMatchObject({ data: [], meta: { repositories: [], total: 0, errors: [] } })
  })

  test('takes names with their owner, each once in whatever case', async () => {
    const repositories = ['octocat/hello', 'Octocat/Hello']
    const { left } = await searched('search_issues', [{ ...WITHOUT_PROJECTS, repositories }], {
      rest: { '/repos/Octocat/Hello/issues': { json: [] } },
    })
    expect(left).toHaveLength(1)
    for (const name of ['hello', 'a/b/c', 'a b/c', 'a/']) {
      await expect(searched('search_issues', [{ repositories: [name] }], {})).rejects.toMatchObject({
        code: 'INVALID_PARAMETERS',
      })
    }
  })
})

test('counts are by whatever a name is', () => {
  const counts = countsOf(['a', '__proto__', 'b', 'b', null, undefined, '__proto__', '__proto__'], 2)
  expect(Object.entries(counts)).toEqual([
    ['__proto__', 3],
    ['b', 2],
  ])
  const gathered = { repositories: [], items: [], errors: [], truncated: false }
  expect(searchResult(gathered, [{ a: 1 }], { members: ['b'], summaries: {} }).data).toEqual([{ b: null }])
})
