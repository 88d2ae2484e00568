import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import type { Exchange } from '../harness.js'
import { act, refused } from './acting.js'

const PERIOD = { since: '2026-01-01', until: '2026-01-31' }
const [SINCE, UNTIL] = ['2026-01-01T00:00:00Z', '2026-01-31T23:59:59Z']
const IN_PERIOD = `${SINCE}..${UNTIL}`
const INPUT = { name: 'Octocat', ...PERIOD }

const person: Exchange = { request: 'GET /users/Octocat', response: { login: 'octocat', name: 'Mona' } }
const match = (repository: string) => ({ repository_url: `https://api.github.com/repos/${repository}` })
const search = (q: string, repositories: string[], more: Record<string, Json> = {}): Exchange => ({
  request: 'GET /search/issues',
  query: { q, per_page: '100' },
  response: { total_count: repositories.length, incomplete_results: false, items: repositories.map(match), ...more },
})
const searches = (
  where: string,
  [opened, merged, issues]: [string[], string[], string[]],
  more?: Record<string, Json>,
) => [
  search(`is:pr author:octocat${where} created:${IN_PERIOD}`, opened, more),
  search(`is:pr is:merged author:octocat${where} merged:${IN_PERIOD}`, merged),
  search(`is:issue author:octocat${where} created:${IN_PERIOD}`, issues),
]
const commits = (repository: string, pages: number): Exchange => {
  const request = `GET /repos/${repository}/commits`
  const query = { author: 'octocat', since: SINCE, until: UNTIL, page: '1', per_page: '1' }
  const last = `<https://api.github.com/repositories/1/commits?page=${pages}>; rel="last", <https://api.github.com/repositories/1/commits?page=2>; rel="next"`
  if (pages > 1) return { request, query, response: [{}], responseHeaders: { link: last } }
  return { request, query, response: pages === 1 ? [{}] : [] }
}
/** The last page is fetched to count what is on it. */
const lastPage = (page: number): Exchange => ({
  request: 'GET /repositories/1/commits',
  query: { page: String(page) },
  response: [{}],
  linked: true,
})

describe('search_contributions', () => {
  test('counts in the repositories that are named', async () => {
    const named = { ...INPUT, repositories: ['octo-org/App', 'octo-org/docs', 'octo-org/empty'] }
    const where = ' repo:octo-org/App repo:octo-org/docs repo:octo-org/empty'
    const { data, meta } = await act('search_contributions', named, [
      person,
      ...searches(where, [['octo-org/app', 'octo-org/app'], ['octo-org/app'], []]),
      commits('octo-org/App', 0),
      commits('octo-org/docs', 1),
      { ...commits('octo-org/empty', 0), status: 409, response: { message: 'Git Repository is empty.' } },
    ])
    expect(data).toEqual({
      username: 'octocat',
      user_display_name: 'Mona',
      period_start: SINCE,
      period_end: UNTIL,
      total_commits: 1,
      total_prs_created: 2,
      total_prs_merged: 1,
      total_issues_created: 0,
      total_repositories: 2,
      repositories: ['octo-org/App', 'octo-org/docs'],
    })
    expect(meta).toBeNull()
  })

  test('counts commits where a pull request or an issue was found', async () => {
    const { data, meta } = await act('search_contributions', INPUT, [
      person,
      ...searches('', [['a/b'], [], ['c/d', 'a/b']]),
      commits('a/b', 12),
      commits('c/d', 0),
      lastPage(12),
    ])
    expect(data).toMatchObject({ total_commits: 12, total_issues_created: 2, repositories: ['a/b', 'c/d'] })
    expect(meta).toBeNull()
  })

  test('says that there are more repositories than it looked at', async () => {
    const { data, meta } = await act('search_contributions', INPUT, [
      person,
      ...searches('', [['a/b'], [], []], { total_count: 400 }),
      commits('a/b', 1),
    ])
    expect(data).toMatchObject({ total_prs_created: 400, total_repositories: 1 })
    expect(meta).toEqual({ truncated: true })
  })

  test('nobody of that name is an error', async () => {
    const nobody = { ...person, status: 404, response: { message: 'Not Found' } }
    expect(await refused('search_contributions', INPUT, nobody)).toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each([
    { name: 'octocat' },
    { ...INPUT, since: 'yesterday' },
    { ...INPUT, repositories: ['hello'] },
    { ...INPUT, repositories: ['a/b is:open'] },
    { ...INPUT, repositories: Array(51).fill('a/b') },
  ])('sends nothing for %j', async (input) => {
    expect(await refused('search_contributions', input)).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})
