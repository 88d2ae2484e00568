import {
  connectionPage,
  connectionVariables,
  defineAction,
  fieldPaths,
  invalidParameters,
  memberAt,
  z,
} from '../../kit/index.js'
import { connection, FROM_LAST, order, orderOf, readScopes, repository } from './fields.js'
import { nodeAt, wantedParts } from './graphql/parts.js'
import { flatPull, GET_PULL, LIST_PULLS, PULL_PARTS } from './graphql/pulls.js'

/** Without what the caller has named. */
const listedFields = fieldPaths(`
  number title state body author assignees labels.name draft comments url created_at updated_at closed_at merged_at
  closing_issues.number closing_issues.title
`)

const pullFields = fieldPaths(`
  number title state body author assignees labels.name draft comments repository.owner repository.name url created_at
  updated_at closed_at merged_at closing_issues.number closing_issues.title
`)

/** @see https://docs.github.com/en/graphql/reference/objects#repository for `pullRequest` */
export const getPull = defineAction({
  name: 'get_pull',
  description:
    'Get one pull request, with its labels and the issues that it closes; not its commits, files or reviews. An issue is not found here: use get_issue. project_details is null for a token without the scope read:project.',
  examples: ['what does this pull request change', 'is the pull request merged', 'which issues does this PR close'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: pullFields,
  input: {
    ...repository,
    pull_number: z.number().int().min(1).describe('Number of the pull request, as in its URL'),
  },
  run: async (github, { pull_number: number, ...names }, call) => {
    const data = await github.graphql(GET_PULL, { ...names, number, ...wantedParts(call, PULL_PARTS) })
    return flatPull(nodeAt(data, 'repository.pullRequest'))
  },
})

/** @see https://docs.github.com/en/graphql/reference/objects#repository for `pullRequests` */
export const listPullRequests = defineAction({
  name: 'list_pull_requests',
  description:
    'List the pull requests of one repository, open, closed and merged, the newest first by default. project_details is null for a token without the scope read:project.',
  examples: [
    'open pull requests of this repository',
    'what was merged lately',
    'pull requests into the release branch',
  ],
  effect: 'read',
  scopes: readScopes,
  defaultFields: listedFields,
  input: {
    ...repository,
    ...order,
    ...connection,
    states: z
      .array(z.enum(['OPEN', 'CLOSED', 'MERGED']))
      .optional()
      .describe('All without it'),
    labels: z.array(z.string()).optional().describe('Names of labels'),
    head: z.string().min(1).optional().describe('Branch that has the changes, without an owner'),
    base: z.string().min(1).optional().describe('Branch that they go into'),
    from_last: z.boolean().optional().describe(FROM_LAST),
  },
  run: async (github, { owner, repo, states, labels, head, base, ...input }, call) => {
    // As the REST API has it, which GraphQL would look for as the name of a branch. No branch has a colon in its name.
    if (head?.includes(':')) {
      const message = 'is the name of a branch alone, without its owner'
      throw invalidParameters(`head ${message}.`, [{ field: 'head', message }])
    }
    const data = await github.graphql(LIST_PULLS, {
      owner,
      repo,
      ...connectionVariables(input),
      states,
      labelled: labels,
      head,
      base,
      order: orderOf(input),
      ...wantedParts(call, PULL_PARTS),
    })
    return connectionPage(memberAt(nodeAt(data, 'repository'), 'pullRequests'), input, flatPull)
  },
})
