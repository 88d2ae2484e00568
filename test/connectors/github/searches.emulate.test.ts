import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../src/base/json.js'
import { github } from '../../../src/connectors/github/index.js'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { path } from '../../../src/http/path.js'
import { createSend } from '../../../src/http/send.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { connectTo, credentialOf, testCall } from '../harness.js'

// What the emulator lacks stays with GitHub's description: projects and other things of GraphQL.
const SEED = {
  tokens: { gh_octocat: { login: 'octocat', scopes: ['repo'] } },
  github: {
    users: [{ login: 'nobody' }, { login: 'octocat' }],
    repos: [
      { owner: 'octocat', name: 'hello', auto_init: true },
      { owner: 'octocat', name: 'world', auto_init: true },
    ],
  },
}
const BOTH = ['octocat/hello', 'octocat/world']

if (noEmulator) process.stderr.write(`GitHub's searches are not emulated: ${noEmulator}.\n`)

describe.skipIf(noEmulator)('the searches of github against its emulator', () => {
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
  let emulator: Emulator
  const connect = () =>
    connectTo({ ...github, baseUrl: emulator.origin }, send, () => credentialOf(github, { accessToken: 'gh_octocat' }))
  const run = async (name: string, input: object) => {
    const action = github.byName.get(name) ?? expect.fail(name)
    const call = testCall({ account: { identifier: 'octocat', scopes: ['repo'] } })
    const result = await action.prepare(input)(connect(), call)
    return 'data' in result ? { data: result.data as JsonObject[], meta: result.meta } : expect.fail('a file')
  }

  beforeAll(async () => {
    emulator = await startEmulator('github', SEED)
    const { post, put, get } = connect()
    for (const repo of ['hello', 'world']) await post(path`/repos/octocat/${repo}/issues`, { title: `Of ${repo}` })
    await post(path`/repos/octocat/hello/issues`, { title: 'Labelled', labels: ['bug'], assignees: ['octocat'] })
    const main = (await get(path`/repos/octocat/hello/branches/main`)) as { commit: { sha: string } }
    await post(path`/repos/octocat/hello/git/refs`, { ref: 'refs/heads/change', sha: main.commit.sha })
    const content = Buffer.from('text').toString('base64')
    await put(path`/repos/octocat/hello/contents/a.txt`, { message: 'Add a file', content, branch: 'change' })
    await post(path`/repos/octocat/hello/pulls`, { title: 'A change', head: 'change', base: 'main' })
  })
  afterAll(async () => {
    await send.close()
    await emulator?.stop()
  })

  test('search_issues has the issues of both repositories, and no pull request', async () => {
    const { data, meta } = await run('search_issues', { repositories: [...BOTH, 'octocat/none'], summarize: true })
    expect(data.map(({ repository, title }) => [repository, title]).sort()).toEqual([
      ['octocat/hello', 'Labelled'],
      ['octocat/hello', 'Of hello'],
      ['octocat/world', 'Of world'],
    ])
    expect(data.find(({ title }) => title === 'Labelled')).toMatchObject({
      creator: 'octocat',
      labels: ['bug'],
      assignee: 'octocat',
      state: 'open',
      comments: 0,
    } satisfies Record<string, Json>)
    expect(meta).toMatchObject({
      total: 3,
      creator_summary: { octocat: 3 },
      assignee_summary: { octocat: 1 },
      errors: [{ repository: 'octocat/none', code: 'NOT_FOUND' }],
    })
    expect((await run('search_issues', { labels: ['bug'] })).data).toHaveLength(1)
  })

  test('search_pull_requests and search_commits find what was changed', async () => {
    expect(await run('search_pull_requests', { repositories: BOTH })).toMatchObject({
      data: [{ repository: 'octocat/hello', title: 'A change', author: 'octocat', state: 'open', merged_at: null }],
      meta: { total: 1, errors: [] },
    })
    const { data } = await run('search_commits', { repositories: ['octocat/hello'] })
    // The emulator counts the commit that the branch begins at, too.
    expect(data[0]).toMatchObject({ message: 'Add a file', repository: 'octocat/hello', pr_state: 'open' })
  })
})
