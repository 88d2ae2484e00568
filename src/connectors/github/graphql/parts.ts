import {
  type Call,
  ConnectorsError,
  isPlainObject,
  itemsAt,
  type Json,
  type JsonObject,
  memberAt,
} from '../../../kit/index.js'

// What documents about issues and about pull requests have in common. Members are renamed in the documents, by aliases, so that
// answers come in our spelling. A `$name` is a part that is asked for only where it is wanted: see `wantedParts`.

/** GitHub lets an issue have ten assignees and a hundred labels. */
export const ASSIGNEES = 'assignees(first: 10) @include(if: $assignees) { nodes { login } }'
export const LABELS =
  'labels(first: 100) @include(if: $labels) { nodes { id name color description is_default: isDefault } }'
export const COMMENTS = 'comments @include(if: $comments) { total_count: totalCount }'
export const REPOSITORY = 'repository { name owner { login } }'
/** The board column of an item is what people ask for; its other fields are for the actions of projects. */
export const PROJECTS = `
  project_details: projectItems(first: 10) @include(if: $project_details) {
    nodes {
      project { id number title url }
      ... @include(if: $whole) {
        id is_archived: isArchived
        status: fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
      }
    }
  }`
export const PAGE_INFO = `
  total_count: totalCount
  page_info: pageInfo {
    has_next_page: hasNextPage has_previous_page: hasPreviousPage start_cursor: startCursor end_cursor: endCursor
  }`

/** A token without one of them is refused every document that names a project. */
const PROJECT_SCOPES = ['read:project', 'project']

/**
 * Which parts of an item to ask for, as variables of a document: what the caller does not want costs GitHub nothing.
 * @param parts members of the answer
 * @returns for each part whether it is wanted, and `whole`: whether members are wanted that are not among the default ones
 */
export function wantedParts<Part extends string>(
  { fields, account }: Call,
  parts: readonly Part[],
): Record<Part | 'whole', boolean> {
  const isWanted = (part: string): boolean =>
    fields === null || fields.some((path) => path === part || path.startsWith(`${part}.`))
  const mayAsk = (part: string): boolean =>
    part !== 'project_details' || account === null || PROJECT_SCOPES.some((scope) => account.scopes.includes(scope))
  const wanted = parts.map((part) => [part, isWanted(part) && mayAsk(part)] as const)
  return { ...Object.fromEntries(wanted), whole: fields === null } as Record<Part | 'whole', boolean>
}

/** A node of an answer. @throws NOT_FOUND where it is null, though GitHub names no failure */
export function nodeAt(data: Json, path: string): JsonObject {
  const node = memberAt(data, path)
  if (isPlainObject(node)) return node as JsonObject
  throw new ConnectorsError('NOT_FOUND', 'GitHub shows nothing of that name or number to this account; check them.')
}

export const nodesOf = (connection: Json): JsonObject[] =>
  itemsAt(connection, 'nodes').filter(isPlainObject) as JsonObject[]

/** A deleted account has no login. */
export const loginOf = (actor: Json | undefined): Json => memberAt(actor ?? null, 'login') ?? null

/** The members that issues and pull requests have in common, made flat; those that were not asked for are left out. */
export function flatParts(node: JsonObject): JsonObject {
  const { author, assignees, labels, comments, repository, project_details, ...plain } = node
  return {
    ...plain,
    ...(author === undefined ? {} : { author: loginOf(author) }),
    ...(assignees === undefined ? {} : { assignees: nodesOf(assignees).map(loginOf) }),
    ...(labels === undefined ? {} : { labels: nodesOf(labels) }),
    ...(comments === undefined ? {} : { comments: memberAt(comments, 'total_count') ?? null }),
    ...(repository === undefined
      ? {}
      : { repository: { name: memberAt(repository, 'name') ?? null, owner: loginOf(memberAt(repository, 'owner')) } }),
    ...(project_details === undefined ? {} : { project_details: projectsOf(nodesOf(project_details)) }),
  }
}

/** An item says by its number which of the projects it lies in. */
function projectsOf(items: JsonObject[]): JsonObject {
  const projects = new Map(items.map(({ project }) => [String(memberAt(project ?? null, 'id')), project ?? null]))
  return {
    project_items: items.map(({ project, status: column, ...item }) => ({
      ...item,
      ...(column === undefined ? {} : { status: memberAt(column, 'name') ?? null }),
      project_number: memberAt(project ?? null, 'number') ?? null,
    })),
    projects: [...projects.values()].filter((project) => project !== null),
  }
}
