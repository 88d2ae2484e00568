import {
  connectionPage,
  connectionVariables,
  dateOrTime,
  defineAction,
  fieldPaths,
  type Json,
  type JsonObject,
  memberAt,
  request,
  z,
} from '../../kit/index.js'
import { connection, FROM_LAST, issue, order, orderOf, readScopes, repository, writeScopes } from './fields.js'
import { flatIssue, GET_ISSUE, ISSUE_PARTS, LIST_ISSUES } from './graphql/issues.js'
import { nodeAt, wantedParts } from './graphql/parts.js'

/** @see https://docs.github.com/en/rest/issues/issues#create-an-issue */
export const createIssue = defineAction({
  name: 'create_issue',
  description:
    'Open an issue in a repository. A repeated call opens a second issue. Assignees, labels and milestone need push access; without it GitHub leaves them out and says nothing, so look at the answer.',
  examples: [
    'report a bug in a repository',
    'file a ticket for this problem',
    'open an issue and assign it to someone',
  ],
  effect: 'create',
  scopes: writeScopes,
  defaultFields: fieldPaths(`
    number title state state_reason body user.login assignees.login labels milestone.title milestone.number
    comments html_url created_at updated_at closed_at closed_by.login locked draft
  `),
  input: {
    ...repository,
    title: z.string().min(1).describe('Title of the issue'),
    body: z.string().describe('Text of the issue, in Markdown').optional(),
    assignees: z.array(z.string()).describe('Logins of the people to assign').optional(),
    milestone: z.number().int().describe('Number of the milestone').optional(),
    labels: z.array(z.string()).describe('Names of the labels').optional(),
  },
  run: request('POST /repos/{owner}/{repo}/issues'),
})

const issueFields = fieldPaths(`
  number title state body author assignees labels.name milestone.title comments repository.owner repository.name
  parent_number parent_url url created_at updated_at closed_at project_details.projects closed_by.number
`)

/** @see https://docs.github.com/en/graphql/reference/objects#repository for `issue` */
export const getIssue = defineAction({
  name: 'get_issue',
  description:
    'Get one issue, with its labels, parent, milestone, the projects it lies in and the pull requests that close it. A pull request is not found here: use get_pull. project_details is null for a token without the scope read:project.',
  examples: ['what does issue 12 say', 'is this ticket still open', 'which pull request fixes this issue'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: issueFields,
  input: { ...issue, issue_number: issue.issue_number.describe('Number of the issue, as in its URL') },
  run: async (github, { issue_number: number, ...names }, call) => {
    const data = await github.graphql(GET_ISSUE, { ...names, number, ...wantedParts(call, ISSUE_PARTS) })
    return flatIssue(nodeAt(data, 'repository.issue'))
  },
})

const filters = z.strictObject({
  assignee: z.string().min(1).optional().describe('Login; * for any, none for none'),
  created_by: z.string().min(1).optional().describe('Login of the author'),
  mentioned: z.string().min(1).optional().describe('Login of somebody it mentions'),
  labels: z.array(z.string()).optional().describe('Names of labels'),
  milestone: z.string().min(1).optional().describe('Id of the milestone in the database; * for any, none for none'),
  milestone_number: z
    .string()
    .min(1)
    .optional()
    .describe('Number of the milestone, as in its URL; * for any, none for none'),
  since: dateOrTime('Changed then or later', 'start').optional(),
  states: z
    .array(z.enum(['OPEN', 'CLOSED']))
    .optional()
    .describe('Both without it'),
})

/** GitHub writes "without one" as null, which a caller cannot send for a parameter that may be left out. */
const NONE_IS_NULL = ['assignee', 'milestone', 'milestone_number']

/** Filters as GitHub's GraphQL takes them. @see https://docs.github.com/en/graphql/reference/input-objects#issuefilters */
function filtersOf(filterBy: z.output<typeof filters> | undefined): Json {
  const names = { created_by: 'createdBy', milestone_number: 'milestoneNumber' } as Readonly<Record<string, string>>
  const given = Object.entries((filterBy ?? {}) as JsonObject).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    given.map(([name, value]) => [names[name] ?? name, NONE_IS_NULL.includes(name) && value === 'none' ? null : value]),
  )
}

/** Without what the caller has named, and what the numbers lead to. */
const listedFields = fieldPaths(`
  number title state body author assignees labels.name milestone.title comments parent_number url created_at updated_at
  closed_at project_details.projects.number project_details.projects.title closed_by.number
`)

/** @see https://docs.github.com/en/graphql/reference/objects#repository for `issues` */
export const listIssues = defineAction({
  name: 'list_issues',
  description:
    'List the issues of one repository, open and closed, the newest first by default; pull requests are not among them. project_details is null for a token without the scope read:project.',
  examples: ['open issues of this repository', 'which tickets have the label bug', 'issues without an assignee'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: listedFields,
  input: {
    ...repository,
    ...connection,
    from_last: z.boolean().default(false).describe(FROM_LAST),
    ...order,
    filter_by: filters.optional().describe('Only issues that meet all of it'),
  },
  run: async (github, { owner, repo, filter_by, ...input }, call) => {
    const data = await github.graphql(LIST_ISSUES, {
      owner,
      repo,
      ...connectionVariables(input),
      filter: filtersOf(filter_by),
      order: orderOf(input),
      ...wantedParts(call, ISSUE_PARTS),
    })
    return connectionPage(memberAt(nodeAt(data, 'repository'), 'issues'), input, flatIssue)
  },
})
