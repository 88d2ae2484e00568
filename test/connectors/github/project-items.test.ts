import { describe, expect, test } from 'vitest'
import { LIST_PROJECT_ITEMS } from '../../../src/connectors/github/graphql/project-items.js'
import type { JsonObject } from '../../../src/kit/index.js'
import { failedField } from '../graphql-description.js'
import { connectionOf, costOf } from './graphql.js'
import { searched } from './hub.js'

const BOARD = { organization: 'octo-org', number: 5 }
const named = (name: string) => ({ __typename: 'ProjectV2SingleSelectField', name })
const status = (name: string) => ({ __typename: 'ProjectV2ItemFieldSingleSelectValue', name, field: named('Status') })
const TIME = '2026-01-02T03:04:05Z'

const itemOf = (id: string, column: string | null, more: object = {}): object => ({
  id,
  type: 'DRAFT_ISSUE',
  isArchived: false,
  createdAt: TIME,
  updatedAt: TIME,
  fieldValueByName: column === null ? null : status(column),
  fieldValues: { nodes: column === null ? [] : [status(column)] },
  content: { __typename: 'DraftIssue', title: `Draft ${id}`, body: 'Text', assignees: { nodes: [] } },
  ...more,
})

const ISSUE = itemOf('I1', 'Done', {
  type: 'ISSUE',
  createdAt: '2026-02-02T00:00:00Z',
  updatedAt: '2026-03-03T00:00:00Z',
  fieldValues: {
    nodes: [
      { __typename: 'ProjectV2ItemFieldTextValue', text: 'Title', field: named('Title') },
      status('Done'),
      { __typename: 'ProjectV2ItemFieldNumberValue', number: 3.5, field: named('Points') },
      { __typename: 'ProjectV2ItemFieldDateValue', date: '2026-04-04', field: named('Due') },
      { __typename: 'ProjectV2ItemFieldIterationValue', title: 'Sprint 1', field: named('__proto__') },
      { __typename: 'ProjectV2ItemFieldLabelValue' },
      null,
    ],
  },
  content: {
    __typename: 'Issue',
    title: 'It breaks',
    body: 'See there',
    number: 7,
    state: 'CLOSED',
    url: 'https://github.com/octo-org/hello/issues/7',
    milestone: { title: 'v2' },
    repository: { nameWithOwner: 'octo-org/hello' },
    labels: { nodes: [{ name: 'bug' }] },
    assignees: { nodes: [{ login: 'ada' }] },
  },
})
const PULL = itemOf('P1', 'Todo', {
  type: 'PULL_REQUEST',
  content: { __typename: 'PullRequest', title: 'Repair', body: '', number: 8, state: 'MERGED', milestone: null },
})
const HIDDEN = itemOf('R1', null, { type: 'REDACTED', content: null })

const hubWith = (...items: object[]) => ({
  root: { organization: { projectV2: { items: connectionOf(items) } } },
  scopes: ['read:project'],
})
const idsOf = ({ data }: { data: JsonObject[] }) => data.map(({ id }) => id)

