import {
  backgroundParameters,
  defineAction,
  fanOut,
  itemsAt,
  type Json,
  type JsonObject,
  memberAt,
  path,
  type Upstream,
  z,
} from '../../../kit/index.js'
import { readScopes } from '../fields.js'
import {
  bounds,
  countsOf,
  isSame,
  isSince,
  isUntil,
  ordered,
  searchResult,
  summarize,
  timeOf,
  wantedMembers,
} from './items.js'
import { type Found, listed, ofRepositories, repositories, type Share } from './repositories.js'

const MEMBERS = [
  'sha',
  'message',
  'author_name',
  'author_email',
  'author_date',
  'html_url',
  'repository',
  'pr_number',
  'pr_state',
] as const

/** Without mail addresses, which a model seldom needs. */
const SHOWN = MEMBERS.filter((name) => name !== 'author_email')

/** The most authors of a summary. */
const MOST_AUTHORS = 5
/** The most commits of a pull request that GitHub shows. */
const MOST_COMMITS = 250
/** The most pull requests of a repository: one page of a search. */
const MOST_PULLS = 100
/** For how many of the commits of a share there is one pull request. */
const PER_PULL = 10

/** @see https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request */
const flatCommit = (commit: Json, pull: Json, repository: string): JsonObject => {
  const at = (member: string): Json => memberAt(commit, member) ?? null
  return {
    sha: at('sha'),
    message: at('commit.message'),
    author_name: at('commit.author.name'),
    author_email: at('commit.author.email'),
    author_date: at('commit.author.date'),
    html_url: at('html_url'),
    repository,
    pr_number: memberAt(pull, 'number') ?? null,
    pr_state: memberAt(pull, 'state') ?? null,
    author_login: at('author.login'),
  }
}

/** The pull requests that changed last; a commit in time lies in one that changed since. */
async function pullsOf(
  github: Upstream,
  { name, items }: Share,
  since: string | undefined,
): Promise<{ pulls: Json[]; truncated: boolean }> {
  const q = [`repo:${name}`, 'is:pr', ...(since === undefined ? [] : [`updated:>=${since}`])].join(' ')
  const per_page = Math.min(MOST_PULLS, Math.floor(items / PER_PULL))
  const { json, links } = await github.read(path`/search/issues`, { q, sort: 'updated', order: 'desc', per_page })
  return {
    pulls: itemsAt(json, 'items'),
    truncated: links.has('next') || memberAt(json, 'incomplete_results') === true,
  }
}

/** The commits of a repository's pull requests; one that lies in several counts once. */
async function commitsOf(
  github: Upstream,
  share: Share,
  { since, signal }: { since: string | undefined; signal: AbortSignal },
): Promise<Found> {
  const { pulls, truncated } = await pullsOf(github, share, since)
  const lists = await fanOut(
    pulls,
    (pull) => {
      const at = path`/repos/${share.owner}/${share.repo}/pulls/${String(memberAt(pull, 'number'))}/commits`
      const flat = (commit: Json) => flatCommit(commit, pull, share.name)
      return listed(github, { at, query: {}, flat, id: ({ sha }) => sha }, { ...share, items: MOST_COMMITS })
    },
    { signal },
  )
  const commits = new Map<Json | undefined, JsonObject>()
  let characters = 0
  for (const commit of lists.flatMap(({ items }) => items)) {
    if (commits.has(commit.sha)) continue
    characters += JSON.stringify(commit).length
    if (commits.size >= share.items || characters > share.characters)
      return { items: [...commits.values()], truncated: true }
    commits.set(commit.sha, commit)
  }
  return { items: [...commits.values()], truncated: truncated || lists.some((one) => one.truncated) }
}

const isBy = (commit: JsonObject, author: string): boolean =>
  [commit.author_login, commit.author_name, commit.author_email].some((name) => isSame(name, author))

/** @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests */
export const searchCommits = defineAction({
  name: 'search_commits',
  description:
    'List the commits in the pull requests of several repositories, the newest first; gathered once and kept for an hour. meta.truncated: not all pull requests were looked at, but those that changed last. meta.errors names repositories that could not be read.',
  examples: ['what did the team commit this week', 'commits of a person across repositories', 'who commits the most'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: SHOWN,
  input: {
    repositories,
    author: z.string().optional().describe('Login, name or e-mail address of the author'),
    fields: z.array(z.enum(MEMBERS)).optional().describe('The members of a commit that are wanted; all by default'),
    summarize: summarize(`author, for the ${MOST_AUTHORS} with the most`),
    ...bounds('commits of'),
    ...backgroundParameters,
  },
  run: {
    gatheredBy: ['repositories', 'since'],
    keptFor: 3600,
    gather: (upstream, { repositories, since }, call) => {
      const github = upstream.patient()
      return ofRepositories(github, repositories, call, (share) =>
        commitsOf(github, share, { since, signal: call.signal }),
      )
    },
    answer: (gathered, { author, fields, summarize, since, until }) => {
      const found = gathered.items.filter(
        (commit) =>
          (author === undefined || isBy(commit, author)) &&
          isSince(commit, 'author_date', since) &&
          isUntil(commit, 'author_date', until),
      )
      const author_summary = summarize
        ? countsOf(
            found.map((commit) => commit.author_name),
            MOST_AUTHORS,
          )
        : null
      const newestFirst = ordered(found, (commit) => timeOf(commit, 'author_date'), 'desc')
      return searchResult(gathered, newestFirst, {
        members: wantedMembers(fields, MEMBERS),
        summaries: { author_summary },
      })
    },
    pending: ({ repositories = [] }) => ({ repositories }),
  },
})
