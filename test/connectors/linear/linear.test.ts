import { describe, expect, test } from 'vitest'
import { linear } from '../../../src/connectors/linear/index.js'
import { graphqlVendor, playDocuments } from '../graphql-play.js'
import { script } from '../harness.js'
import { comment, issue, pageOf, project, team } from './samples.js'
import { linearSchema as schema } from './typed-schema.js'

/** @param root what Linear has */
const playLinear = (action: string, input: object, root: object) =>
  playDocuments(linear, action, input, { schema, root })
const MORE = { has_next: true, has_prev: false, forwards_cursor: 'c1', backwards_cursor: null }

const UUID = '9cfb482a-81e3-4154-b5b9-2c805e70a02d'

describe('issues', () => {
  test('list_issues wants what is given, and answers with flat items and the cursor of the next page', async () => {
    const input = {
      team: 'ENG',
      assignee: 'me',
      state_type: 'started',
      label: 'Bug',
      query: 'login',
      updated_after: '2026-05-01',
      per_page: 2,
      cursor: 'c0',
    }
    const { data, meta, left } = await playLinear('list_issues', input, { issues: pageOf([issue], 'c1') })
    expect(left[0]?.variables).toEqual({
      filter: {
        team: { or: [{ key: { eqIgnoreCase: 'ENG' } }, { name: { eqIgnoreCase: 'ENG' } }] },
        assignee: { isMe: { eq: true } },
        state: { type: { eq: 'started' } },
        labels: { some: { or: [{ name: { eqIgnoreCase: 'Bug' } }] } },
        or: [{ title: { containsIgnoreCase: 'login' } }, { description: { containsIgnoreCase: 'login' } }],
        updatedAt: { gte: '2026-05-01T00:00:00Z' },
      },
      first: 2,
      after: 'c0',
      orderBy: 'updatedAt',
      includeArchived: false,
    })
    expect(meta).toEqual({ ...MORE, has_prev: true })
    expect(data).toMatchObject([{ identifier: 'ENG-123', priority_label: 'High', labels: [{ id: 'l1', name: 'Bug' }] }])
  })

  test.each([
    ['team', UUID, { team: { id: { eq: UUID } } }],
    ['assignee', UUID, { assignee: { id: { eq: UUID } } }],
    ['assignee', 'none', { assignee: { null: true } }],
    ['state', 'Todo', { state: { or: [{ name: { eqIgnoreCase: 'Todo' } }] } }],
    ['project', UUID, { project: { id: { eq: UUID } } }],
  ])('list_issues: the %s can be %s', async (parameter, value, filter) => {
    const { left, meta } = await playLinear('list_issues', { [parameter]: value }, { issues: pageOf([]) })
    expect(left[0]?.variables.filter).toEqual(filter)
    expect(meta).toMatchObject({ has_next: false, forwards_cursor: null })
  })

  test('a page leads back as well', async () => {
    const teams = { ...pageOf([team]), pageInfo: { hasPreviousPage: true, startCursor: 's1', endCursor: 'e1' } }
    const { meta, left } = await playLinear('list_teams', { cursor: 'before:c0', per_page: 5 }, { teams })
    expect(left[0]?.variables).toEqual({ last: 5, before: 'c0' })
    expect(meta).toEqual({ has_next: true, has_prev: true, forwards_cursor: 'e1', backwards_cursor: 'before:s1' })
  })

  test('search_issues searches words', async () => {
    const root = { searchIssues: { ...pageOf([issue], 'c1'), totalCount: 40 } }
    const { data, meta, left } = await playLinear('search_issues', { query: 'login "x"', include_comments: true }, root)
    expect(left[0]?.variables).toMatchObject({ term: 'login "x"', includeComments: true })
    expect(data).toMatchObject([{ identifier: 'ENG-123', state: { name: 'In Progress' } }])
    expect(meta).toEqual({ ...MORE, total: 40, total_page: 2 })
  })

  test('get_issue takes an identifier, and answers with lists in place of connections', async () => {
    const root = { issue: ({ id }: { id: string }) => (id === 'ENG-123' ? issue : null) }
    const { data } = await playLinear('get_issue', { issue_id: 'ENG-123' }, root)
    expect(data).toMatchObject({
      description: 'With **umlauts**.',
      cycle: { number: 7, starts_at: '2026-05-01T00:00:00.000Z' },
      children: [{ identifier: 'ENG-124', state: { type: 'unstarted' } }],
      attachments: [{ url: 'https://github.com/acme/app/pull/7' }],
    })
  })

  test('create_issue sends what is given and nothing else', async () => {
    const input = { team_id: UUID, title: 'Login fails', priority: 'urgent', due_date: '2026-05-31', label_ids: ['l1'] }
    const { data, left } = await playLinear('create_issue', input, { issueCreate: { success: true, issue } })
    expect(left[0]?.variables).toEqual({
      input: { teamId: UUID, title: 'Login fails', priority: 1, dueDate: '2026-05-31', labelIds: ['l1'] },
    })
    expect(data).toMatchObject({ identifier: 'ENG-123', url: issue.url })
  })

  test('update_issue changes, adds and clears', async () => {
    const input = {
      issue_id: 'ENG-123',
      state_id: 's2',
      priority: 'none',
      add_label_ids: ['l2'],
      remove_label_ids: ['l1'],
      clear: ['assignee', 'due_date'],
    }
    const { left } = await playLinear('update_issue', input, { issueUpdate: { success: true, issue } })
    expect(left[0]?.variables).toEqual({
      id: 'ENG-123',
      input: {
        stateId: 's2',
        priority: 0,
        addedLabelIds: ['l2'],
        removedLabelIds: ['l1'],
        assigneeId: null,
        dueDate: null,
      },
    })
  })

  test('update_issue refuses to set and clear the same, before anything leaves', async () => {
    const input = { issue_id: 'ENG-123', assignee_id: 'u1', clear: ['assignee'] }
    await expect(playLinear('update_issue', input, {})).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('a change that Linear does not confirm is no success', async () => {
    const root = { issueUpdate: { success: false, issue: null } }
    const played = playLinear('update_issue', { issue_id: 'ENG-123', title: 'New' }, root)
    await expect(played).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('an issue that is partly refused is an answer, which names what failed', async () => {
    const refuse = () => {
      throw new Error('Not for you')
    }
    const { data, meta } = await playLinear(
      'get_issue',
      { issue_id: 'ENG-123' },
      { issue: { ...issue, cycle: refuse } },
    )
    expect(data).toMatchObject({ identifier: 'ENG-123', cycle: null })
    expect(meta).toMatchObject({ failed_fields: [{ path: 'issue.cycle' }] })
  })
})

describe('comments', () => {
  test('list_comments lists a page of those of an issue', async () => {
    const root = { issue: { comments: pageOf([comment], 'c1') } }
    const { data, meta, left } = await playLinear('list_comments', { issue_id: 'ENG-123', per_page: 1 }, root)
    expect(left[0]?.variables).toEqual({ id: 'ENG-123', first: 1 })
    expect(data).toMatchObject([{ body: 'Seen on staging, too.', user: { name: 'Ada' }, parent_id: null }])
    expect(meta).toEqual(MORE)
  })

  test('add_comment answers a comment', async () => {
    const input = { issue_id: 'ENG-123', body: 'Fixed', parent_id: 'k1' }
    const { data, left } = await playLinear('add_comment', input, { commentCreate: { success: true, comment } })
    expect(left[0]?.variables).toEqual({ input: { issueId: 'ENG-123', body: 'Fixed', parentId: 'k1' } })
    expect(data).toMatchObject({ id: 'k1' })
  })
})

describe('the workspace', () => {
  test('list_teams', async () => {
    const { data } = await playLinear('list_teams', {}, { teams: pageOf([team]) })
    expect(data).toMatchObject([{ id: 't1', key: 'ENG', parent: null }])
  })

  test('get_team has the states, labels and people of a team, by its key', async () => {
    const { data, left } = await playLinear('get_team', { team: 'eng' }, { teams: { nodes: [team] } })
    expect(left[0]?.variables.filter).toEqual({
      or: [{ key: { eqIgnoreCase: 'eng' } }, { name: { eqIgnoreCase: 'eng' } }],
    })
    expect(data).toMatchObject({ states: [{ id: 's1' }], labels: [{ name: 'Bug' }], members: [{ is_me: true }] })
  })

  test('get_team does not find a team that is not there', async () => {
    const played = playLinear('get_team', { team: 'nope' }, { teams: { nodes: [] } })
    await expect(played).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('list_projects of a team', async () => {
    const { data, left } = await playLinear(
      'list_projects',
      { team: UUID, query: 'launch' },
      { projects: pageOf([project]) },
    )
    expect(left[0]?.variables.filter).toEqual({
      accessibleTeams: { some: { id: { eq: UUID } } },
      name: { containsIgnoreCase: 'launch' },
    })
    expect(data).toMatchObject([{ name: 'Launch', teams: [{ key: 'ENG' }], target_date: '2026-06-30' }])
  })
})

describe('an account', () => {
  test('is a person in a workspace, whose id stays', async () => {
    const viewer = { id: 'u1', displayName: 'ada', organization: { urlKey: 'acme' } }
    const account = await linear.account?.(graphqlVendor(linear, { schema, root: { viewer } }).upstream, {})
    expect(account).toEqual({ identifier: 'ada@acme', id: 'u1' })
  })

  test('the grant is ended with the token itself', async () => {
    const exchange = { request: 'POST /oauth/revoke', headers: { authorization: 'Bearer t1' }, response: {} }
    const options = { accessToken: 't1' }
    const grant = { accessToken: 't1', clientId: 'c', clientSecret: 's' }
    await script(linear, exchange, options, async (connect) => linear.revoke?.(connect, grant))
  })
})
