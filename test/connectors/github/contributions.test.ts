import { describe, expect, test } from 'vitest'
import { failedField } from '../graphql-description.js'
import { ask, costOf } from './graphql.js'

const ACTION = 'get_user_contribution_statistics'
const TIME = '2026-01-02T03:04:05Z'
const ALL = ['commits_stats', 'issues_stats', 'prs_stats', 'pr_reviews_stats']
const PERIOD = { startedAt: '2025-01-02T00:00:00Z', endedAt: '2026-01-02T00:00:00Z' }

const COLLECTION = {
  ...PERIOD,
  totalCommitContributions: 12,
  totalRepositoriesWithContributedCommits: 1,
  commitContributionsByRepository: [
    {
      repository: { nameWithOwner: 'octocat/hello' },
      contributions: { totalCount: 12, nodes: [{ occurredAt: TIME, commitCount: 12 }] },
    },
  ],
  totalPullRequestReviewContributions: 1,
  totalRepositoriesWithContributedPullRequestReviews: 1,
  pullRequestReviewContributionsByRepository: [
    {
      repository: { nameWithOwner: 'octocat/hello' },
      contributions: {
        totalCount: 1,
        nodes: [
          {
            occurredAt: TIME,
            pullRequest: { number: 9, title: 'Repair it', url: 'https://github.com/octocat/hello/pull/9' },
            pullRequestReview: { state: 'APPROVED' },
          },
        ],
      },
    },
  ],
}

const user = ({ login }: { login: string }) => ({ login: login.toLowerCase(), contributionsCollection: COLLECTION })
const loginsIn = ({ data }: { data: unknown }) => Object.keys(data as object)

describe(ACTION, () => {
  test('counts by login, with the numbers for each repository', async () => {
    const { data, meta } = await ask(ACTION, { username: 'Ada', statistics: ['commit'] }, { user })
    const breakdown = [{ repository: 'octocat/hello', total_contributions: 12 }]
    expect(data).toEqual({ ada: { commits_stats: { total_contributions: 12, total_repositories: 1, breakdown } } })
    expect(meta).toEqual({ since: PERIOD.startedAt, until: PERIOD.endedAt })
  })

  test('counts everything by default, and no single contributions', async () => {
    const { data, left } = await ask(ACTION, { username: 'ada' }, { user })
    expect(loginsIn({ data: (data as { ada: unknown }).ada })).toEqual(ALL)
    expect(left[0]?.variables).toMatchObject({ breakdown: true, details: false, most: 1 })
    expect(costOf(left[0] as never)).toEqual({ nodes: 4, points: 1 })
  })

  test('shows the single contributions where they are wanted', async () => {
    const statistics = ['commit', 'pull_request_review']
    const input = { username: 'ada', statistics, exclude_detailed_breakdown: false }
    const { data, left } = await ask(ACTION, input, { user })
    expect(left[0]?.variables).toMatchObject({ details: true, most: 100, issue: false, pull_request: false })
    const pull = { number: 9, title: 'Repair it', url: 'https://github.com/octocat/hello/pull/9' }
    expect(data).toMatchObject({
      ada: {
        commits_stats: { breakdown: [{ contributions: [{ occurred_at: TIME, commit_count: 12 }] }] },
        pr_reviews_stats: { breakdown: [{ contributions: [{ occurred_at: TIME, ...pull, state: 'APPROVED' }] }] },
      },
    })
  })

  test('shows totals alone where no breakdown is wanted', async () => {
    const input = {
      username: 'ada',
      statistics: ['commit'],
      exclude_breakdown: true,
      exclude_detailed_breakdown: false,
    }
    const { data, left } = await ask(ACTION, input, { user })
    expect(data).toEqual({ ada: { commits_stats: { total_contributions: 12, total_repositories: 1 } } })
    expect(left[0]?.variables).toMatchObject({ breakdown: false, details: false })
  })

  test('counts several people, each once, whatever the case of their logins', async () => {
    const played = await ask(ACTION, { username: ['ada', 'grace', 'Ada'] }, { user })
    expect(loginsIn(played)).toEqual(['ada', 'grace'])
    expect(played.left).toHaveLength(2)
  })

  test('counts your own, where nothing says whose', async () => {
    expect(loginsIn(await ask(ACTION, {}, { viewer: { login: 'me' }, user }))).toEqual(['me'])
    expect(loginsIn(await ask(ACTION, { username: [] }, { viewer: { login: 'me' }, user }))).toEqual(['me'])
  })

  test('counts the members of an organisation, in it, and tells of those it leaves out', async () => {
    const members = { totalCount: 70, nodes: [{ login: 'ada' }, null, { login: 'grace' }] }
    const asked: object[] = []
    const organization = (names: object) => {
      asked.push(names)
      return { id: 'O_1', membersWithRole: members }
    }
    const played = await ask(ACTION, { organization: 'acme' }, { organization, user })
    expect(loginsIn(played)).toEqual(['ada', 'grace'])
    expect(played.meta).toMatchObject({ total_members: 70, truncated: true })
    expect(asked).toEqual([{ login: 'acme' }])
    expect(played.left[0]?.variables).toMatchObject({ members: true, most: 50 })
    expect(played.left[1]?.variables).toMatchObject({ organization: 'O_1', login: 'ada' })
    const one = await ask(ACTION, { organization: 'acme', username: 'linus' }, { organization, user })
    expect([loginsIn(one), one.left[0]?.variables.members]).toEqual([['linus'], false])
    expect(one.meta).not.toHaveProperty('truncated')
  })

  test.each<[object, object]>([
    [{}, {}],
    [{ since: '2025-06-01' }, { from: '2025-06-01T00:00:00Z' }],
    [{ until: '2025-12-31' }, { from: '2024-12-31T23:59:59Z', to: '2025-12-31T23:59:59Z' }],
    [
      { since: '2025-01-01', until: '2025-12-31' },
      { from: '2025-01-01T00:00:00Z', to: '2025-12-31T23:59:59Z' },
    ],
    [
      { since: '2024-02-29', until: '2025-02-28T12:00:00Z' },
      { from: '2024-02-29T00:00:00Z', to: '2025-02-28T12:00:00Z' },
    ],
  ])('%j counts from and to %j', async (input, period) => {
    const { left } = await ask(ACTION, { username: 'ada', ...input }, { user })
    const { from, to } = left[0]?.variables ?? {}
    expect({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }).toEqual(period)
  })

  test.each<[object, string, string]>([
    [{ since: '2024-01-01', until: '2025-06-01' }, 'until', 'at most one year'],
    [{ since: '2025-02-01', until: '2025-01-01' }, 'until', 'must not be before since'],
    [{ username: Array.from({ length: 51 }, (_, index) => `u${index}`) }, 'username', 'at most 50'],
  ])('refuses %j clearly, before anything leaves', async (input, field, message) => {
    await expect(ask(ACTION, { username: 'ada', ...input })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field, message: expect.stringContaining(message) }] },
    })
  })

  test('is not found where a person or an organisation is not', async () => {
    const missing = ({ login }: { login: string }) => {
      throw failedField('NOT_FOUND', `Could not resolve to a User with the login of '${login}'.`)
    }
    const error = { code: 'NOT_FOUND', details: { upstream: { message: expect.stringContaining("'ghost'") } } }
    await expect(ask(ACTION, { username: ['ghost'] }, { user: missing })).rejects.toMatchObject(error)
    await expect(ask(ACTION, { organization: 'ghost' }, { organization: missing })).rejects.toMatchObject(error)
  })
})
