import { type Json, type JsonObject, memberAt } from '../../../kit/index.js'
import { ASSIGNEES, COMMENTS, flatParts, LABELS, nodesOf, PAGE_INFO, PROJECTS, REPOSITORY } from './parts.js'

/** What of an issue is asked for only where it is wanted. */
export const ISSUE_PARTS = [
  'body',
  'assignees',
  'labels',
  'comments',
  'milestone',
  'closed_by',
  'project_details',
] as const
const PARTS = ISSUE_PARTS.map((part) => `$${part}: Boolean!`).join(' ')

/** @see https://docs.github.com/en/graphql/reference/objects#issue */
const ISSUE = `
fragment Whole on Issue {
  id number title state url
  closed_at: closedAt created_at: createdAt updated_at: updatedAt
  body @include(if: $body)
  author { login }
  parent { number url }
  milestone @include(if: $milestone) {
    id number title description state closed
    created_at: createdAt updated_at: updatedAt closed_at: closedAt due_on: dueOn
  }
  closed_by: closedByPullRequestsReferences(first: 5, includeClosedPrs: true) @include(if: $closed_by) {
    nodes {
      number
      ... @include(if: $whole) {
        title state url closed draft: isDraft body body_html: bodyHTML body_text: bodyText
        closed_at: closedAt created_at: createdAt updated_at: updatedAt merged_at: mergedAt
        author { login }
        assignees(first: 10) { nodes { login } }
      }
    }
  }
  ${ASSIGNEES}
  ${LABELS}
  ${COMMENTS}
  ${PROJECTS}
  ${REPOSITORY}
}`

export const GET_ISSUE = `
query GetIssue($owner: String!, $repo: String!, $number: Int!, $whole: Boolean!, ${PARTS}) {
  repository(owner: $owner, name: $repo) { issue(number: $number) { ...Whole } }
}
${ISSUE}`

export const LIST_ISSUES = `
query ListIssues(
  $owner: String!, $repo: String!, $whole: Boolean!, ${PARTS}
  $first: Int, $after: String, $last: Int, $before: String, $filter: IssueFilters, $order: IssueOrder!
) {
  repository(owner: $owner, name: $repo) {
    issues(first: $first, after: $after, last: $last, before: $before, filterBy: $filter, orderBy: $order) {
      nodes { ...Whole }
      ${PAGE_INFO}
    }
  }
}
${ISSUE}`

/** The flat object of the catalogue, out of a node of these documents. */
export function flatIssue(node: Json): JsonObject {
  const { parent, closed_by, ...issue } = node as JsonObject
  return {
    project_details: null,
    ...flatParts(issue),
    parent_number: memberAt(parent ?? null, 'number') ?? null,
    parent_url: memberAt(parent ?? null, 'url') ?? null,
    ...(closed_by === undefined ? {} : { closed_by: nodesOf(closed_by).map(flatParts) }),
  }
}
