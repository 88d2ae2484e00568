import {
  atLeastOne,
  connectionPage,
  connectionVariables,
  dateOrTime,
  defineAction,
  invalidParameters,
  z,
} from '../../kit/index.js'
import {
  CREATES_ISSUES,
  flat,
  ISSUE_FIELDS,
  id,
  issueId,
  made,
  PAGE,
  PAGE_ARGUMENTS,
  PAGE_INFO,
  PAGE_VARIABLES,
  partsOf,
  READS,
  WRITES,
} from './fields.js'
import { issueFilter } from './filter.js'

const WHOLE = `fragment Whole on Issue {
  ...Parts
  description
  creator { id name email }
  cycle { id number name startsAt endsAt }
  parent { id identifier title }
  children(first: 50) { nodes { id identifier title state { name type } } }
  attachments(first: 20) { nodes { id title url } }
}
${partsOf('Issue')}`

const LIST = `query Issues($filter: IssueFilter, $orderBy: PaginationOrderBy, $includeArchived: Boolean, ${PAGE_VARIABLES}) {
  issues(filter: $filter, orderBy: $orderBy, includeArchived: $includeArchived, ${PAGE_ARGUMENTS}) {
    nodes { ...Parts }
    ${PAGE_INFO}
  }
}
${partsOf('Issue')}`

/** Linear's words, as its enum has them. */
const ORDERS = { created_at: 'createdAt', updated_at: 'updatedAt' } as const

/** @see https://linear.app/developers/filtering */
export const listIssues = defineAction({
  name: 'list_issues',
  description: 'List issues, the latest changed first. All filters that are given must fit.',
  examples: ['my open issues', 'bugs of the team that are in progress', 'what changed in this project'],
  effect: 'read',
  scopes: [READS],
  input: {
    team: z.string().min(1).optional().describe('Key, name or id of a team'),
    assignee: z.string().min(1).optional().describe('me, none, or mail address, name or id of a person'),
    state: z.string().min(1).optional().describe('Name or id of a state: In Progress'),
    state_type: z
      .enum(['triage', 'backlog', 'unstarted', 'started', 'completed', 'canceled'])
      .optional()
      .describe('What kind of state, whatever a team calls it'),
    label: z.string().min(1).optional().describe('Name or id of a label'),
    project: z.string().min(1).optional().describe('Name or id of a project'),
    query: z
      .string()
      .min(1)
      .optional()
      .describe('Text in title or description, exactly as written; search_issues searches words'),
    updated_after: dateOrTime('Changed at that moment or later', 'start').optional(),
    order_by: z.enum(['updated_at', 'created_at']).default('updated_at').describe('The latest comes first'),
    include_archived: z.boolean().default(false).describe('True: archived ones, too'),
    ...PAGE,
  },
  defaultFields: ISSUE_FIELDS,
  run: async (linear, { order_by, include_archived, per_page, cursor, ...wanted }) => {
    const part = { per_page, cursor }
    const { issues } = await linear.graphql(LIST, {
      filter: issueFilter(wanted),
      order_by: ORDERS[order_by],
      include_archived,
      ...connectionVariables(part),
    })
    return connectionPage(issues, part, flat)
  },
})

const SEARCH = `query Search($term: String!, $teamId: String, $includeComments: Boolean, $includeArchived: Boolean, ${PAGE_VARIABLES}) {
  searchIssues(term: $term, teamId: $teamId, includeComments: $includeComments, includeArchived: $includeArchived, ${PAGE_ARGUMENTS}) {
    nodes { ...Parts }
    ${PAGE_INFO}
    totalCount
  }
}
${partsOf('IssueSearchResult')}`

/** @see https://studio.apollographql.com/public/Linear-API/variant/current/schema/reference/objects/Query#searchIssues */
export const searchIssues = defineAction({
  name: 'search_issues',
  description: 'Search issues by words, the best match first.',
  examples: ['find the issue about the login bug', 'is there a ticket for this already'],
  effect: 'read',
  scopes: [READS],
  input: {
    query: z.string().min(1).describe('Words to look for'),
    team_id: id('team whose issues come first').optional(),
    include_comments: z.boolean().default(false).describe('True: words in comments count, too'),
    include_archived: z.boolean().default(false).describe('True: archived ones, too'),
    ...PAGE,
  },
  defaultFields: ISSUE_FIELDS,
  run: async (linear, { query, per_page, cursor, ...wanted }) => {
    const part = { per_page, cursor }
    const { search_issues } = await linear.graphql(SEARCH, { term: query, ...wanted, ...connectionVariables(part) })
    return connectionPage(search_issues, part, flat)
  },
})

const GET = `query Issue($id: String!) { issue(id: $id) { ...Whole } }
${WHOLE}`

