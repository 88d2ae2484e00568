import { describe, expect, test } from 'vitest'
import { github } from '../../../src/connectors/github/index.js'
import { failedField } from '../graphql-description.js'
import { accountWith, ask, connectionOf, costOf } from './graphql.js'

const REPO = { owner: 'octocat', repo: 'hello' }
const ISSUE = { ...REPO, issue_number: 7 }
const TIME = '2026-01-02T03:04:05Z'
const byDefault = (action: string) => ({ response_fields: [...(github.byName.get(action)?.defaultFields ?? [])] })

const ISSUE_OF_GITHUB = {
  id: 'I_7',
  number: 7,
  title: 'It breaks',
  state: 'CLOSED',
  url: 'https://github.com/octocat/hello/issues/7',
  body: 'See "this".',
  closedAt: TIME,
  createdAt: TIME,
  updatedAt: TIME,
  author: { __typename: 'User', login: 'ada' },
  parent: { number: 3, url: 'https://github.com/octocat/hello/issues/3' },
  assignees: { nodes: [{ login: 'ada' }, { login: 'grace' }] },
  comments: { totalCount: 4 },
  labels: { nodes: [{ id: 'L_1', name: 'bug, urgent', color: 'f00', description: null, isDefault: true }] },
  milestone: {
    id: 'M_1',
    number: 2,
    title: 'v2',
    description: 'The second',
    state: 'OPEN',
    closed: false,
    createdAt: TIME,
    updatedAt: TIME,
    closedAt: null,
    dueOn: null,
  },
  closedByPullRequestsReferences: {
    nodes: [
      null,
      {
        number: 9,
        title: 'Repair it',
        state: 'MERGED',
        url: 'https://github.com/octocat/hello/pull/9',
        closed: true,
        isDraft: false,
        body: 'Closes #7',
        bodyHTML: '<p>Closes #7</p>',
        bodyText: 'Closes #7',
        closedAt: TIME,
        createdAt: TIME,
        updatedAt: TIME,
        mergedAt: TIME,
        author: null,
        assignees: { nodes: [] },
      },
    ],
  },
  projectItems: {
    nodes: [
      {
        id: 'PVTI_1',
        isArchived: false,
        project: { id: 'PVT_1', number: 5, title: 'Board', url: 'https://github.com/orgs/octocat/projects/5' },
        fieldValueByName: { __typename: 'ProjectV2ItemFieldSingleSelectValue', name: 'Done' },
      },
    ],
  },
  repository: { name: 'hello', owner: { __typename: 'User', login: 'octocat' } },
}

const FLAT = {
  id: 'I_7',
  number: 7,
  title: 'It breaks',
  state: 'CLOSED',
  url: 'https://github.com/octocat/hello/issues/7',
  body: 'See "this".',
  closed_at: TIME,
  created_at: TIME,
  updated_at: TIME,
  author: 'ada',
  parent_number: 3,
  parent_url: 'https://github.com/octocat/hello/issues/3',
  assignees: ['ada', 'grace'],
  comments: 4,
  labels: [{ id: 'L_1', name: 'bug, urgent', color: 'f00', description: null, is_default: true }],
  milestone: {
    id: 'M_1',
    number: 2,
    title: 'v2',
    description: 'The second',
    state: 'OPEN',
    closed: false,
    created_at: TIME,
    updated_at: TIME,
    closed_at: null,
    due_on: null,
  },
  closed_by: [
    {
      number: 9,
      title: 'Repair it',
      state: 'MERGED',
      url: 'https://github.com/octocat/hello/pull/9',
      closed: true,
      draft: false,
      body: 'Closes #7',
      body_html: '<p>Closes #7</p>',
      body_text: 'Closes #7',
      closed_at: TIME,
      created_at: TIME,
      updated_at: TIME,
      merged_at: TIME,
      author: null,
      assignees: [],
    },
  ],
  project_details: {
    project_items: [{ id: 'PVTI_1', is_archived: false, status: 'Done', project_number: 5 }],
    projects: [{ id: 'PVT_1', number: 5, title: 'Board', url: 'https://github.com/orgs/octocat/projects/5' }],
  },
  repository: { name: 'hello', owner: 'octocat' },
}

