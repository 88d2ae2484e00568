import { dateOrTime, itemsAt, type Json, type JsonObject, memberAt, Result, z } from '../../../kit/index.js'
import { loginOf } from '../graphql/parts.js'
import type { OfRepositories } from './repositories.js'

// What the searches for issues, pull requests and commits have in common. What is gathered has more members than are shown: by
// them it is filtered and ordered.

export const states = z.enum(['open', 'closed', 'all']).default('all').describe('Which of them')
export const labels = z.array(z.string()).optional().describe('Names of labels, all of which it has')
export const summarize = (what: string) =>
  z.boolean().default(false).describe(`Also how many there are by ${what}, in meta`)
export const bounds = (what: string) => ({
  since: dateOrTime(`Only ${what} then or later`, 'start').optional(),
  until: dateOrTime(`Only ${what} then or earlier`, 'end').optional(),
})

/** The members that issues and pull requests have in common. @param item as the REST API has it */
export function flatItem(item: Json, repository: string): JsonObject {
  const at = (path: string): Json => memberAt(item, path) ?? null
  return {
    repository,
    number: at('number'),
    title: at('title'),
    body: at('body'),
    state: at('state'),
    url: at('html_url'),
    labels: itemsAt(item, 'labels').map((label) => memberAt(label, 'name') ?? null),
    milestone: at('milestone.title'),
    assignee: at('assignee.login'),
    assignees: itemsAt(item, 'assignees').map(loginOf),
    created_at: at('created_at'),
    updated_at: at('updated_at'),
    node_id: at('node_id'),
    milestone_number: at('milestone.number'),
  }
}

export const creatorOf = (item: Json): Json => loginOf(memberAt(item, 'user'))

/** GitHub does not tell logins and labels apart by their case. */
export const isSame = (one: Json | undefined, other: string): boolean =>
  typeof one === 'string' && one.toLowerCase() === other.toLowerCase()

export const hasLabels = ({ labels }: JsonObject, wanted: readonly string[]): boolean =>
  wanted.every((name) => Array.isArray(labels) && labels.some((label) => isSame(label, name)))

/** Milliseconds since the epoch; NaN, which lies within no bound, where the member does not hold one. */
export const timeOf = (item: JsonObject, member: string): number => Date.parse(String(item[member]))

export const isUntil = (item: JsonObject, member: string, until: string | undefined): boolean =>
  until === undefined || timeOf(item, member) <= Date.parse(until)

export const isSince = (item: JsonObject, member: string, since: string | undefined): boolean =>
  since === undefined || timeOf(item, member) >= Date.parse(since)

/** Items that are equal stay in the order in which they were gathered. */
export function ordered(
  items: readonly JsonObject[],
  by: (item: JsonObject) => number,
  direction: 'asc' | 'desc',
): JsonObject[] {
  const sign = direction === 'asc' ? 1 : -1
  return items.toSorted((one, other) => sign * (by(one) - by(other)))
}

/** How many items there are of each name, the most first. @param most how many names are shown */
export function countsOf(names: readonly (Json | undefined)[], most = Infinity): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) if (typeof name === 'string') counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([, one], [, other]) => other - one).slice(0, most))
}

/** The items with the wanted members, and in `meta` where they come from. */
export function searchResult(
  { repositories, errors, truncated }: OfRepositories,
  found: readonly JsonObject[],
  { members, summaries }: { members: readonly string[]; summaries: JsonObject },
): Result {
  const selected = found.map((item) => Object.fromEntries(members.map((name) => [name, item[name] ?? null])))
  return new Result(selected, {
    repositories,
    total: found.length,
    ...summaries,
    errors,
    ...(truncated ? { truncated } : {}),
  })
}

/** The members that a caller wants; all of them where none is named. */
export const wantedMembers = <Name extends string>(fields: readonly Name[] | undefined, all: readonly Name[]) =>
  fields?.length ? fields : all
