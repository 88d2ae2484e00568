import {
  dateOrTime,
  defineAction,
  fanOut,
  itemsAt,
  type Json,
  memberAt,
  path,
  Result,
  type Upstream,
  z,
} from '../../kit/index.js'
import { readScopes } from './fields.js'

/** The most repositories whose commits one call counts: two requests each. */
const MOST_REPOSITORIES = 50
/** Matches of a search that are looked at for their repositories: one request. */
const LOOKED_AT = 100

/** @see https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax */
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/

/**
 * Put together of one search each for pull requests, merged ones and issues, and the commits of every repository.
 * @see https://docs.github.com/en/rest/users/users#get-a-user
 * @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests
 * @see https://docs.github.com/en/rest/commits/commits#list-commits
 */
export const searchContributions = defineAction({
  name: 'search_contributions',
  description: `Count what a person did in a period: commits on default branches, pull requests opened and merged, issues opened. Without repositories, commits count only where a pull request or issue of the period was found. meta.truncated: there may be more repositories.`,
  examples: ['what did she contribute last month', 'commits and pull requests of a developer', 'how productive was he'],
  effect: 'read',
  scopes: readScopes,
  input: {
    name: z.string().min(1).describe('Login of the person'),
    repositories: z
      .array(z.string().refine((name) => REPOSITORY.test(name), 'is not owner/name'))
      .refine((names) => names.length <= MOST_REPOSITORIES, `has more than ${MOST_REPOSITORIES} repositories`)
      .optional()
      .describe(`Only in these, owner/name each, at most ${MOST_REPOSITORIES}`),
    since: dateOrTime('Beginning of the period', 'start'),
    until: dateOrTime('End of the period', 'end'),
  },
  run: async (upstream, { name, repositories = [], since, until }, { signal }) => {
    const github = upstream.patient()
    const person = await github.get(path`/users/${name}`)
    const login = String(memberAt(person, 'login') ?? name)
    const searches = searchesFor(login, [...new Set(repositories)], `${since}..${until}`)
    const found = await fanOut(searches, (query) => search(github, query), { signal })
    const [opened, merged, issues] = found.map(({ total }) => total)
    const seen = new Set(found.flatMap((one) => one.repositories))
    const looked = repositories.length > 0 ? [...new Set(repositories)] : [...seen].slice(0, MOST_REPOSITORIES)
    const commits = await fanOut(looked, (repository) => countCommits(github, repository, { login, since, until }), {
      signal,
    })
    const active = looked.filter((repository, index) => (commits[index] ?? 0) > 0 || has(seen, repository))
    const isCut = repositories.length === 0 && seen.size > looked.length
    const truncated = isCut || found.some(({ isWhole }) => !isWhole)
    const counted = {
      username: login,
      user_display_name: memberAt(person, 'name') ?? null,
      period_start: since,
      period_end: until,
      total_commits: commits.reduce((sum, count) => sum + count, 0),
      total_prs_created: opened ?? 0,
      total_prs_merged: merged ?? 0,
      total_issues_created: issues ?? 0,
      total_repositories: active.length,
      repositories: active,
    }
    return truncated ? new Result(counted, { truncated }) : counted
  },
})

/** Several `repo:` are alternatives. */
function searchesFor(login: string, repositories: readonly string[], period: string): string[] {
  const where = repositories.map((repository) => ` repo:${repository}`).join('')
  const of = `author:${login}${where}`
  return [`is:pr ${of} created:${period}`, `is:pr is:merged ${of} merged:${period}`, `is:issue ${of} created:${period}`]
}

interface Found {
  total: number
  /** `owner/name` of those that the matches looked at are in. */
  repositories: string[]
  isWhole: boolean
}

async function search(github: Upstream, query: string): Promise<Found> {
  const json = await github.get(path`/search/issues`, { q: query, per_page: LOOKED_AT })
  const items = itemsAt(json, 'items')
  const total = Number(memberAt(json, 'total_count') ?? items.length)
  return {
    total,
    repositories: items.map(repositoryOf).filter((name) => REPOSITORY.test(name)),
    isWhole: total <= items.length && memberAt(json, 'incomplete_results') !== true,
  }
}

/** The address ends with `/repos/OWNER/NAME`. */
const repositoryOf = (match: Json): string =>
  String(memberAt(match, 'repository_url') ?? '')
    .split('/')
    .slice(-2)
    .join('/')

/** With one commit on a page, the number of pages is that of commits. An empty repository has none. */
async function countCommits(
  github: Upstream,
  repository: string,
  { login, since, until }: { login: string; since: string; until: string },
): Promise<number> {
  const [owner = '', name = ''] = repository.split('/')
  const query = { author: login, since, until, page: 1, per_page: 1 }
  const { meta } = await github.list(path`/repos/${owner}/${name}/commits`, query, { emptyStatus: 409 })
  return Number(meta.total_page ?? 0)
}

/** GitHub does not distinguish case in names. */
const has = (seen: ReadonlySet<string>, repository: string): boolean =>
  [...seen].some((one) => one.toLowerCase() === repository.toLowerCase())