const has = (issue: object) => ({ repository: { issue: () => ({ ...ISSUE_OF_GITHUB, ...issue }) } })

describe('get_issue', () => {
  test('answers the flat object of the catalogue', async () => {
    const seen: unknown[] = []
    const root = {
      repository: (names: object) => {
        seen.push(names)
        return {
          issue: (number: object) => {
            seen.push(number)
            return ISSUE_OF_GITHUB
          },
        }
      },
    }
    const { data, meta } = await ask('get_issue', ISSUE, root)
    expect(data).toEqual(FLAT)
    expect(meta).toBeNull()
    expect(seen).toEqual([{ followRenames: true, owner: 'octocat', name: 'hello' }, { number: 7 }])
  })

  test('asks for no more than is wanted', async () => {
    const usual = await ask('get_issue', { ...ISSUE, ...byDefault('get_issue') }, has({}))
    expect(usual.data).toMatchObject({
      closed_by: [{ number: 9 }],
      project_details: { projects: FLAT.project_details.projects },
      labels: [{ name: 'bug, urgent' }],
    })
    expect(usual.left[0]?.variables).toMatchObject({ whole: false, closed_by: true, project_details: true })
    const little = await ask('get_issue', { ...ISSUE, response_fields: ['title', 'labels.name'] }, has({}))
    expect(little.data).toEqual({ title: 'It breaks', labels: [{ name: 'bug, urgent' }] })
    const parts = { assignees: false, labels: true, comments: false, milestone: false, closed_by: false }
    expect(little.left[0]?.variables).toMatchObject({ ...parts, body: false, whole: false, project_details: false })
  })

  test('asks for projects only where the token may see them, since GitHub answers nothing at all otherwise', async () => {
    const without = await ask('get_issue', ISSUE, has({}), accountWith('repo'))
    expect(without.left[0]?.variables.project_details).toBe(false)
    expect(without.data).toEqual({ ...FLAT, project_details: null })
    const within = await ask('get_issue', ISSUE, has({}), accountWith('repo', 'project'))
    expect(within.data).toEqual(FLAT)
  })

  test('has null for what is not there', async () => {
    const gone = { author: null, parent: null, milestone: null, labels: null, closedByPullRequestsReferences: null }
    const { data } = await ask('get_issue', ISSUE, has(gone))
    const none = { author: null, parent_number: null, parent_url: null, milestone: null, labels: [], closed_by: [] }
    expect(data).toMatchObject(none)
  })

  test('is whole but for what failed', async () => {
    const hidden = () => {
      throw failedField('FORBIDDEN', 'Resource not accessible by personal access token')
    }
    const { data, meta } = await ask('get_issue', ISSUE, has({ closedByPullRequestsReferences: hidden }))
    expect(data).toMatchObject({ number: 7, closed_by: [] })
    const message = 'Resource not accessible by personal access token'
    expect(meta).toEqual({ failed_fields: [{ path: 'repository.issue.closed_by', type: 'FORBIDDEN', message }] })
  })

  test('is not found with a sentence, where the repository or the issue is not', async () => {
    const missing = () => {
      throw failedField('NOT_FOUND', 'Could not resolve to that.')
    }
    for (const root of [{ repository: missing }, { repository: { issue: missing } }, { repository: null }]) {
      await expect(ask('get_issue', ISSUE, root)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringMatching(/^GitHub shows nothing of that name/),
      })
    }
  })

  test('sends names as variables, whatever is in them', async () => {
    const hostile = ['"){viewer{login}}#', "a'b", '\\"', '$owner', '\u2028{', 'mutation{x}']
    const documents = new Set<string>()
    for (const name of hostile) {
      const { left } = await ask('get_issue', { ...ISSUE, owner: name, repo: name }, has({}))
      expect(left[0]?.variables).toMatchObject({ owner: name, repo: name })
      documents.add(left[0]?.query ?? '')
    }
    expect(documents.size).toBe(1)
  })
})

