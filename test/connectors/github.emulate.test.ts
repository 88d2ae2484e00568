import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../src/base/json.js'
import { github } from '../../src/connectors/github.js'
import { createEgressPolicy } from '../../src/http/egress.js'
import { path } from '../../src/http/path.js'
import { createSend } from '../../src/http/send.js'
import { createHttpUpstream } from '../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'
import { type Emulator, noEmulator, startEmulator } from './emulator.js'

// What the emulator lacks stays with the request oracle: the scopes in `x-oauth-scopes`, ending a grant, and `since` of
// comments, which it ignores.
const SEED = {
  tokens: { gh_octocat: { login: 'octocat', scopes: ['repo'] }, gh_hubot: { login: 'hubot', scopes: ['repo'] } },
  github: {
    users: [{ login: 'nobody' }, { login: 'octocat' }, { login: 'hubot' }],
    repos: [
      { owner: 'octocat', name: 'hello', language: 'JavaScript', auto_init: true },
      { owner: 'octocat', name: 'empty', auto_init: false },
      { owner: 'octocat', name: 'secret', private: true, auto_init: true },
    ],
  },
}
const REPO = { owner: 'octocat', repo: 'hello' }

if (noEmulator) process.stderr.write(`GitHub is not emulated: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('github against its emulator', () => {
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
  const signal = new AbortController().signal
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator('github', SEED)
  })
  afterAll(async () => {
    await send.close()
    await emulator?.stop()
  })

  const connect = (accessToken: string): Upstream =>
    createHttpUpstream({
      send,
      baseUrl: emulator.origin,
      headers: github.headers ?? {},
      authorize: () => github.authorize?.({ accessToken, configuration: {} }) ?? {},
      signal,
    })

  const run = async (name: string, input: unknown, accessToken = 'gh_octocat') => {
    const action = github.byName.get(name) ?? expect.fail(name)
    const result = await action.prepare(input)(connect(accessToken), {
      identifier: null,
      account: null,
      readOnly: false,
      caller: 'somebody',
      signal,
    })
    return 'data' in result ? result : expect.fail('a file')
  }
  const object = ({ data }: { data: Json }): JsonObject => data as JsonObject
  const list = ({ data }: { data: Json }): JsonObject[] => data as JsonObject[]
  const newIssue = async (title: string): Promise<{ owner: string; repo: string; issue_number: number }> => {
    const { number } = object(await run('create_issue', { ...REPO, title }))
    return { ...REPO, issue_number: Number(number) }
  }

  test('the account is who the token belongs to', async () => {
    expect(await github.account?.(connect('gh_octocat'), {})).toMatchObject({ identifier: 'octocat' })
    expect(await github.account?.(connect('gh_hubot'), {})).toMatchObject({ identifier: 'hubot' })
  })

  test('create_issue opens it in the name of the account', async () => {
    const input = { ...REPO, title: 'Broken', body: 'It is.', labels: ['bug'], assignees: ['octocat'] }
    expect(object(await run('create_issue', input))).toMatchObject({
      title: 'Broken',
      body: 'It is.',
      state: 'open',
      user: { login: 'octocat' },
      labels: [{ name: 'bug' }],
      assignees: [{ login: 'octocat' }],
    })
  })

  test('a comment is written in the name of the account, and listed', async () => {
    const issue = await newIssue('To be discussed')
    const written = object(await run('add_issue_comment', { ...issue, body: 'Fine by me' }))
    expect(written).toMatchObject({ body: 'Fine by me', user: { login: 'octocat' } })
    const { data, meta } = await run('list_issues_comments', issue)
    expect(data).toMatchObject([{ id: written.id ?? 0, body: 'Fine by me' }])
    expect(meta).toMatchObject({ total: 1, total_page: 1, has_next: false, has_prev: false })
  })

  test('list_issues_comments orders, bounds and pages', async () => {
    const issue = await newIssue('Long')
    for (const body of ['1', '2', '3', '4', '5']) await run('add_issue_comment', { ...issue, body })
    const bodies = async (more: object) =>
      list(await run('list_issues_comments', { ...issue, ...more })).map(({ body }) => body)
    expect(await bodies({ direction: 'asc' })).toEqual(['1', '2', '3', '4', '5'])
    expect(await bodies({ direction: 'asc', per_page: 2, page: 2 })).toEqual(['3', '4'])
    expect(await bodies({ per_page: 2, page: 2 })).toEqual(['3', '2'])
    expect(await bodies({ created_at_to: '2001-01-01' })).toEqual([])
    expect(await bodies({ updated_at_from: '2001-01-01' })).toHaveLength(5)
    const { meta } = await run('list_issues_comments', { ...issue, direction: 'asc', per_page: 2, page: 2 })
    // Counted by also fetching the last page.
    expect(meta).toEqual({ page: 2, limit: 2, total: 5, total_page: 3, has_next: true, has_prev: true })
  })

  test('list_commits', async () => {
    const { data, meta } = await run('list_commits', REPO)
    expect(data).toMatchObject([{ commit: { message: expect.any(String) } }])
    expect(meta).toMatchObject({ total: 1, total_page: 1, has_next: false })
    expect((await run('list_commits', { ...REPO, until: '2001-01-01' })).data).toEqual([])
    expect((await run('list_commits', { ...REPO, since: '2001-01-01', sha: 'main' })).data).toHaveLength(1)
    expect(await run('list_commits', { owner: 'octocat', repo: 'empty' })).toMatchObject({
      data: [],
      meta: { total: 0, has_next: false },
    })
  })

  test('list_releases', async () => {
    const { post } = connect('gh_octocat')
    await post(path`/repos/${'octocat'}/${'hello'}/releases`, { tag_name: 'v1.0.0', name: 'First', body: 'Notes' })
    const { data, meta } = await run('list_releases', REPO)
    expect(data).toMatchObject([{ tag_name: 'v1.0.0', body: 'Notes', author: { login: 'octocat' } }])
    expect(meta).toMatchObject({ page: 1, limit: 30, total: 1 })
  })

  test('list_contributors', async () => {
    const { data, meta } = await run('list_contributors', { ...REPO, anon: true })
    expect(data).toMatchObject([{ login: 'octocat', contributions: 1 }])
    expect(meta).toMatchObject({ total: 1 })
  })

  test('list_languages', async () => {
    expect(object(await run('list_languages', REPO))).toHaveProperty('JavaScript')
  })

  test('github_search_issue', async () => {
    await newIssue('Zebra one')
    await newIssue('Zebra two')
    const found = await run('github_search_issue', {
      query: 'zebra repo:octocat/hello',
      sort: 'created',
      order: 'asc',
      per_page: 1,
    })
    expect(found.data).toMatchObject([{ title: 'Zebra one' }])
    expect(found.meta).toEqual({
      page: 1,
      limit: 1,
      total: 2,
      total_page: 2,
      has_next: true,
      has_prev: false,
      incomplete_results: false,
    })
  })

  test.each([
    ['list_languages', { owner: 'octocat', repo: 'absent' }],
    ['list_commits', { owner: 'octocat', repo: 'hello/../secret' }],
    ['list_issues_comments', { ...REPO, issue_number: 99_999 }],
  ])('%s of what is not there', async (action, input) => {
    await expect(run(action, input)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { upstream: { status: 404 } },
    })
  })

  test("somebody else's private repository is closed", async () => {
    const secret = { owner: 'octocat', repo: 'secret' }
    await expect(run('list_languages', secret)).resolves.toBeTruthy()
    // GitHub itself says 404.
    await expect(run('list_languages', secret, 'gh_hubot')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })
})
