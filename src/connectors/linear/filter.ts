import type { Body, JsonObject } from '../../kit/index.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What a caller may name in place of an id, by the members that may have that name. */
const named = (value: string, ...members: readonly string[]): JsonObject =>
  UUID.test(value) ? { id: { eq: value } } : { or: members.map((member) => ({ [member]: { eq_ignore_case: value } })) }

export interface Wanted {
  team?: string | undefined
  assignee?: string | undefined
  state?: string | undefined
  state_type?: string | undefined
  label?: string | undefined
  project?: string | undefined
  query?: string | undefined
  updated_after?: string | undefined
}

/** @returns the filter of teams that have this key, name or id */
export const teamFilter = (team: string): JsonObject => named(team, 'key', 'name')

const assigneeFilter = (assignee: string): JsonObject => {
  if (assignee === 'me') return { is_me: { eq: true } }
  if (assignee === 'none') return { null: true }
  return named(assignee, 'email', 'name', 'display_name')
}

const containing = (text: string): JsonObject => ({ contains_ignore_case: text })

/**
 * The filter for issues: all that is wanted must hold.
 * @returns an `IssueFilter`, in our spelling; what is not wanted is undefined
 * @see https://linear.app/developers/filtering
 */
export const issueFilter = ({
  team,
  assignee,
  state,
  state_type,
  label,
  project,
  query,
  updated_after,
}: Wanted): Body => ({
  team: team && teamFilter(team),
  assignee: assignee && assigneeFilter(assignee),
  state:
    state || state_type ? { ...(state && named(state, 'name')), type: state_type && { eq: state_type } } : undefined,
  labels: label && { some: named(label, 'name') },
  project: project && named(project, 'name'),
  or: query && [{ title: containing(query) }, { description: containing(query) }],
  updated_at: updated_after && { gte: updated_after },
})
