import { describe, expect, test } from 'vitest'
import { act, refused } from './acting.js'

const REPO = { owner: 'octocat', repo: 'hello' }

describe('list_collaborators', () => {
  const request = 'GET /repos/octocat/hello/collaborators'
  test('gives a page', async () => {
    const query = { affiliation: 'outside', permission: 'push', per_page: '2', page: '2' }
    const response = [{ login: 'mona', role_name: 'write' }]
    const input = { ...REPO, affiliation: 'outside', permission: 'push', per_page: 2, page: 2 }
    expect(await act('list_collaborators', input, { request, query, response })).toEqual({
      data: response,
      meta: { page: 2, limit: 2, total: 3, total_page: 2, has_next: false, has_prev: true },
    })
  })
  test('asks for all by default', async () => {
    const query = { affiliation: 'all', per_page: '30', page: '1' }
    await act('list_collaborators', REPO, { request, query, response: [] })
  })
  test('is refused without push access', async () => {
    const query = { affiliation: 'all', per_page: '30', page: '1' }
    const response = { message: 'Must have push access to view repository collaborators.' }
    expect(await refused('list_collaborators', REPO, { request, query, status: 403, response })).toMatchObject({
      code: 'FORBIDDEN',
    })
  })
})

describe('github_search_pr', () => {
  const request = 'GET /search/issues'
  const answer = { total_count: 1, incomplete_results: false, items: [{ number: 1 }] }
  test.each([
    ['review-requested:mona', 'review-requested:mona is:pr'],
    ['a OR b', '(a OR b) is:pr'],
    ['is:issue a', 'is:issue a'],
    ['is:merged', 'is:merged is:pr'],
  ])('%s', async (query, q) => {
    const exchange = { request, query: { q, order: 'desc', page: '1', per_page: '30' }, response: answer }
    const { data, meta } = await act('github_search_pr', { query, sort: null }, exchange)
    expect(data).toEqual([{ number: 1 }])
    expect(meta).toMatchObject({ total: 1, incomplete_results: false })
  })
})
