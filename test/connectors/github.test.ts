import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../src/base/json.js'
import { github } from '../../src/connectors/github/index.js'
import { type Exchange, play, script } from './harness.js'
import { GITHUB_REST, openApiOracle } from './oracle.js'

const oracle = await openApiOracle(GITHUB_REST)
const act = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  play(github, action, input, exchanges, { oracle })
const refused = (action: string, input: unknown, exchanges?: Exchange | Exchange[]) =>
  act(action, input, exchanges).then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

const REPO = { owner: 'octocat', repo: 'hello' }
const ISSUE = { ...REPO, issue_number: 7 }
const link = (path: string, pages: Record<string, number>): Record<string, string> => ({
  link: Object.entries(pages)
    .map(([rel, page]) => `<https://api.github.com${path}?page=${page}>; rel="${rel}"`)
    .join(', '),
})

describe('create_issue', () => {
  const request = 'POST /repos/octocat/hello/issues'
  test('sends what was given and nothing else', async () => {
    const result = await act(
      'create_issue',
      { ...REPO, title: 'Broken' },
      { request, content: { title: 'Broken' }, status: 201, response: { number: 8 } },
    )
    expect(result).toEqual({ data: { number: 8 }, meta: null })
    const whole = { title: 'Broken', body: 'It is.', assignees: ['hubot'], milestone: 3, labels: ['bug, urgent'] }
    await act('create_issue', { ...REPO, ...whole }, { request, content: whole, status: 201, response: {} })
  })
  test('is refused where issues are switched off', async () => {
    const exchange = { request, content: { title: 'x' }, status: 410, response: { message: 'Issues are disabled' } }
    expect(await refused('create_issue', { ...REPO, title: 'x' }, exchange)).toMatchObject({
      code: 'NOT_FOUND',
      retryable: false,
      details: { upstream: { status: 410, message: 'Issues are disabled' } },
    })
  })
  test.each([{ ...REPO }, { ...REPO, title: '' }, { ...REPO, title: 'x', owner: '..' }, { ...REPO, title: 'x', a: 1 }])(
    'sends nothing for %j',
    async (input) => {
      expect(await refused('create_issue', input)).toMatchObject({ code: 'INVALID_PARAMETERS' })
    },
  )
})

describe('add_issue_comment', () => {
  const request = 'POST /repos/octocat/hello/issues/7/comments'
  test('sends the text', async () => {
    const exchange = { request, content: { body: 'Thanks' }, status: 201, response: { id: 1 } }
    expect(await act('add_issue_comment', { ...ISSUE, body: 'Thanks' }, exchange)).toMatchObject({ data: { id: 1 } })
  })
  test('is refused on a locked issue', async () => {
    const exchange = { request, content: { body: 'x' }, status: 403, response: { message: 'Issue is locked' } }
    expect(await refused('add_issue_comment', { ...ISSUE, body: 'x' }, exchange)).toMatchObject({ code: 'FORBIDDEN' })
  })
  test.each([{ issue_number: 0 }, { issue_number: 1.5 }, { issue_number: '7' }, { body: '' }])(
    'sends nothing for %j',
    async (wrong) => {
      const error = await refused('add_issue_comment', { ...ISSUE, body: 'x', ...wrong })
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
    },
  )
})

