import { dateOrTime, defineAction, fieldPaths, numberedPage, request, z } from '../../kit/index.js'
import { pages, readScopes, repository } from './fields.js'

/** @see https://docs.github.com/en/rest/commits/commits#list-commits */
export const listCommits = defineAction({
  name: 'list_commits',
  description:
    'List the commits of a branch, the newest first, with author, date and message; without `sha` those of the default branch. A bound that is a date alone means the whole day. An empty repository has an empty list.',
  examples: ['what changed in this repository lately', 'commits by someone this month', 'history of a file'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: fieldPaths(`
    sha commit.message commit.author.name commit.author.date author.login html_url parents.sha
  `),
  input: {
    ...repository,
    sha: z.string().describe('Branch, tag or commit to start from').optional(),
    path: z.string().describe('Only commits that touch this file or folder').optional(),
    author: z.string().describe('Only commits by this author: a GitHub login or an e-mail address').optional(),
    committer: z.string().describe('Only commits by this committer: a GitHub login or an e-mail address').optional(),
    ...pages,
    since: dateOrTime('Only commits of then or later', 'start').optional(),
    until: dateOrTime('Only commits of then or earlier', 'end').optional(),
  },
  run: request('GET /repos/{owner}/{repo}/commits', { answer: numberedPage({ emptyStatus: 409 }) }),
})

/** @see https://docs.github.com/en/rest/releases/releases#list-releases */
export const listReleases = defineAction({
  name: 'list_releases',
  description:
    'List the releases of a repository, the newest first, with their notes and files. Plain tags are not among them; drafts only for those with push access.',
  examples: ['latest version of a project', 'release notes', 'what has been released this year'],
  effect: 'read',
  scopes: readScopes,
  defaultFields: fieldPaths(`
    id tag_name name body draft prerelease author.login target_commitish html_url created_at published_at
    assets.name assets.size assets.download_count assets.browser_download_url
  `),
  input: { ...repository, ...pages },
  run: request('GET /repos/{owner}/{repo}/releases', { answer: numberedPage() }),
})

/** @see https://docs.github.com/en/rest/repos/repos#list-repository-contributors */
export const listContributors = defineAction({
  name: 'list_contributors',
  description:
    'List who contributed to a repository, those with the most commits first, with the number of their commits. May be some hours old. An empty repository has an empty list.',
  examples: ['who works on this project', 'top contributors of a repository', 'how many commits has each person made'],
  effect: 'read',
  scopes: readScopes,
  // Those without an account have a name and an address instead.
  defaultFields: fieldPaths('login name email contributions type html_url'),
  input: {
    ...repository,
    // GitHub takes any value for yes, so no is not sent.
    anon: z
      .boolean()
      .transform((isAsked) => isAsked || undefined)
      .describe('Also those whose e-mail address belongs to no GitHub account')
      .optional(),
    ...pages,
  },
  run: request('GET /repos/{owner}/{repo}/contributors', { answer: numberedPage() }),
})

/** @see https://docs.github.com/en/rest/repos/repos#list-repository-languages */
export const listLanguages = defineAction({
  name: 'list_languages',
  description: 'Tell which programming languages a repository is written in: bytes of code by language.',
  examples: ['what language is this project written in', 'share of Python in the code'],
  effect: 'read',
  scopes: readScopes,
  input: repository,
  run: request('GET /repos/{owner}/{repo}/languages'),
})
