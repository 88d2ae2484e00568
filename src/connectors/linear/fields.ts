import { allOf, anyOf, ConnectorsError, fieldPaths, type Json, memberAt, z } from '../../kit/index.js'

export const id = (of: string) => z.string().min(1).describe(`Id of the ${of}`)

export const issueId = z.string().min(1).describe('Id of the issue, or its identifier: ENG-123')

/** What every list takes. @see https://linear.app/developers/pagination */
export const PAGE = {
  per_page: z.number().int().min(1).max(100).default(25).describe('Items on a page'),
  cursor: z.string().optional().describe('meta.forwards_cursor or meta.backwards_cursor of another page'),
}

/** What the document of a list declares, and passes to the list, for the variables of `connectionVariables`. */
export const PAGE_VARIABLES = '$first: Int, $after: String, $last: Int, $before: String'
export const PAGE_ARGUMENTS = 'first: $first, after: $after, last: $last, before: $before'
export const PAGE_INFO = 'pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'

/**
 * A grant of `write` includes `read`, which Linear then may leave out of what it says was granted.
 * @see https://linear.app/developers/oauth-2-0-authentication
 * @see https://github.com/dxos/dxos/pull/11171
 */
export const READS = anyOf('read', 'write')
export const WRITES = allOf('write')
export const CREATES_ISSUES = anyOf('issues:create', 'write')
export const CREATES_COMMENTS = anyOf('comments:create', 'write')

export const ISSUE_FIELDS = fieldPaths(
  'id identifier title state.name state.type priority_label assignee.name team.key labels.name project.name due_date updated_at url',
)

/**
 * The fragment `Parts`: members of an issue in every answer. A list in a list has a bound, because Linear counts what could come.
 * @see https://linear.app/developers/rate-limiting#complexity-limits
 */
export const partsOf = (type: 'Issue' | 'IssueSearchResult'): string => `fragment Parts on ${type} {
  id identifier title url priority priorityLabel estimate dueDate createdAt updatedAt completedAt canceledAt archivedAt
  state { id name type }
  team { id key name }
  assignee { id name email }
  project { id name }
  labels(first: 20) { nodes { id name } }
}`

/** @returns the same object; a member that is a connection becomes the list of its nodes, at any depth */
export function flat(json: Json): Json {
  if (Array.isArray(json)) return json.map(flat)
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json.nodes)) return json.nodes.map(flat)
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, flat(value)]))
}

/**
 * What a mutation made.
 * @throws UPSTREAM_ERROR where Linear says that it had no success
 */
export function made(data: Json, mutation: string, member: string): Json {
  const object = memberAt(data, `${mutation}.${member}`)
  if (memberAt(data, `${mutation}.success`) !== true || object === undefined || object === null) {
    throw new ConnectorsError(
      'UPSTREAM_ERROR',
      'Linear did not say that it did this; look before you make the call again.',
    )
  }
  return flat(object)
}
