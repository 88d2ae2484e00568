import {
  allOf,
  anyOf,
  ConnectorsError,
  fieldPaths,
  itemsAt,
  type Json,
  type JsonObject,
  memberAt,
  Result,
  z,
} from '../../kit/index.js'

export const id = (of: string) => z.string().min(1).describe(`Id of the ${of}`)

export const issueId = z.string().min(1).describe('Id of the issue, or its identifier: ENG-123')

/** What every list takes. @see https://linear.app/developers/pagination */
export const PAGE = {
  limit: z.number().int().min(1).max(100).default(25).describe('Items on a page'),
  cursor: z.string().optional().describe('meta.forwards_cursor of the page before'),
}

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

/** @returns the members that are there; Linear takes a null for a change, so what was left out must not be sent as one */
export const given = (members: Readonly<Record<string, Json | undefined>>): JsonObject =>
  Object.fromEntries(Object.entries(members).filter((member): member is [string, Json] => member[1] !== undefined))

/** The member of a list with pages that has its items. */
const NODES = 'nodes'

/** @returns the same object; a member that is a connection becomes the list of its nodes, at any depth */
export function flat(json: Json): Json {
  if (Array.isArray(json)) return json.map(flat)
  if (json === null || typeof json !== 'object') return json
  if (Array.isArray(json[NODES])) return itemsAt(json, NODES).map(flat)
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, flat(value)]))
}

/**
 * A page as the result of an action.
 * @param at the member of `data` that is a list with pages
 * @throws UPSTREAM_ERROR where its items are not a list
 */
export function page(data: Json, at: string): Result {
  const next = memberAt(data, `${at}.page_info.end_cursor`)
  const more = memberAt(data, `${at}.page_info.has_next_page`) === true && typeof next === 'string'
  const total = memberAt(data, `${at}.total_count`)
  const meta = given({ has_next: more, forwards_cursor: more ? next : undefined, total })
  return new Result(itemsAt(data, `${at}.${NODES}`).map(flat), meta)
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