describe('list_project_items', () => {
  test('has the items of the board flat, with the values of their fields by name', async () => {
    const archived = itemOf('A1', 'Done', { isArchived: true })
    const { answer, left, reports } = await searched(
      'list_project_items',
      [BOARD],
      hubWith(ISSUE, archived, PULL, HIDDEN),
    )
    expect(left).toEqual(['graphql'])
    expect(reports).toEqual([[4, 4]])
    const [issue, pull, hidden] = answer.data
    expect(issue).toEqual({
      id: 'I1',
      type: 'ISSUE',
      title: 'It breaks',
      status: 'Done',
      created_at: '2026-02-02T00:00:00Z',
      updated_at: '2026-03-03T00:00:00Z',
      content: {
        title: 'It breaks',
        body: 'See there',
        state: 'CLOSED',
        url: 'https://github.com/octo-org/hello/issues/7',
        milestone: 'v2',
        repository: 'octo-org/hello',
        number: 7,
        labels: ['bug'],
        assignees: ['ada'],
      },
      field_values: expect.objectContaining({ Title: 'Title', Status: 'Done', Points: 3.5, Due: '2026-04-04' }),
    })
    expect(Object.entries(issue?.field_values ?? {})).toContainEqual(['__proto__', 'Sprint 1'])
    expect(pull).toMatchObject({ type: 'PULL_REQUEST', content: { state: 'MERGED', number: 8, milestone: null } })
    expect(hidden).toMatchObject({ id: 'R1', title: null, status: null, content: null, field_values: {} })
    expect(answer.meta).toEqual({ page: 1, limit: 30, total: 3, total_page: 1, has_next: false, has_prev: false })
  })

  test('answers pages, filters and the summary from one collection', async () => {
    const filters = [
      { per_page: 2 },
      { per_page: 2, page: 2 },
      { status: 'done' },
      { type: 'pull request' },
      { type: 'ISSUE' },
      { created_at_from: '2026-02-01' },
      { created_at_to: '2026-01-31' },
      { updated_at_from: '2026-03-03' },
      { updated_at_to: '2026-01-02' },
      { force_new: true },
    ]
    const inputs = filters.map((filter) => ({ ...BOARD, ...filter }))
    const { answers, left } = await searched('list_project_items', inputs as never, hubWith(ISSUE, PULL, HIDDEN))
    expect(answers.map(idsOf)).toEqual([
      ['I1', 'P1'],
      ['R1'],
      ['I1'],
      ['P1'],
      ['I1'],
      ['I1'],
      ['P1', 'R1'],
      ['I1'],
      ['P1', 'R1'],
      ['I1', 'P1', 'R1'],
    ])
    expect(answers[1]?.meta).toEqual({ page: 2, limit: 2, total: 3, total_page: 2, has_next: false, has_prev: true })
    expect(left).toHaveLength(1)
  })

  test('a summary counts the items of each column, of those that are asked for', async () => {
    const inputs = [
      { ...BOARD, summarize: true },
      { ...BOARD, summarize: true, type: 'issue' },
    ] as const
    const { answers } = await searched('list_project_items', inputs, hubWith(ISSUE, PULL, HIDDEN, itemOf('D1', 'Todo')))
    const { data, meta } = answers[0] as unknown as { data: JsonObject; meta: JsonObject }
    const fields = data.summary_fields as { field_name: string; summaries: object }[]
    expect([data.total_items, meta]).toEqual([4, {}])
    expect(fields.map(({ field_name, summaries }) => [field_name, Object.entries(summaries)])).toEqual([
      [
        'Status',
        [
          ['Todo', 2],
          ['Done', 1],
          ['No Status', 1],
        ],
      ],
      [
        '__proto__',
        [
          ['No __proto__', 3],
          ['Sprint 1', 1],
        ],
      ],
    ])
    expect(answers[1]?.data).toMatchObject({ total_items: 1 })
  })

  test('walks all pages, and of a large project the first ones', async () => {
    const many = Array.from({ length: 250 }, (_, index) => itemOf(`D${index}`, 'Todo'))
    const { answer, left, reports } = await searched('list_project_items', [{ ...BOARD, page: 9 }], hubWith(...many))
    expect(left).toHaveLength(3)
    expect(reports.at(-1)).toEqual([250, 250])
    expect(answer.meta).toMatchObject({ total: 250, total_page: 9, has_next: false })
    const endless = {
      nodes: [itemOf('D', 'Todo')],
      totalCount: 90_000,
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'c', endCursor: 'c' },
    }
    const large = await searched('list_project_items', [BOARD, { ...BOARD, summarize: true }], {
      root: { organization: { projectV2: { items: endless } } },
    })
    expect(large.left).toHaveLength(50)
    expect(large.answers.map(({ meta }) => meta.truncated)).toEqual([true, true])
  })

  test('a project that is not there is not found', async () => {
    const projectV2 = () => {
      throw failedField('NOT_FOUND', 'Could not resolve to a ProjectV2 with the number 5.')
    }
    const gone = searched('list_project_items', [BOARD], { root: { organization: { projectV2 } } })
    await expect(gone).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('costs GitHub few points a page', () => {
    const { nodes, points } = costOf({ query: LIST_PROJECT_ITEMS, variables: { ...BOARD } })
    expect(points).toBeLessThanOrEqual(7)
    expect(nodes).toBeLessThan(50_000)
  })
})
