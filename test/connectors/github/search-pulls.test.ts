import { afterEach, describe, expect, test, vi } from 'vitest'
import { type HubAnswer, itemOf, numbersOf, searched } from './hub.js'

const PULLS = '/repos/octocat/hello/pulls'
const HELLO = { repositories: ['octocat/hello'] }
const NUMBERS = { ...HELLO, fields: ['number'] }

const pulls = (...json: ReturnType<typeof itemOf>[]): { rest: Record<string, HubAnswer> } => ({
  rest: { [PULLS]: { json } },
})

describe('search_pull_requests', () => {
  afterEach(() => void vi.useRealTimers())

  test('gathers the newest pull requests of each repository, flat', async () => {
    const merged = itemOf(1, { state: 'closed', draft: false, merged_at: '2026-01-03T00:00:00Z' })
    const { answer, left } = await searched('search_pull_requests', [{ ...HELLO, summarize: true }], {
      ...pulls(merged),
      scopes: ['repo'],
    })
    expect(left).toEqual([`${PULLS}?state=all&sort=created&direction=desc&per_page=100&page=1`])
    expect(answer).toEqual({
      data: [
        {
          repository: 'octocat/hello',
          number: 1,
          title: 'Item 1',
          author: 'ada',
          body: 'Text',
          state: 'closed',
          draft: false,
          url: 'https://github.com/octocat/hello/issues/1',
          labels: ['bug'],
          milestone: 'v2',
          assignee: 'grace',
          assignees: ['grace'],
          created_at: '2026-01-01T00:00:00Z',
          merged_at: '2026-01-03T00:00:00Z',
          updated_at: '2026-01-01T00:00:00Z',
          project_details: null,
        },
      ],
      meta: {
        repositories: ['octocat/hello'],
        total: 1,
        author_summary: { ada: 1 },
        assignee_summary: { grace: 1 },
        errors: [],
      },
    })
  })

  test('answers filters and orders from one collection', async () => {
    const list = [
      itemOf(3, { draft: true, created_at: '2026-03-01T00:00:00Z', updated_at: '2026-03-01T00:00:00Z' }),
      itemOf(2, { user: { login: 'linus' }, merged_at: '2026-02-03T00:00:00Z', created_at: '2026-02-01T00:00:00Z' }),
      itemOf(1, { labels: [], updated_at: '2026-04-01T00:00:00Z' }),
    ]
    const filters = [
      {},
      { direction: 'desc' },
      { merged: true },
      { merged: false },
      { draft: true },
      { draft: false },
      { author: 'Ada' },
      { labels: ['bug'] },
      { until: '2026-02-01' },
      { sort: 'updated', direction: 'desc' },
    ]
    const inputs = filters.map((filter) => ({ ...NUMBERS, ...filter }))
    const { answers } = await searched('search_pull_requests', inputs as never, pulls(...list))
    expect(answers.map(numbersOf)).toEqual([
      [1, 2, 3],
      [3, 2, 1],
      [2],
      [1, 3],
      [3],
      [1, 2],
      [1, 3],
      [2, 3],
      [1, 2],
      [1, 3, 2],
    ])
  })

  test('what runs long is open for more than a month, and changed in the past one', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-06-01T00:00:00Z'), toFake: ['Date'] })
    const changed = { updated_at: '2026-05-20T00:00:00Z' }
    const list = [
      itemOf(5, { created_at: '2026-05-20T00:00:00Z', ...changed }),
      itemOf(4, { created_at: '2026-04-01T00:00:00Z', ...changed }),
      itemOf(3, { created_at: '2026-03-01T00:00:00Z', updated_at: '2026-03-01T00:00:00Z' }),
      itemOf(2, { created_at: '2026-02-01T00:00:00Z', state: 'closed', ...changed }),
      itemOf(1, changed),
    ]
    const { answer } = await searched('search_pull_requests', [{ ...NUMBERS, sort: 'long-running' }], pulls(...list))
    expect(numbersOf(answer)).toEqual([1, 4])
  })

  test('what is popular is asked of GraphQL, since the list does not say it', async () => {
    const root = {
      nodes: ({ ids }: { ids: string[] }) =>
        ids.map((id) => ({ __typename: 'PullRequest', comments: { totalCount: id === 'N_1' ? 9 : 1 } })),
    }
    const input = { ...NUMBERS, sort: 'popularity', direction: 'desc' }
    const { answer, left } = await searched('search_pull_requests', [input], { ...pulls(itemOf(2), itemOf(1)), root })
    expect(numbersOf(answer)).toEqual([1, 2])
    expect(answer.data[0]).toEqual({ number: 1 })
    expect(left).toEqual([expect.stringContaining(PULLS), 'graphql'])
  })

  test('does not walk further back than the first bound', async () => {
    const page = (query: URLSearchParams): HubAnswer => ({
      json: Array.from({ length: 100 }, (_, index) => {
        const number = 1000 - Number(query.get('page')) * 100 - index
        return itemOf(number, { created_at: new Date(Date.UTC(2026, 0, 1) + number * 3_600_000).toISOString() })
      }),
      hasNext: true,
    })
    const since = new Date(Date.UTC(2026, 0, 1) + 750 * 3_600_000).toISOString()
    const { answer, left } = await searched('search_pull_requests', [{ ...NUMBERS, since }], {
      rest: { [PULLS]: page },
    })
    expect(left).toHaveLength(2)
    expect(numbersOf(answer)).toHaveLength(151)
    expect(answer.meta).not.toHaveProperty('truncated')
  })
})
