import {
  ConnectorsError,
  connectionPage,
  connectionVariables,
  defineAction,
  fieldPaths,
  itemsAt,
  z,
} from '../../kit/index.js'
import { flat, PAGE, PAGE_ARGUMENTS, PAGE_INFO, PAGE_VARIABLES, READS } from './fields.js'
import { teamFilter } from './filter.js'

const TEAMS = `query Teams(${PAGE_VARIABLES}) {
  teams(${PAGE_ARGUMENTS}) {
    nodes { id key name description timezone archivedAt parent { id key name } }
    ${PAGE_INFO}
  }
}`

/** @see https://linear.app/developers/graphql#queries-and-mutations */
export const listTeams = defineAction({
  name: 'list_teams',
  description: 'List the teams of the workspace.',
  examples: ['which teams are there in Linear', 'id of the design team'],
  effect: 'read',
  scopes: [READS],
  input: PAGE,
  defaultFields: fieldPaths('id key name description'),
  run: async (linear, part) =>
    connectionPage((await linear.graphql(TEAMS, connectionVariables(part))).teams, part, flat),
})

/** The most states, labels and people of a team that one answer has. */
const MOST = 250

const TEAM = `query Team($filter: TeamFilter, $most: Int) {
  teams(filter: $filter, first: 1) {
    nodes {
      id key name description timezone issueEstimationType
      states(first: $most) { nodes { id name type position } }
      labels(first: $most) { nodes { id name description } }
      members(first: $most) { nodes { id name displayName email isMe } }
    }
  }
}`

/** @see https://linear.app/developers/graphql#other-examples */
export const getTeam = defineAction({
  name: 'get_team',
  description: `Show a team: its states, labels and people, whose ids create_issue and update_issue take. At most ${MOST} of each.`,
  examples: ['which states does the team have', 'who is in the team', 'id of the label bug'],
  effect: 'read',
  scopes: [READS],
  input: { team: z.string().min(1).describe('Key, name or id of the team') },
  defaultFields: fieldPaths(
    'id key name states.id states.name states.type labels.id labels.name members.id members.name members.is_me',
  ),
  run: async (linear, { team }) => {
    const [found] = itemsAt(await linear.graphql(TEAM, { filter: teamFilter(team), most: MOST }), 'teams.nodes')
    if (found === undefined) throw new ConnectorsError('NOT_FOUND', 'Linear has no such team; list_teams lists them.')
    return flat(found)
  },
})

const PROJECTS = `query Projects($filter: ProjectFilter, $includeArchived: Boolean, ${PAGE_VARIABLES}) {
  projects(filter: $filter, includeArchived: $includeArchived, orderBy: updatedAt, ${PAGE_ARGUMENTS}) {
    nodes {
      id name description url progress health priorityLabel startDate targetDate updatedAt completedAt archivedAt
      status { id name type }
      lead { id name email }
      teams(first: 10) { nodes { id key name } }
    }
    ${PAGE_INFO}
  }
}`

/** @see https://linear.app/developers/filtering */
export const listProjects = defineAction({
  name: 'list_projects',
  description: 'List projects, the latest changed first.',
  examples: ['our projects in Linear', 'how far is the launch project'],
  effect: 'read',
  scopes: [READS],
  input: {
    team: z.string().min(1).optional().describe('Key, name or id of a team'),
    query: z.string().min(1).optional().describe('Text in the name'),
    include_archived: z.boolean().default(false).describe('True: archived ones, too'),
    ...PAGE,
  },
  defaultFields: fieldPaths('id name description status.name lead.name progress health target_date teams.key url'),
  run: async (linear, { team, query, include_archived, ...part }) => {
    const { projects } = await linear.graphql(PROJECTS, {
      filter: {
        accessible_teams: team && { some: teamFilter(team) },
        name: query && { contains_ignore_case: query },
      },
      include_archived,
      ...connectionVariables(part),
    })
    return connectionPage(projects, part, flat)
  },
})
