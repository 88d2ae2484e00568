import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/kit/index.js'
import { type Hub, searched } from './hub.js'

const HELLO = { repositories: ['octocat/hello'] }
const commitsAt = (number: number, repo = 'hello') => `/repos/octocat/${repo}/pulls/${number}/commits`

const commitOf = (
  sha: string,
  date: string,
  [name, login]: [string, string] = ['Ada Lovelace', 'ada'],
): JsonObject => ({
  sha,
  html_url: `https://github.com/octocat/hello/commit/${sha}`,
  commit: { message: `Message of ${sha}`, author: { name, email: `${login}@example.com`, date } },
  author: { login },
})

const LINUS: [string, string] = ['Linus', 'torvalds']
const hub: Hub = {
  rest: {
    '/search/issues': {
      json: {
        incomplete_results: false,
        items: [
          { number: 2, state: 'open' },
          { number: 1, state: 'closed' },
        ],
      },
    },
    [commitsAt(2)]: { json: [commitOf('b', '2026-02-02T00:00:00Z', LINUS), commitOf('a', '2026-01-01T10:00:00Z')] },
    [commitsAt(1)]: { json: [commitOf('a', '2026-01-01T10:00:00Z'), commitOf('c', '2026-03-03T00:00:00Z')] },
  },
}
const shasOf = ({ data }: { data: JsonObject[] }) => data.map(({ sha }) => sha)

describe('search_commits', () => {
  test('gathers the commits of pull requests that changed since, each once', async () => {
    const input = { ...HELLO, since: '2026-01-01', summarize: true }
    const { answer, left, pending } = await searched('search_commits', [input], hub)
    expect(left).toEqual([
      '/search/issues?q=repo:octocat/hello+is:pr+updated:>=2026-01-01T00:00:00Z&sort=updated&order=desc&per_page=100',
      `${commitsAt(2)}?per_page=100&page=1`,
      `${commitsAt(1)}?per_page=100&page=1`,
    ])
    expect(shasOf(answer)).toEqual(['c', 'b', 'a'])
    expect(answer.data[1]).toEqual({
      sha: 'b',
      message: 'Message of b',
      author_name: 'Linus',
      author_email: 'torvalds@example.com',
      author_date: '2026-02-02T00:00:00Z',
      html_url: 'https://github.com/octocat/hello/commit/b',
      repository: 'octocat/hello',
      pr_number: 2,
      pr_state: 'open',
    })
    expect(answer.meta).toEqual({
      repositories: ['octocat/hello'],
      total: 3,
      author_summary: { 'Ada Lovelace': 2, Linus: 1 },
      errors: [],
    })
    expect(pending).toEqual({ is_processing: true, repositories: ['octocat/hello'] })
  })

  test('answers filters and choices of members from one collection', async () => {
    const since = '2026-01-01T12:00:00Z'
    const filters = [
      {},
      { author: 'TORVALDS' },
      { author: 'ada@example.com' },
      { author: 'Ada Lovelace', until: '2026-03-02' },
      { until: '2026-02-02' },
      { fields: ['sha', 'pr_number'] },
    ]
    const inputs = filters.map((filter) => ({ ...HELLO, since, ...filter }))
    const { answers, left } = await searched('search_commits', inputs as never, hub)
    expect(answers.map(shasOf)).toEqual([['c', 'b'], ['b'], ['c'], [], ['b'], ['c', 'b']])
    expect(answers.at(-1)?.data).toEqual([
      { sha: 'c', pr_number: 1 },
      { sha: 'b', pr_number: 2 },
    ])
    expect(answers[0]?.meta.author_summary).toBeNull()
    expect(left).toHaveLength(3)
  })

  test('a summary has the five authors with the most commits', async () => {
    const commits = Array.from({ length: 7 }, (_, author) =>
      Array.from({ length: author + 1 }, (_, index) =>
        commitOf(`${author}-${index}`, '2026-01-01T00:00:00Z', [`Author ${author}`, `login-${author}`]),
      ),
    )
    const rest = {
      '/search/issues': { json: { items: [{ number: 1, state: 'open' }] } },
      [commitsAt(1)]: { json: commits.flat() },
    }
    const { answer } = await searched('search_commits', [{ ...HELLO, summarize: true }], { rest })
    expect(answer.meta.author_summary).toEqual({
      'Author 6': 7,
      'Author 5': 6,
      'Author 4': 5,
      'Author 3': 4,
      'Author 2': 3,
    })
    expect(answer.data).toHaveLength(28)
  })

  test('says where not all was looked at', async () => {
    const found = { items: [{ number: 1, state: 'open' }] }
    const commits = { json: [commitOf('a', '2026-01-01T10:00:00Z')] }
    for (const search of [{ json: found, hasNext: true }, { json: { ...found, incomplete_results: true } }]) {
      const rest = { '/search/issues': search, [commitsAt(1)]: commits }
      expect((await searched('search_commits', [HELLO], { rest })).answer.meta).toMatchObject({
        total: 1,
        truncated: true,
      })
    }
    const page = (query: URLSearchParams) => ({
      json: Array.from({ length: 100 }, (_, index) =>
        commitOf(`${query.get('page')}-${index}`, '2026-01-01T10:00:00Z'),
      ),
      hasNext: Number(query.get('page')) < 3,
    })
    const many = { '/search/issues': { json: found }, [commitsAt(1)]: page }
    const { answer } = await searched('search_commits', [HELLO], { rest: many })
    expect(answer.meta).toMatchObject({ total: 300 })
    expect(answer.meta).not.toHaveProperty('truncated')
    const repositories = Array.from({ length: 50 }, (_, index) => `octocat/repo-${index}`)
    const rests = repositories.map((name) => [`/repos/${name}/pulls/1/commits`, page])
    const fifty = await searched('search_commits', [{ repositories }], {
      rest: { '/search/issues': { json: found }, ...Object.fromEntries(rests) },
    })
    expect(fifty.answer.meta).toMatchObject({ total: 50 * 100, truncated: true })
    expect(fifty.left[0]).toContain('&per_page=10')
  })

  test('a repository that GitHub does not let anybody search is named', async () => {
    const message =
      'The listed users and repositories cannot be searched either because the resources do not exist or you do not have permission to view them.'
    const rest = {
      ...hub.rest,
      '/search/issues': (query: URLSearchParams) =>
        query.get('q')?.includes('octocat/gone')
          ? { status: 422, json: { message: 'Validation Failed', errors: [{ message, field: 'q', code: 'invalid' }] } }
          : { json: { items: [{ number: 1, state: 'closed' }] } },
    }
    const { answer } = await searched('search_commits', [{ repositories: ['octocat/gone', 'octocat/hello'] }], { rest })
    expect(shasOf(answer)).toEqual(['c', 'a'])
    expect(answer.meta.errors).toEqual([
      {
        repository: 'octocat/gone',
        code: 'NOT_FOUND',
        message: expect.stringContaining('GitHub shows nothing of that name'),
        upstream: { status: 422, message: expect.stringContaining('cannot be searched') },
      },
    ])
  })
})
