import { isPlainObject, itemsAt, type Json, type JsonObject, memberAt } from '../../../kit/index.js'
import { nodesOf } from './parts.js'

/** What is counted: the name of it in the answer, and what GitHub calls it. */
const KINDS = {
  commit: { answer: 'commits_stats', vendor: 'Commit', plural: 'Commits', shows: 'commit_count: commitCount' },
  issue: { answer: 'issues_stats', vendor: 'Issue', plural: 'Issues', shows: 'of: issue { number title url state }' },
  pull_request: {
    answer: 'prs_stats',
    vendor: 'PullRequest',
    plural: 'PullRequests',
    shows: 'of: pullRequest { number title url state }',
  },
  pull_request_review: {
    answer: 'pr_reviews_stats',
    vendor: 'PullRequestReview',
    plural: 'PullRequestReviews',
    shows: 'of: pullRequest { number title url } review: pullRequestReview { state }',
  },
} as const

export type Statistic = keyof typeof KINDS
export const STATISTICS = Object.keys(KINDS) as [Statistic, ...Statistic[]]

/** GitHub tells of no more repositories, and of no more contributions at once. */
const MOST = 100

const statistic = (kind: Statistic): string => {
  const { vendor, plural, shows } = KINDS[kind]
  return `
      ... @include(if: $${kind}) {
        ${kind}_total: total${vendor}Contributions
        ${kind}_repositories: totalRepositoriesWithContributed${plural}
        ${kind}_breakdown: ${vendor.charAt(0).toLowerCase()}${vendor.slice(1)}ContributionsByRepository(maxRepositories: ${MOST})
          @include(if: $breakdown) {
          repository { name: nameWithOwner }
          contributions(first: $most) {
            total_count: totalCount
            nodes @include(if: $details) { occurred_at: occurredAt ${shows} }
          }
        }
      }`
}

/** @see https://docs.github.com/en/graphql/reference/objects#contributionscollection */
const CONTRIBUTIONS = `
query Contributions(
  $login: String!, $organization: ID, $from: DateTime, $to: DateTime, $breakdown: Boolean!, $details: Boolean!, $most: Int!,
  ${STATISTICS.map((kind) => `$${kind}: Boolean!`).join(', ')}
) {
  user(login: $login) {
    login
    contributions: contributionsCollection(organizationID: $organization, from: $from, to: $to) {
      started_at: startedAt ended_at: endedAt${STATISTICS.map(statistic).join('')}
    }
  }
}`

/** Members are asked for where they are what the statistics are about. */
const ORGANIZATION = `
query Organization($login: String!, $most: Int!, $members: Boolean!) {
  organization(login: $login) {
    id
    members: membersWithRole(first: $most) @include(if: $members) { total_count: totalCount nodes { login } }
  }
}`

const VIEWER = 'query Viewer { viewer { login } }'

export const CONTRIBUTION_DOCUMENTS = { CONTRIBUTIONS, ORGANIZATION, VIEWER }

/** Which statistics are wanted, and how much of each, as variables of the document. */
export const statisticVariables = (wanted: readonly Statistic[], breakdown: boolean, details: boolean): JsonObject => ({
  ...Object.fromEntries(STATISTICS.map((kind) => [kind, wanted.includes(kind)])),
  breakdown,
  details: breakdown && details,
  // Without details only the count of a connection is read.
  most: breakdown && details ? MOST : 1,
})

/** The statistics of one person as the catalogue has them, out of an answer of the document. */
export function statisticsOf(contributions: Json): JsonObject {
  const asked = STATISTICS.filter((kind) => memberAt(contributions, `${kind}_total`) !== undefined)
  return Object.fromEntries(
    asked.map((kind) => {
      const breakdown = memberAt(contributions, `${kind}_breakdown`)
      return [
        KINDS[kind].answer,
        {
          total_contributions: memberAt(contributions, `${kind}_total`) ?? null,
          total_repositories: memberAt(contributions, `${kind}_repositories`) ?? null,
          ...(breakdown === undefined ? {} : { breakdown: itemsAt(breakdown).map(ofRepository) }),
        },
      ]
    }),
  )
}

function ofRepository(entry: Json): JsonObject {
  const contributions = memberAt(entry, 'contributions') ?? null
  const hasDetails = memberAt(contributions, 'nodes') !== undefined
  return {
    repository: memberAt(entry, 'repository.name') ?? null,
    total_contributions: memberAt(contributions, 'total_count') ?? null,
    ...(hasDetails ? { contributions: nodesOf(contributions).map(flatContribution) } : {}),
  }
}

/** A contribution with the members of what it is about. */
function flatContribution({ of, review, ...contribution }: JsonObject): JsonObject {
  return { ...contribution, ...(isPlainObject(of) ? of : {}), ...(isPlainObject(review) ? review : {}) } as JsonObject
}
