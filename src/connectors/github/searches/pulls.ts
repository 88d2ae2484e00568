import {
  backgroundParameters,
  defineAction,
  type Json,
  type JsonObject,
  memberAt,
  path,
  z,
} from '../../../kit/index.js'
import { readScopes } from '../fields.js'
import { withExtras } from './extras.js'
import {
  bounds,
  countsOf,
  creatorOf,
  flatItem,
  hasLabels,
  isSame,
  isSince,
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
  'author',
  'body',
  'state',
  'draft',
  'url',
  'labels',
  'milestone',
  'assignee',
  'assignees',
  'created_at',
  'merged_at',
  'updated_at',
  'project_details',
] as const

/** Of thousands of items a model sees who, what and where; texts and projects when it names them in `fields`. */
const SHOWN = MEMBERS.filter((name) => name !== 'body' && name !== 'project_details')

const MONTH = 30 * 24 * 60 * 60 * 1000

const byCreation = (pull: JsonObject) => timeOf(pull, 'created_at')
const ORDERS = {
  created: byCreation,
  updated: (pull: JsonObject) => timeOf(pull, 'updated_at'),
  popularity: (pull: JsonObject) => Number(pull.comments),
  'long-running': byCreation,
}

/** Open for more than a month, and something happened in the past month. */
const isLongRunning = (pull: JsonObject): boolean =>
  pull.state === 'open' && byCreation(pull) < Date.now() - MONTH && timeOf(pull, 'updated_at') > Date.now() - MONTH

const flatPull = (pull: Json, repository: string): JsonObject => ({
  ...flatItem(pull, repository),
  author: creatorOf(pull),
  draft: memberAt(pull, 'draft') ?? false,
  merged_at: memberAt(pull, 'merged_at') ?? null,
})

/**
 * The newest pull requests are gathered of each repository. The list does not say how many comments they have, by which GitHub
 * orders what is popular.
 * @see https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
 */
export const searchPullRequests = defineAction({
  name: 'search_pull_requests',
  description:
    'List the pull requests of several repositories at once; gathered once and kept for an hour. meta.truncated: not all were looked at, but the newest. meta.errors names repositories that could not be read.',
  examples: [
    'open pull requests of all our repositories',
    'what was merged last month',
    'who opens the most pull requests',
  ],
  effect: 'read',
  scopes: readScopes,
  defaultFields: SHOWN,
  input: {
    repositories,
    merged: z.boolean().optional().describe('True: only merged ones; false: only others'),
    draft: z.boolean().optional().describe('True: only drafts; false: only others'),
    author: z.string().optional().describe('Login of who opened it'),
    labels,
    state: states,
    sort: z
      .enum(['created', 'updated', 'popularity', 'long-running'])
      .default('created')
      .describe('popularity: by comments; long-running: only those open for over a month that still change'),
    direction: z.enum(['asc', 'desc']).default('asc').describe('asc: the oldest or least first'),
    fields: z.array(z.enum(MEMBERS)).optional().describe('The members that are wanted; all by default'),
    summarize: summarize('author and by assignee'),
    ...bounds('those opened'),
    ...backgroundParameters,
  },
  run: {
    gatheredBy: ['repositories', 'state', 'since'],
    keptFor: 3600,
    extras: ({ fields, sort }) => [
      ...wantedMembers(fields, MEMBERS).filter((name) => name === 'project_details'),
      ...(sort === 'popularity' ? ['comments'] : []),
    ],
    gather: async (upstream, { repositories, state, since }, call) => {
      const github = upstream.patient()
      const gathered = await ofRepositories(github, repositories, call, (share) => {
        const at = path`/repos/${share.owner}/${share.repo}/pulls`
        const query = { state, sort: 'created', direction: 'desc' }
        const flat = (pull: Json) => flatPull(pull, share.name)
        const isPast = (pull: Json) => !isSince(pull as JsonObject, 'created_at', since)
        return listed(github, { at, query, flat, id: ({ number }) => number, isPast }, share)
      })
      return { ...gathered, items: await withExtras(github, gathered.items, call) }
    },
    answer: (gathered, { fields, summarize, sort, direction, ...wanted }) => {
      const { merged, draft, author, labels = [], until } = wanted
      const found = gathered.items.filter(
        (pull) =>
          (merged === undefined || (pull.merged_at !== null) === merged) &&
          (draft === undefined || pull.draft === draft) &&
          (author === undefined || isSame(pull.author, author)) &&
          (sort !== 'long-running' || isLongRunning(pull)) &&
          hasLabels(pull, labels) &&
          isUntil(pull, 'created_at', until),
      )
      const summaries = {
        author_summary: summarize ? countsOf(found.map((pull) => pull.author)) : null,
        assignee_summary: summarize ? countsOf(found.flatMap((pull) => pull.assignees)) : null,
      }
      const members = wantedMembers(fields, MEMBERS)
      return searchResult(gathered, ordered(found, ORDERS[sort], direction), { members, summaries })
    },
  },
})
