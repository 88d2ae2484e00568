/** An issue as Linear has it. */
export const issue = {
  id: '11111111-1111-4111-8111-111111111111',
  identifier: 'ENG-123',
  title: 'Login fails',
  description: 'With **umlauts**.',
  url: 'https://linear.app/acme/issue/ENG-123/login-fails',
  priority: 2,
  priorityLabel: 'High',
  estimate: 3,
  dueDate: '2026-05-31',
  createdAt: '2026-05-01T08:00:00.000Z',
  updatedAt: '2026-05-02T08:00:00.000Z',
  state: { id: 's1', name: 'In Progress', type: 'started' },
  team: { id: 't1', key: 'ENG', name: 'Engineering' },
  assignee: { id: 'u1', name: 'Ada', email: 'ada@example.com' },
  project: null,
  labels: { nodes: [{ id: 'l1', name: 'Bug' }] },
  creator: { id: 'u2', name: 'Grace', email: 'grace@example.com' },
  cycle: { id: 'c1', number: 7, name: null, startsAt: '2026-05-01T00:00:00.000Z', endsAt: '2026-05-15T00:00:00.000Z' },
  parent: { id: 'i0', identifier: 'ENG-100', title: 'Sign-in' },
  children: {
    nodes: [{ id: 'i2', identifier: 'ENG-124', title: 'Test it', state: { name: 'Todo', type: 'unstarted' } }],
  },
  attachments: { nodes: [{ id: 'a1', title: 'PR 7', url: 'https://github.com/acme/app/pull/7' }] },
}

export const comment = {
  id: 'k1',
  body: 'Seen on staging, too.',
  url: 'https://linear.app/acme/issue/ENG-123#comment-k1',
  createdAt: '2026-05-02T09:00:00.000Z',
  parentId: null,
  issueId: issue.id,
  user: { id: 'u1', name: 'Ada', email: 'ada@example.com' },
}

export const team = {
  id: 't1',
  key: 'ENG',
  name: 'Engineering',
  description: null,
  timezone: 'Europe/Berlin',
  issueEstimationType: 'fibonacci',
  parent: null,
  states: { nodes: [{ id: 's1', name: 'In Progress', type: 'started', position: 2 }] },
  labels: { nodes: [{ id: 'l1', name: 'Bug', description: null }] },
  members: { nodes: [{ id: 'u1', name: 'Ada', displayName: 'ada', email: 'ada@example.com', isMe: true }] },
}

export const project = {
  id: 'p1',
  name: 'Launch',
  description: 'All of it',
  url: 'https://linear.app/acme/project/launch',
  progress: 0.5,
  health: 'onTrack',
  priorityLabel: 'High',
  targetDate: '2026-06-30',
  updatedAt: '2026-05-02T08:00:00.000Z',
  status: { id: 'x1', name: 'In Progress', type: 'started' },
  lead: null,
  teams: { nodes: [{ id: 't1', key: 'ENG', name: 'Engineering' }] },
}

/** @param endCursor that of a page after which there are more; null for the last one */
export const pageOf = (nodes: readonly unknown[], endCursor: string | null = null) => ({
  nodes,
  pageInfo: { hasNextPage: endCursor !== null, hasPreviousPage: false, startCursor: null, endCursor },
})

/** How Linear words a refusal. @see https://linear.app/developers/graphql#error-handling */
export const refusal = (code: string, type: string, message: string) => ({
  errors: [{ message, extensions: { code, type, userError: true, userPresentableMessage: message } }],
})
