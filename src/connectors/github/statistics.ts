import { defineAction, fieldPaths, list, mapped, request } from '../../kit/index.js'
import { readScopes, repository } from './fields.js'

/*
 * GitHub computes these on demand: it answers 202 until it is done, and 204 for a repository without commits.
 * @see https://docs.github.com/en/rest/metrics/statistics#best-practices-for-caching
 */

/** @see https://docs.github.com/en/rest/metrics/statistics#get-all-contributor-commit-activity */
export const getAllContributorCommitActivity = defineAction({
  name: 'get_all_contributor_commit_activity',
  description:
    'Get the commits of each contributor, by week: w begins it (Unix seconds), a lines added, d deleted, c commits. From 10,000 commits on, a and d are 0. GitHub may compute for some seconds.',
  examples: ['who committed how much and when', 'additions and deletions by contributor', 'activity of each developer'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: fieldPaths('author.login total weeks'),
  input: repository,
  run: request('GET /repos/{owner}/{repo}/stats/contributors', { poll: 202, answer: list() }),
})

/** @see https://docs.github.com/en/rest/metrics/statistics#get-the-last-year-of-commit-activity */
export const getTheLastYearOfCommitActivity = defineAction({
  name: 'get_the_last_year_of_commit_activity',
  description:
    'Get the commits of the last year by week: week begins it (Unix seconds), days counts from Sunday. GitHub may compute for some seconds.',
  examples: ['how active was this repository last year', 'commits on each day', 'when is the project busiest'],
  effect: 'read',
  scopes: readScopes,
  input: repository,
  run: request('GET /repos/{owner}/{repo}/stats/commit_activity', { poll: 202, answer: list() }),
})

/** @see https://docs.github.com/en/rest/metrics/statistics#get-the-weekly-commit-count */
export const getWeeklyCommitCount = defineAction({
  name: 'get_weekly_commit_count',
  description:
    'Get the number of commits in each of the last 52 weeks, the oldest first: of all, and of the owner. GitHub may compute for some seconds.',
  examples: ['commits per week', 'is this project still maintained', 'how much does the owner commit'],
  effect: 'read',
  scopes: readScopes,
  input: repository,
  run: request('GET /repos/{owner}/{repo}/stats/participation', {
    poll: 202,
    answer: mapped((counts) => counts ?? { all: [], owner: [] }),
  }),
})