describe('list_issues', () => {
  const all = [1, 2, 3, 4, 5].map((number) => ({ number }))
  const list = (input: object, root: object = { repository: { issues: connectionOf(all) } }) =>
    ask('list_issues', { ...REPO, response_fields: ['number'], ...input }, root)
  const numbers = ({ data }: { data: unknown }) => (data as { number: number }[]).map(({ number }) => number)

  test('answers flat issues, as get_issue does', async () => {
    const { data, meta } = await ask('list_issues', REPO, { repository: { issues: connectionOf([ISSUE_OF_GITHUB]) } })
    expect(data).toEqual([FLAT])
    expect(meta).toEqual({
      total: 1,
      total_page: 1,
      has_next: false,
      has_prev: false,
      forwards_cursor: null,
      backwards_cursor: null,
    })
  })

  test('leads through all pages and back, by the cursors alone', async () => {
    const first = await list({ per_page: 2 })
    expect([numbers(first), first.meta]).toMatchObject([
      [1, 2],
      { total: 5, total_page: 3, has_next: true, has_prev: false },
    ])
    const second = await list({ per_page: 2, cursor: first.meta?.forwards_cursor })
    expect([numbers(second), second.meta]).toMatchObject([[3, 4], { has_next: true, has_prev: true }])
    const third = await list({ per_page: 2, cursor: second.meta?.forwards_cursor })
    expect([numbers(third), third.meta]).toMatchObject([
      [5],
      { has_next: false, has_prev: true, forwards_cursor: null },
    ])
    const back = await list({ per_page: 2, cursor: third.meta?.backwards_cursor })
    expect([numbers(back), back.meta]).toMatchObject([[3, 4], { has_next: true, has_prev: true }])
    expect(numbers(await list({ per_page: 2, cursor: back.meta?.forwards_cursor }))).toEqual([5])
  })

  test('begins with the last page, and leads back from there and on again', async () => {
    const from_last = true
    const last = await list({ per_page: 2, from_last })
    expect([numbers(last), last.meta]).toMatchObject([[4, 5], { has_next: false, has_prev: true }])
    const middle = await list({ per_page: 2, from_last, cursor: last.meta?.backwards_cursor })
    expect([numbers(middle), middle.meta]).toMatchObject([[2, 3], { has_next: true, has_prev: true }])
    expect(numbers(await list({ per_page: 2, from_last, cursor: middle.meta?.forwards_cursor }))).toEqual([4, 5])
    // A cursor of GitHub's own, as a program may have kept it.
    expect(numbers(await list({ per_page: 2, from_last, cursor: 'c3' }))).toEqual([2, 3])
    expect(numbers(await list({ per_page: 2, cursor: 'c3' }))).toEqual([5])
  })

  test('filters and orders as GitHub takes it', async () => {
    const usual = await list({})
    expect(usual.left[0]?.variables).toMatchObject({
      first: 30,
      filter: {},
      order: { field: 'CREATED_AT', direction: 'DESC' },
    })
    const filter_by = {
      assignee: 'none',
      created_by: 'ada',
      mentioned: 'grace',
      labels: ['bug, urgent'],
      milestone: '*',
      milestone_number: '2',
      since: '2026-01-02',
      states: ['OPEN'],
    }
    const { left } = await list({ order_by: 'COMMENTS', direction: 'ASC', filter_by })
    expect(left[0]?.variables).toMatchObject({
      order: { field: 'COMMENTS', direction: 'ASC' },
      filter: {
        assignee: null,
        createdBy: 'ada',
        mentioned: 'grace',
        labels: ['bug, urgent'],
        milestone: '*',
        milestoneNumber: '2',
        since: '2026-01-02T00:00:00Z',
        states: ['OPEN'],
      },
    })
  })

  test('costs GitHub little', async () => {
    const usual = await list(byDefault('list_issues'))
    expect(costOf(usual.left[0] as never)).toEqual({ nodes: 3780, points: 1 })
    const whole = await ask('list_issues', { ...REPO, per_page: 100 }, { repository: { issues: connectionOf(all) } })
    expect(costOf(whole.left[0] as never)).toEqual({ nodes: 17_600, points: 9 })
  })

  test.each([
    { filter_by: { author: 'ada' } },
    { filter_by: { states: ['MERGED'] } },
    { per_page: 101 },
    { order_by: 'created' },
  ])('sends nothing for %j', async (input) => {
    await expect(list(input)).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
  })
})
