import { backgroundParameters, defineAction, type JsonObject, memberAt, path, z } from '../../../kit/index.js'
import { readScopes } from '../fields.js'
import { withExtras } from './extras.js'
import {
  bounds,
  countsOf,
  creatorOf,
  flatItem,
  hasLabels,
  isSame,
  isUntil,
  labels,
  ordered,
  searchResult,
  states,
  summarize,
  timeOf,
  wantedMembers,
} from './items.js'
import { listed, ofRepositories, repositories } from './repositories.js'

const MEMBERS = [
  'repository',
  'number',
  'title',
  'creator',
  'body',
  'state',
  'url',
  'labels',
  'milestone',
  'comments',
  'assignee',
  'assignees',
  'created_at',
  'updated_at',
  'project_details',
] as const

/** Of thousands of items a model sees who, what and where; texts and projects when it names them in `fields`. */
const SHOWN = MEMBERS.filter((name) => name !== 'body' && name !== 'project_details')

const ORDERS = {
  created: (issue: JsonObject) => timeOf(issue, 'created_at'),
  updated: (issue: JsonObject) => timeOf(issue, 'updated_at'),
  comments: (issue: JsonObject) => Number(issue.comments),
}

/** `none` and `*` mean what they mean to GitHub. */
function isAssigned({ assignees }: JsonObject, to: string): boolean {
  const logins = Array.isArray(assignees) ? assignees : []
  if (to === 'none') return logins.length === 0
  return to === '*' ? logins.length > 0 : logins.some((login) => isSame(login, to))
}

/**
 * The issues that changed last are gathered of each repository: that is the order in which GitHub bounds them.
 * @see https://docs.github.com/en/rest/issues/issues#list-repository-issues
 */
export const searchIssues = defineAction({
  name: 'search_issues',
  description:
    'List the issues of several repositories at once, without pull requests; gathered once and kept for an hour. meta.truncated: not all were looked at, but those that changed last. meta.errors names repositories that could not be read.',
  examples: [
    'open issues of all our repositories',
    'who has the most issues assigned',
    'issues with the label bug since May',
  ],
  effect: 'read',
  scopes: readScopes,
  defaultFields: SHOWN,
  input: {
    repositories,
    state: states,
    creator: z.string().optional().describe('Login of who opened it'),
    fields: z.array(z.enum(MEMBERS)).optional().describe('The members of an issue that are wanted; all by default'),
    summarize: summarize('creator and by assignee'),
    sort: z.enum(['created', 'updated', 'comments']).default('updated').describe('What to order by'),
    direction: z.enum(['asc', 'desc']).default('desc').describe('desc: the latest or most first'),
    labels,
    assignee: z.string().optional().describe('Login; none: without assignee, *: with any'),
    milestone: z.number().int().optional().describe('Number of the milestone'),
    ...bounds('issues that last changed'),
    ...backgroundParameters,
  },
  run: {
    gatheredBy: ['repositories', 'state', 'since'],
    keptFor: 3600,
    extras: ({ fields }) => wantedMembers(fields, MEMBERS).filter((name) => name === 'project_details'),
    gather: async (upstream, { repositories, state, since }, call) => {
      const github = upstream.patient()
      const gathered = await ofRepositories(github, repositories, call, (share) => {
        const at = path`/repos/${share.owner}/${share.repo}/issues`
        const query = { state, since, sort: 'updated', direction: 'desc' }
        const flat = (issue: Parameters<typeof flatItem>[0]): JsonObject | undefined =>
          memberAt(issue, 'pull_request') === undefined
            ? {
                ...flatItem(issue, share.name),
                creator: creatorOf(issue),
                comments: memberAt(issue, 'comments') ?? null,
              }
            : undefined
        return listed(github, { at, query, flat, id: ({ number }) => number }, share)
      })
      return { ...gathered, items: await withExtras(github, gathered.items, call) }
    },
    answer: (gathered, { fields, summarize, sort, direction, ...wanted }) => {
      const { creator, assignee, milestone, labels = [], until } = wanted
      const found = gathered.items.filter(
        (issue) =>
          (creator === undefined || isSame(issue.creator, creator)) &&
          (assignee === undefined || isAssigned(issue, assignee)) &&
          (milestone === undefined || issue.milestone_number === milestone) &&
          hasLabels(issue, labels) &&
          isUntil(issue, 'updated_at', until),
      )
      const summaries = {
        creator_summary: summarize ? countsOf(found.map((issue) => issue.creator)) : null,
        assignee_summary: summarize ? countsOf(found.flatMap((issue) => issue.assignees)) : null,
      }
      const members = wantedMembers(fields, MEMBERS)
      return searchResult(gathered, ordered(found, ORDERS[sort], direction), { members, summaries })
    },
  },
})