/** @see https://linear.app/developers/graphql#queries-and-mutations */
export const getIssue = defineAction({
  name: 'get_issue',
  description:
    'Show an issue with its description, parent, sub-issues (50 at most) and links. list_comments has its comments.',
  examples: ['what is ENG-123 about', 'read this ticket'],
  effect: 'read',
  scopes: [READS],
  input: { issue_id: issueId },
  defaultFields: [
    ...ISSUE_FIELDS,
    'description',
    'parent.identifier',
    'children.identifier',
    'children.title',
    'attachments.url',
  ],
  run: async (linear, { issue_id }) => flat((await linear.graphql(GET, { id: issue_id })).issue ?? null),
})

const PRIORITIES = { none: 0, urgent: 1, high: 2, medium: 3, low: 4 } as const

/** What may be said about an issue when it is made and later. */
const CONTENT = {
  description: z.string().optional().describe('Text in Markdown'),
  state_id: id('state; get_team lists them').optional(),
  assignee_id: id('person; get_team lists them').optional(),
  priority: z.enum(['none', 'urgent', 'high', 'medium', 'low']).optional().describe('How urgent it is'),
  estimate: z.number().int().min(0).optional().describe('Size, on the scale of the team'),
  due_date: z.iso.date().optional().describe('Day it is due: 2026-05-31'),
  project_id: id('project; list_projects lists them').optional(),
  parent_id: z.string().min(1).optional().describe('Id or identifier of the issue that it is a part of'),
}

/** The members of an `IssueCreateInput` or `IssueUpdateInput`, in our spelling; what was left out is undefined. */
const inputOf = <Given extends { priority?: keyof typeof PRIORITIES | undefined }>({ priority, ...rest }: Given) => ({
  ...rest,
  priority: priority && PRIORITIES[priority],
})

const CREATE = `mutation CreateIssue($input: IssueCreateInput!) { issueCreate(input: $input) { success issue { ...Whole } } }
${WHOLE}`

/** @see https://linear.app/developers/graphql#creating-and-editing-issues */
export const createIssue = defineAction({
  name: 'create_issue',
  description:
    "Create an issue. Without a state it gets the team's first one. Returns the issue. A repeated call creates a second one.",
  examples: ['file a bug', 'make a ticket for this'],
  effect: 'create',
  scopes: [CREATES_ISSUES],
  input: {
    team_id: id('team; list_teams lists them'),
    title: z.string().min(1).describe('Title of the issue'),
    ...CONTENT,
    label_ids: z.array(z.string()).optional().describe('Ids of labels; get_team lists them'),
  },
  defaultFields: ISSUE_FIELDS,
  run: async (linear, input) => made(await linear.graphql(CREATE, { input: inputOf(input) }), 'issue_create', 'issue'),
})

const UPDATE = `mutation UpdateIssue($id: String!, $input: IssueUpdateInput!) {
  issueUpdate(id: $id, input: $input) { success issue { ...Whole } }
}
${WHOLE}`

const CLEARED = {
  assignee: 'assignee_id',
  estimate: 'estimate',
  due_date: 'due_date',
  project: 'project_id',
  parent: 'parent_id',
} as const

/** @see https://linear.app/developers/graphql#creating-and-editing-issues */
export const updateIssue = defineAction({
  name: 'update_issue',
  description: 'Change an issue: what is not given stays. Returns the issue. A repeated call changes nothing more.',
  examples: ['move this ticket to done', 'assign ENG-123 to her', 'set the due date'],
  effect: 'update',
  scopes: [WRITES],
  constraints: [
    atLeastOne(
      'title',
      ...(Object.keys(CONTENT) as (keyof typeof CONTENT)[]),
      'add_label_ids',
      'remove_label_ids',
      'clear',
    ),
  ],
  input: {
    issue_id: issueId,
    title: z.string().min(1).optional().describe('Title of the issue'),
    ...CONTENT,
    add_label_ids: z.array(z.string()).optional().describe('Ids of labels it gets; get_team lists them'),
    remove_label_ids: z.array(z.string()).optional().describe('Ids of labels it loses'),
    clear: z
      .array(z.enum(['assignee', 'estimate', 'due_date', 'project', 'parent']))
      .optional()
      .describe('What it has no more'),
  },
  defaultFields: ISSUE_FIELDS,
  run: async (linear, { issue_id, add_label_ids, remove_label_ids, clear = [], ...content }) => {
    const both = clear.find((what) => content[CLEARED[what]] !== undefined)
    if (both !== undefined) throw invalidParameters(`${CLEARED[both]} sets what clear takes away; give one of them.`)
    const input = {
      ...inputOf(content),
      added_label_ids: add_label_ids,
      removed_label_ids: remove_label_ids,
      ...Object.fromEntries(clear.map((what) => [CLEARED[what], null])),
    }
    return made(await linear.graphql(UPDATE, { id: issue_id, input }), 'issue_update', 'issue')
  },
})