describe('list_issues_comments', () => {
  const request = 'GET /repos/octocat/hello/issues/7/comments'
  const comment = (id: number, created_at: string, updated_at = created_at) => ({ id, created_at, updated_at })
  const COMMENTS = [
    comment(1, '2026-01-01T10:00:00Z'),
    comment(2, '2026-01-02T10:00:00Z', '2026-01-09T10:00:00Z'),
    comment(3, '2026-01-03T10:00:00Z'),
    comment(4, '2026-01-03T10:00:00Z', '2026-01-04T00:00:00Z'),
    comment(5, '2026-01-05T10:00:00Z'),
  ]
  const whole = (response: Json = COMMENTS, since?: string): Exchange => ({
    request,
    query: { per_page: '100', page: '1', ...(since ? { since } : {}) },
    response,
  })
  const ids = ({ data }: { data: Json }) => (data as { id: number }[]).map(({ id }) => id)

  test('gives the newest first', async () => {
    const result = await act('list_issues_comments', ISSUE, whole())
    expect(ids(result)).toEqual([5, 4, 3, 2, 1])
    expect(result.meta).toEqual({ page: 1, limit: 30, total: 5, total_page: 1, has_next: false, has_prev: false })
  })

  test('leaves the oldest first to GitHub', async () => {
    const exchange = { request, query: { per_page: '30', page: '1' }, response: COMMENTS }
    expect(ids(await act('list_issues_comments', { ...ISSUE, direction: 'asc' }, exchange))).toEqual([1, 2, 3, 4, 5])
  })

  test.each<[Record<string, Json>, number[]]>([
    [{ order_by: 'updated_at' }, [2, 5, 4, 3, 1]],
    [{ order_by: 'updated_at', direction: 'asc' }, [1, 3, 4, 5, 2]],
    [{ created_at_to: '2026-01-02' }, [2, 1]],
    [{ created_at_to: '2026-01-02T09:59:59Z' }, [1]],
    [{ created_at_to: '2026-01-03T10:00:00Z', direction: 'asc' }, [1, 2, 3, 4]],
    [{ updated_at_to: '2026-01-04T01:00:00+01:00' }, [4, 3, 1]],
    [{ updated_at_to: '2026-01-03' }, [3, 1]],
    [{ per_page: 2, page: 2 }, [3, 2]],
    [{ per_page: 2, page: 3 }, [1]],
    [{ per_page: 2, page: 4 }, []],
  ])('%j', async (input, expected) => {
    expect(ids(await act('list_issues_comments', { ...ISSUE, force_new: true, ...input }, whole()))).toEqual(expected)
  })

  test.each<[Record<string, Json>, string, number[]]>([
    [{ updated_at_from: '2026-01-05' }, '2026-01-05T00:00:00Z', [5, 2]],
    [{ created_at_from: '2026-01-03' }, '2026-01-03T00:00:00Z', [5, 4, 3]],
    [{ created_at_from: '2026-01-02', updated_at_from: '2026-01-06' }, '2026-01-06T00:00:00Z', [2]],
    [{ created_at_from: '2026-01-04', updated_at_from: '2026-01-02' }, '2026-01-04T00:00:00Z', [5]],
    [{ created_at_from: '2026-01-03', created_at_to: '2026-01-04' }, '2026-01-03T00:00:00Z', [4, 3]],
  ])('%j narrows by since', async (input, since, expected) => {
    expect(ids(await act('list_issues_comments', { ...ISSUE, ...input }, whole(COMMENTS, since)))).toEqual(expected)
  })

  test('a page in the middle has neighbours', async () => {
    const { meta } = await act('list_issues_comments', { ...ISSUE, per_page: 2, page: 2 }, whole())
    expect(meta).toEqual({ page: 2, limit: 2, total: 5, total_page: 3, has_next: true, has_prev: true })
  })

  /** Requests of 100 by page number, out of `last` full pages. */
  const walked = (numbers: number[], last: number): Exchange[] =>
    numbers.map((page) => ({
      request,
      query: { per_page: '100', page: String(page) },
      responseHeaders: page < last ? link('/repositories/1/issues/7/comments', { next: page + 1, last }) : {},
      response: Array.from({ length: 100 }, (_, index) => {
        const id = (page - 1) * 100 + index + 1
        return comment(id, new Date(Date.UTC(2026, 0, 1) + id * 60_000).toISOString().replace('.000', ''))
      }),
    }))

  test('orders across GitHub pages', async () => {
    const result = await act('list_issues_comments', { ...ISSUE, per_page: 3 }, walked([1, 2, 3], 3))
    expect(ids(result)).toEqual([300, 299, 298])
    expect(result.meta).toMatchObject({ total: 300, total_page: 100, has_next: true })
  })

  test('of more than a thousand looks at the newest, and says so', async () => {
    const exchanges = walked([1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], 13)
    const result = await act('list_issues_comments', { ...ISSUE, per_page: 2 }, exchanges)
    expect(ids(result)).toEqual([1300, 1299])
    expect(result.meta).toEqual({ page: 1, limit: 2, truncated: true, has_next: true, has_prev: false })
  })

  test('of more than a thousand looks at the oldest for the other direction', async () => {
    const input = { ...ISSUE, per_page: 2, page: 500, direction: 'asc', order_by: 'updated_at' }
    const result = await act('list_issues_comments', input, walked([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 13))
    expect(ids(result)).toEqual([999, 1000])
    expect(result.meta).toEqual({ page: 500, limit: 2, truncated: true, has_next: false, has_prev: true })
  })

  test('pages together are the whole list, once', async () => {
    const time = fc.integer({ min: 0, max: 20 }).map((day) => `2026-01-${String(day + 1).padStart(2, '0')}T00:00:00Z`)
    const comments = fc
      .array(fc.tuple(time, time), { maxLength: 30 })
      .map((times) => times.map(([created, updated], id) => comment(id, created, updated)))
    const input = fc.record({
      per_page: fc.integer({ min: 1, max: 8 }),
      order_by: fc.constantFrom('created_at' as const, 'updated_at' as const),
    })
    await fc.assert(
      fc.asyncProperty(comments, input, async (all, { per_page, order_by }) => {
        const seen: number[] = []
        for (let page = 1, more = true; more; page++) {
          const result = await play(github, 'list_issues_comments', { ...ISSUE, per_page, order_by, page }, whole(all))
          seen.push(...ids(result))
          more = result.meta?.has_next === true
        }
        expect(seen.toSorted((a, b) => a - b)).toEqual(all.map(({ id }) => id))
        const times = seen.map((id) => all[id]?.[order_by] ?? '')
        expect(times).toEqual(times.toSorted().reverse())
      }),
      { numRuns: 50 },
    )
  })

  test('refuses what is no date, before anything is sent', async () => {
    const error = await refused('list_issues_comments', { ...ISSUE, created_at_from: 'last week' })
    expect(error).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'created_at_from', message: 'is not an ISO 8601 date or date-time' }] },
    })
  })

  test('is refused for an issue that is not there', async () => {
    const exchange = { ...whole({ message: 'Not Found' }), status: 404 }
    expect(await refused('list_issues_comments', ISSUE, exchange)).toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('list_commits', () => {
  const request = 'GET /repos/octocat/hello/commits'
  test('sends filters and normalised dates', async () => {
    const input = {
      ...REPO,
      sha: 'feature/x',
      path: 'src/a b.ts',
      author: 'octocat',
      committer: 'web-flow',
      since: '2026-01-01',
      until: '2026-01-31',
      per_page: 2,
      page: 3,
    }
    const shown: Exchange = {
      request,
      query: {
        sha: 'feature/x',
        path: 'src/a b.ts',
        author: 'octocat',
        committer: 'web-flow',
        since: '2026-01-01T00:00:00Z',
        until: '2026-01-31T23:59:59Z',
        per_page: '2',
        page: '3',
      },
      response: [{ sha: 'a' }, { sha: 'b' }],
      responseHeaders: link('/repositories/1/commits', { next: 4, last: 9 }),
    }
    const last: Exchange = {
      request: 'GET /repositories/1/commits',
      query: { page: '9' },
      response: [{ sha: 'z' }],
      linked: true,
    }
    const result = await act('list_commits', input, [shown, last])
    expect(result).toEqual({
      data: [{ sha: 'a' }, { sha: 'b' }],
      meta: { page: 3, limit: 2, total: 17, total_page: 9, has_next: true, has_prev: true },
    })
  })
  test('an empty repository has no commits', async () => {
    const exchange = {
      request,
      query: { per_page: '30', page: '1' },
      status: 409,
      response: { message: 'Git Repository is empty.' },
    }
    expect(await act('list_commits', REPO, exchange)).toEqual({
      data: [],
      meta: { page: 1, limit: 30, total: 0, total_page: 0, has_next: false, has_prev: false },
    })
  })
  test('an account that was revoked must be linked again', async () => {
    const exchange = { request, query: { per_page: '30', page: '1' }, status: 401, response: { message: 'Bad' } }
    expect(await refused('list_commits', REPO, exchange)).toMatchObject({ name: 'CredentialRefused' })
  })
})

describe('list_releases', () => {
  const exchange: Exchange = {
    request: 'GET /repos/octocat/hello/releases',
    query: { per_page: '5', page: '2' },
    response: [{ tag_name: 'v1' }],
  }
  test('gives the last page with its total', async () => {
    const result = await act('list_releases', { ...REPO, per_page: 5, page: 2 }, exchange)
    expect(result).toEqual({
      data: [{ tag_name: 'v1' }],
      meta: { page: 2, limit: 5, total: 6, total_page: 2, has_next: false, has_prev: true },
    })
  })
  test('waits when GitHub says so', async () => {
    const limited = { ...exchange, status: 429, response: {}, responseHeaders: { 'retry-after': '30' } }
    expect(await refused('list_releases', { ...REPO, per_page: 5, page: 2 }, limited)).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfterSeconds: 30,
    })
  })
  test.each([{ per_page: 0 }, { per_page: 101 }, { page: 0 }])('sends nothing for %j', async (wrong) => {
    expect(await refused('list_releases', { ...REPO, ...wrong })).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})

describe('list_contributors', () => {
  const request = 'GET /repos/octocat/hello/contributors'
  const query = { per_page: '30', page: '1' }
  test.each([
    [{}, query],
    [{ anon: false }, query],
    [{ anon: true }, { ...query, anon: 'true' }],
  ])('%j', async (input, sent) => {
    const exchange = { request, query: sent, response: [{ login: 'octocat', contributions: 3 }] }
    const { data, meta } = await act('list_contributors', { ...REPO, ...input }, exchange)
    expect(data).toEqual([{ login: 'octocat', contributions: 3 }])
    expect(meta).toMatchObject({ total: 1, has_next: false })
  })
  test('an empty repository has none', async () => {
    expect(await act('list_contributors', REPO, { request, query, status: 204 })).toMatchObject({ data: [] })
  })
  test('a history too long to count is refused', async () => {
    const message = 'The history or contributor list is too large to list contributors for this repository via the API.'
    const exchange = { request, query, status: 403, response: { message } }
    expect(await refused('list_contributors', REPO, exchange)).toMatchObject({
      code: 'FORBIDDEN',
      details: { upstream: { message } },
    })
  })
})

describe('list_languages', () => {
  test('keeps the names as they are', async () => {
    const languages = { 'Jupyter Notebook': 5, C: 1, 'F#': 2 }
    const exchange = { request: 'GET /repos/octocat/hello/languages', response: languages }
    expect(await act('list_languages', REPO, exchange)).toEqual({ data: languages, meta: null })
  })
  test('is refused for a repository that is not there, whatever its name', async () => {
    const exchange = { request: 'GET /repos/octocat/a%2Fb%3Fc/languages', status: 404, response: {} }
    expect(await refused('list_languages', { owner: 'octocat', repo: 'a/b?c' }, exchange)).toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('github_search_issue', () => {
  const request = 'GET /search/issues'
  const answer = { total_count: 2345, incomplete_results: false, items: [{ number: 1 }] }
  const query = { q: 'login is:issue', order: 'desc', page: '1', per_page: '30' }

  test('gives the items, and how many there are', async () => {
    const exchange = {
      request,
      query: { ...query, sort: 'reactions-+1' },
      response: answer,
      responseHeaders: link('/search/issues', { next: 2, last: 34 }),
    }
    const result = await act('github_search_issue', { query: 'login', sort: 'reactions-+1' }, exchange)
    expect(result).toEqual({
      data: [{ number: 1 }],
      meta: {
        page: 1,
        limit: 30,
        total: 2345,
        total_page: 34,
        has_next: true,
        has_prev: false,
        incomplete_results: false,
      },
    })
  })

  test('sort must be named, and null leaves it to GitHub', async () => {
    await act('github_search_issue', { query: 'login', sort: null }, { request, query, response: answer })
    expect(await refused('github_search_issue', { query: 'login' })).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test.each([
    ['is:issue login', false],
    ['login IS:PR', false],
    ['(is:pull-request OR is:issue) x', false],
    ['type:issue x', false],
    ['type:"pr" x', false],
    ['login', true],
    ['-is:pr', true],
    ['is:open', true],
    ['type:bug', true],
    ['is:issues-are-fun', true],
    ['this:issue', true],
  ])('%j gets is:issue: %j', async (text, added) => {
    const sent = { ...query, q: added ? `${text} is:issue` : text }
    await act('github_search_issue', { query: text, sort: null }, { request, query: sent, response: answer })
  })

  test('tells what is wrong with a query', async () => {
    const response = {
      message: 'Validation Failed',
      errors: [{ message: 'The listed users cannot be searched', resource: 'Search', field: 'q', code: 'invalid' }],
    }
    const exchange = { request, query, status: 422, response }
    expect(await refused('github_search_issue', { query: 'login', sort: null }, exchange)).toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { upstream: { message: 'Validation Failed; The listed users cannot be searched' } },
    })
  })
})

describe('linking', () => {
  const user = { request: 'GET /user', response: { login: 'octocat', id: 1 } }
  const account = (exchange: Exchange, options = {}) =>
    script(github, exchange, { oracle, ...options }, (connect) => github.account?.(connect(), {}) ?? expect.fail())

  test('the account is the login, with its number, which stays, and the scopes GitHub names', async () => {
    const exchange = { ...user, responseHeaders: { 'x-oauth-scopes': 'repo, read:org' } }
    expect(await account(exchange)).toEqual({ identifier: 'octocat', id: '1', scopes: ['repo', 'read:org'] })
    expect(await account({ ...user, responseHeaders: { 'x-oauth-scopes': '' } })).toEqual({
      identifier: 'octocat',
      id: '1',
      scopes: [],
    })
    // A fine-grained token names none.
    expect(await account(user)).toEqual({ identifier: 'octocat', id: '1' })
    expect(await account({ ...user, response: { login: 'octocat' } })).toEqual({ identifier: 'octocat' })
  })

  test('a configured token is used like a granted one', async () => {
    const exchange = { ...user, headers: { authorization: 'Bearer ghp_x' } }
    await account(exchange, { accessToken: null, configuration: { token: 'ghp_x' } })
  })

  test('a wrong token is refused', async () => {
    const linked = account({ ...user, status: 401, response: { message: 'Bad credentials' } })
    await expect(linked).rejects.toMatchObject({ name: 'CredentialRefused' })
  })

  test('an answer without a login is refused', async () => {
    await expect(account({ ...user, response: { id: 1 } })).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['https://github.acme.example/api/v3', 'https://github.acme.example'],
  ])('a token is made on the pages of the same installation: %s', (api, site) => {
    expect(github.auth.custom?.pages?.(api).map(({ href }) => href)).toEqual([
      `${site}/settings/tokens/new?scopes=repo,project,read:user,read:org&description=connectors-mcp`,
      `${site}/settings/personal-access-tokens/new?name=connectors-mcp&contents=read&issues=write&pull_requests=read&metadata=read`,
    ])
  })

  test('a grant is ended in the name of the OAuth client', async () => {
    const exchange = {
      request: 'DELETE /applications/Iv1.abc/grant',
      content: { access_token: 'gho_x' },
      headers: { authorization: `Basic ${Buffer.from('Iv1.abc:s3cret').toString('base64')}` },
      status: 204,
    }
    const grant = { accessToken: 'gho_x', clientId: 'Iv1.abc', clientSecret: 's3cret' }
    await script(github, exchange, { oracle }, (connect) => github.revoke?.(connect, grant) ?? expect.fail())
  })
})
