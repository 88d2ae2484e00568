import {
  anyOf,
  dateOrTime,
  defineAction,
  fanOut,
  invalidParameters,
  type JsonObject,
  memberAt,
  Result,
  type Upstream,
  z,
} from '../../kit/index.js'
import { CONTRIBUTION_DOCUMENTS, STATISTICS, statisticsOf, statisticVariables } from './graphql/contributions.js'
import { loginOf, nodeAt, nodesOf } from './graphql/parts.js'

const { CONTRIBUTIONS, ORGANIZATION, VIEWER } = CONTRIBUTION_DOCUMENTS

/** People of one call: each is a request. */
const MOST_PEOPLE = 50

/** Whose contributions are counted, and in which organisation. */
interface People {
  logins: string[]
  organization?: string
  meta: JsonObject
}

/** @see https://docs.github.com/en/graphql/reference/objects#contributionscollection */
export const getUserContributionStatistics = defineAction({
  name: 'get_user_contribution_statistics',
  description: `Count commits, issues, pull requests and reviews of people, by login: of the usernames, else of an organization's members (the first ${MOST_PEOPLE}; meta.truncated tells of more), else your own. At most one year at a time, the last one by default.`,
  examples: ['how much did she contribute this year', 'contributions of our organisation', 'my reviews since May'],
  effect: 'read',
  scopes: [anyOf('read:user', 'user'), anyOf('read:org', 'write:org', 'admin:org', { when: 'organization' })],
  input: {
    organization: z.string().min(1).optional().describe('Login of an organization: counts only what was done in it'),
    username: z
      .union([z.string().min(1), z.array(z.string().min(1))])
      .optional()
      .describe(`Login, or up to ${MOST_PEOPLE} of them`),
    since: dateOrTime('Only contributions made then or later; a year before until by default', 'start').optional(),
    until: dateOrTime('Only contributions made then or earlier; now by default', 'end').optional(),
    statistics: z
      .array(z.enum(STATISTICS))
      .default([...STATISTICS])
      .describe('What to count'),
    exclude_breakdown: z.boolean().default(false).describe('True: no numbers for each repository'),
    exclude_detailed_breakdown: z
      .boolean()
      .default(true)
      .describe('False: with the single contributions in each repository, at most 100'),
  },
  run: async (upstream, { organization, username, since, until, statistics, ...excluded }, { signal }) => {
    const period = periodOf(since, until)
    const github = upstream.patient()
    const people = await peopleOf(github, organization, [username ?? []].flat())
    const variables = {
      ...(people.organization === undefined ? {} : { organization: people.organization }),
      ...period,
      ...statisticVariables(statistics, !excluded.exclude_breakdown, !excluded.exclude_detailed_breakdown),
    }
    const found = await fanOut(
      people.logins,
      async (login) => nodeAt(await github.graphql(CONTRIBUTIONS, { ...variables, login }), 'user'),
      { signal },
    )
    const byLogin = found.map(
      ({ login, contributions }) => [String(login), statisticsOf(contributions ?? null)] as const,
    )
    const [first] = found.map(({ contributions }) => contributions ?? null)
    return new Result(Object.fromEntries(byLogin), {
      ...people.meta,
      since: memberAt(first ?? null, 'started_at') ?? null,
      until: memberAt(first ?? null, 'ended_at') ?? null,
    })
  },
})

/** GitHub refuses more than a year at once, and what it counts of repositories cannot be added up from several. */
function periodOf(since: string | undefined, until: string | undefined): JsonObject {
  const from = since ?? (until === undefined ? undefined : yearsFrom(until, -1))
  if (from !== undefined && until !== undefined) {
    const errors =
      Date.parse(until) < Date.parse(from)
        ? 'must not be before since'
        : Date.parse(until) > Date.parse(yearsFrom(from, 1))
          ? 'must be at most one year after since: GitHub counts one year at a time, so make a call for each'
          : undefined
    if (errors !== undefined) throw invalidParameters(`until ${errors}.`, [{ field: 'until', message: errors }])
  }
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { to: until }) }
}

function yearsFrom(time: string, years: number): string {
  const date = new Date(time)
  date.setUTCFullYear(date.getUTCFullYear() + years)
  return date.toISOString().replace('.000Z', 'Z')
}

async function peopleOf(github: Upstream, login: string | undefined, usernames: readonly string[]): Promise<People> {
  // GitHub knows a login whatever the case of its letters.
  const logins = [...new Map(usernames.map((name) => [name.toLowerCase(), name])).values()]
  if (logins.length > MOST_PEOPLE) {
    const message = `must be at most ${MOST_PEOPLE} logins`
    throw invalidParameters(`username ${message}.`, [{ field: 'username', message }])
  }
  if (login === undefined) {
    if (logins.length > 0) return { logins, meta: {} }
    const viewer = nodeAt(await github.graphql(VIEWER, {}), 'viewer')
    return { logins: [String(viewer.login)], meta: {} }
  }
  const members = logins.length === 0
  const found = nodeAt(await github.graphql(ORGANIZATION, { login, most: MOST_PEOPLE, members }), 'organization')
  const organization = String(found.id)
  if (!members) return { logins, organization, meta: {} }
  const shown = nodesOf(found.members ?? null)
    .map(loginOf)
    .map(String)
  const total = Number(memberAt(found.members ?? null, 'total_count') ?? shown.length)
  return { logins: shown, organization, meta: { total_members: total, truncated: total > shown.length } }
}
