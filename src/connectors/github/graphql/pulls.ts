import { type Json, type JsonObject, memberAt } from '../../../kit/index.js'
import { ASSIGNEES, COMMENTS, flatParts, LABELS, nodesOf, PAGE_INFO, PROJECTS, REPOSITORY } from './parts.js'

/** What of a pull request is asked for only where it is wanted. */
export const PULL_PARTS = ['body', 'assignees', 'labels', 'comments', 'closing_issues', 'project_details'] as const
const PARTS = PULL_PARTS.map((part) => `$${part}: Boolean!`).join(' ')

/** @see https://docs.github.com/en/graphql/reference/objects#pullrequest */
const PULL = `
fragment Whole on PullRequest {
  number title state url closed draft: isDraft
  closed_at: closedAt created_at: createdAt updated_at: updatedAt merged_at: mergedAt
  body @include(if: $body)
  ... @include(if: $whole) { body_html: bodyHTML body_text: bodyText }
  author { login }
  closing_issues: closingIssuesReferences(first: 10) @include(if: $closing_issues) {
    nodes {
      number title
      ... @include(if: $whole) {
        id state url body closed_at: closedAt created_at: createdAt updated_at: updatedAt
        author { login }
        parent { number url }
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

export const GET_PULL = `
query GetPull($owner: String!, $repo: String!, $number: Int!, $whole: Boolean!, ${PARTS}) {
  repository(owner: $owner, name: $repo) { pullRequest(number: $number) { ...Whole } }
}
${PULL}`

export const LIST_PULLS = `
query ListPulls(
  $owner: String!, $repo: String!, $whole: Boolean!, ${PARTS}
  $first: Int, $after: String, $last: Int, $before: String
  $states: [PullRequestState!], $labelled: [String!], $head: String, $base: String, $order: IssueOrder!
) {
  repository(owner: $owner, name: $repo) {
    pullRequests(
      first: $first, after: $after, last: $last, before: $before, orderBy: $order
      states: $states, labels: $labelled, headRefName: $head, baseRefName: $base
    ) {
      nodes { ...Whole }
      ${PAGE_INFO}
    }
  }
}
${PULL}`

/** The flat object of the catalogue, out of a node of these documents. */
export function flatPull(node: Json): JsonObject {
  const { closing_issues, ...pull } = node as JsonObject
  return {
    project_details: null,
    ...flatParts(pull),
    ...(closing_issues === undefined ? {} : { closing_issues: nodesOf(closing_issues).map(flatIssueOf) }),
  }
}

function flatIssueOf({ parent, ...issue }: JsonObject): JsonObject {
  const flat = flatParts(issue)
  if (parent === undefined) return flat
  return { ...flat, parent_number: memberAt(parent, 'number') ?? null, parent_url: memberAt(parent, 'url') ?? null }
}
