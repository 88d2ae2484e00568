import { describe, expect, test } from 'vitest'
import { github } from '../../../src/connectors/github/index.js'
import { failedField } from '../graphql-description.js'
import { accountWith, ask, connectionOf, costOf } from './graphql.js'

const REPO = { owner: 'octocat', repo: 'hello' }
const PULL = { ...REPO, pull_number: 9 }
const TIME = '2026-01-02T03:04:05Z'
const byDefault = (action: string) => ({ response_fields: [...(github.byName.get(action)?.defaultFields ?? [])] })

const PULL_OF_GITHUB = {
  number: 9,
  title: 'Repair it',
  state: 'MERGED',
  url: 'https://github.com/octocat/hello/pull/9',
  closed: true,
  isDraft: false,
  body: '**Closes** #7',
  bodyHTML: '<p><b>Closes</b> #7</p>',
  bodyText: 'Closes #7',
  closedAt: TIME,
  createdAt: TIME,
  updatedAt: TIME,
  mergedAt: TIME,
  author: { __typename: 'User', login: 'ada' },
  assignees: { nodes: [{ login: 'ada' }] },
  comments: { totalCount: 2 },
  labels: { nodes: [{ id: 'L_1', name: 'bug', color: 'f00', description: 'Wrong', isDefault: false }] },
  closingIssuesReferences: {
    nodes: [
      {
        id: 'I_7',
        number: 7,
        title: 'It breaks',
        state: 'CLOSED',
        url: 'https://github.com/octocat/hello/issues/7',
        body: 'See.',
        closedAt: TIME,
        createdAt: TIME,
        updatedAt: TIME,
        author: { __typename: 'User', login: 'grace' },
        parent: null,
        assignees: { nodes: [] },
      },
    ],
  },
  projectItems: { nodes: [] },
  repository: { name: 'hello', owner: { __typename: 'User', login: 'octocat' } },
}

const FLAT = {
  number: 9,
  title: 'Repair it',
  state: 'MERGED',
  url: 'https://github.com/octocat/hello/pull/9',
  closed: true,
  draft: false,
  body: '**Closes** #7',
  body_html: '<p><b>Closes</b> #7</p>',
  body_text: 'Closes #7',
  closed_at: TIME,
  created_at: TIME,
  updated_at: TIME,
  merged_at: TIME,
  author: 'ada',
  assignees: ['ada'],
  comments: 2,
  labels: [{ id: 'L_1', name: 'bug', color: 'f00', description: 'Wrong', is_default: false }],
  closing_issues: [
    {
      id: 'I_7',
      number: 7,
      title: 'It breaks',
      state: 'CLOSED',
      url: 'https://github.com/octocat/hello/issues/7',
      body: 'See.',
      closed_at: TIME,
      created_at: TIME,
      updated_at: TIME,
      author: 'grace',
      parent_number: null,
      parent_url: null,
      assignees: [],
    },
  ],
  project_details: { project_items: [], projects: [] },
  repository: { name: 'hello', owner: 'octocat' },
}

const HAS = { repository: { pullRequest: PULL_OF_GITHUB } }

describe('get_pull', () => {
  test('answers the flat object of the catalogue', async () => {
    const { data, meta, left } = await ask('get_pull', PULL, HAS)
    expect([data, meta]).toEqual([FLAT, null])
    expect(left[0]?.variables).toMatchObject({ owner: 'octocat', repo: 'hello', number: 9 })
  })

  test('asks for its text in three forms only where all of it is wanted', async () => {
    const { data, left } = await ask('get_pull', { ...PULL, ...byDefault('get_pull') }, HAS)
    expect(left[0]?.variables).toMatchObject({ whole: false, body: true, closing_issues: true, project_details: false })
    expect(data).toMatchObject({ body: '**Closes** #7', closing_issues: [{ number: 7, title: 'It breaks' }] })
    expect(data).not.toHaveProperty('body_html')
  })

  test('leaves projects out for a token that may not see them', async () => {
    const { data, left } = await ask('get_pull', PULL, HAS, accountWith('repo'))
    expect(left[0]?.variables.project_details).toBe(false)
    expect(data).toEqual({ ...FLAT, project_details: null })
  })

  test('is not found with a sentence', async () => {
    const missing = () => {
      throw failedField('NOT_FOUND', 'Could not resolve to a PullRequest with the number of 9.')
    }
    await expect(ask('get_pull', PULL, { repository: { pullRequest: missing } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(/^GitHub shows nothing of that name/),
      details: { upstream: { message: 'Could not resolve to a PullRequest with the number of 9.' } },
    })
  })
})

describe('list_pull_requests', () => {
  const list = (input: object) =>
    ask('list_pull_requests', { ...REPO, ...input }, { repository: { pullRequests: connectionOf([PULL_OF_GITHUB]) } })

  test('answers flat pull requests, as get_pull does', async () => {
    const { data, meta, left } = await list({})
    expect(data).toEqual([FLAT])
    expect(meta).toMatchObject({ total: 1, total_page: 1, has_next: false, has_prev: false })
    expect(left[0]?.variables).toMatchObject({ first: 30, order: { field: 'CREATED_AT', direction: 'DESC' } })
  })

  test('sends its filters', async () => {
    const filters = { states: ['MERGED'], head: 'fix/"it"', base: 'main' }
    const { left } = await list({ ...filters, labels: ['bug'], from_last: true, order_by: 'UPDATED_AT' })
    const order = { field: 'UPDATED_AT', direction: 'DESC' }
    expect(left[0]?.variables).toMatchObject({ ...filters, labelled: ['bug'], last: 30, order })
    expect(left[0]?.variables).not.toHaveProperty('first')
  })

  test('refuses a head with an owner, which GitHub would find nothing by', async () => {
    await expect(list({ head: 'ada:fix' })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'head', message: 'is the name of a branch alone, without its owner' }] },
    })
  })

  test('costs GitHub little', async () => {
    const usual = await list(byDefault('list_pull_requests'))
    expect(costOf(usual.left[0] as never)).toEqual({ nodes: 3630, points: 1 })
    const whole = await list({ per_page: 100 })
    expect(costOf(whole.left[0] as never)).toEqual({ nodes: 23_100, points: 14 })
  })
})
