import { isPlainObject, type Json, type JsonObject, memberAt } from '../../../kit/index.js'
import { loginOf, nodesOf, PAGE_INFO } from './parts.js'

/**
 * A page of the items of a project. Labels, people and reviewers are in the content already, and as fields each would cost GitHub
 * a list more for every field of every item.
 * @see https://docs.github.com/en/graphql/reference/objects#projectv2item
 */
export const LIST_PROJECT_ITEMS = `
query ListProjectItems($organization: String!, $number: Int!, $after: String) {
  organization(login: $organization) {
    project: projectV2(number: $number) {
      items(first: 100, after: $after) {
        nodes { ...Item }
        ${PAGE_INFO}
      }
    }
  }
}
fragment Item on ProjectV2Item {
  id type is_archived: isArchived created_at: createdAt updated_at: updatedAt
  status: fieldValueByName(name: "Status") { ... on ProjectV2ItemFieldSingleSelectValue { name } }
  field_values: fieldValues(first: 50) {
    nodes {
      ... on ProjectV2ItemFieldTextValue { text field { ...Name } }
      ... on ProjectV2ItemFieldNumberValue { number field { ...Name } }
      ... on ProjectV2ItemFieldDateValue { date field { ...Name } }
      ... on ProjectV2ItemFieldSingleSelectValue { option: name field { ...Name } }
      ... on ProjectV2ItemFieldIterationValue { iteration: title field { ...Name } }
    }
  }
  content {
    ... on DraftIssue { title body assignees(first: 10) { ...Logins } }
    ... on Issue {
      title body number url issue_state: state
      milestone { title } repository { name: nameWithOwner } labels(first: 50) { nodes { name } }
      assignees(first: 10) { ...Logins }
    }
    ... on PullRequest {
      title body number url pull_state: state
      milestone { title } repository { name: nameWithOwner } labels(first: 50) { nodes { name } }
      assignees(first: 10) { ...Logins }
    }
  }
}
fragment Name on ProjectV2FieldConfiguration { ... on ProjectV2FieldCommon { name } }
fragment Logins on UserConnection { nodes { login } }`

/** The flat object of the catalogue, out of a node of the document; and in `choices` the values of fields that one chooses. */
export function flatProjectItem({ id, type, status, created_at, updated_at, ...node }: JsonObject): JsonObject {
  const values = nodesOf(node.field_values ?? null).filter(({ field }) => nameOf(field) !== null)
  const valuesOf = (...kinds: string[]): [string, Json][] =>
    values.flatMap((value) => {
      const kind = kinds.find((one) => value[one] !== undefined)
      return kind === undefined ? [] : [[String(nameOf(value.field)), value[kind] ?? null]]
    })
  const content = isPlainObject(node.content) ? flatContent(node.content as JsonObject) : null
  return {
    id: id ?? null,
    type: type ?? null,
    title: memberAt(content, 'title') ?? null,
    status: nameOf(status),
    created_at: created_at ?? null,
    updated_at: updated_at ?? null,
    content,
    field_values: Object.fromEntries(valuesOf('text', 'number', 'date', 'option', 'iteration')),
    choices: Object.fromEntries(valuesOf('option', 'iteration')),
  }
}

/** A draft has no number, and lies in no repository. */
function flatContent(content: JsonObject): JsonObject {
  const at = (path: string): Json => memberAt(content, path) ?? null
  return {
    title: at('title'),
    body: at('body'),
    state: content.issue_state ?? content.pull_state ?? null,
    url: at('url'),
    milestone: at('milestone.title'),
    repository: at('repository.name'),
    number: at('number'),
    labels: nodesOf(at('labels')).map(({ name }) => name ?? null),
    assignees: nodesOf(at('assignees')).map(loginOf),
  }
}

const nameOf = (named: Json | undefined): Json => memberAt(named ?? null, 'name') ?? null
