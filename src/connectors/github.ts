import {
  allOf,
  anyOf,
  basic,
  bearer,
  ConnectorsError,
  dateOrTime,
  defineAction,
  defineConnector,
  type Json,
  numberedPage,
  pageOf,
  path,
  request,
  tokenField,
  z,
} from '../kit/index.js'
import { githubFailures, githubNotices } from './providers/github.js'

const repository = {
  owner: z.string().min(1).describe('Login of the user or organisation that owns the repository'),
  repo: z.string().min(1).describe('Name of the repository, without its owner'),
}
const issue = {
  ...repository,
  issue_number: z.number().int().min(1).describe('Number of the issue or pull request, as in its URL'),
}
/** @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps#available-scopes */
const privateRepositories = allOf('repo', { for: 'private repositories' })
const readScopes = [privateRepositories]
const writeScopes = [anyOf('public_repo', 'repo'), privateRepositories]
const pages = {
  per_page: z.number().int().min(1).max(100).default(30).describe('Items on a page'),
  page: z.number().int().min(1).default(1).describe('Which page, from 1'),
}

/** @see https://docs.github.com/en/rest/issues/issues#create-an-issue */
const createIssue = defineAction({
  name: 'create_issue',
  description:
    'Open an issue in a repository. A repeated call opens a second issue. Assignees, labels and milestone need push access; without it GitHub leaves them out and says nothing, so look at the answer.',
  examples: [
    'report a bug in a repository',
    'file a ticket for this problem',
    'open an issue and assign it to someone',
  ],
  effect: 'create',
  scopes: writeScopes,
  input: {
    ...repository,
    title: z.string().min(1).describe('Title of the issue'),
    body: z.string().describe('Text of the issue, in Markdown').optional(),
    assignees: z.array(z.string()).describe('Logins of the people to assign').optional(),
    milestone: z.number().int().describe('Number of the milestone').optional(),
    labels: z.array(z.string()).describe('Names of the labels').optional(),
  },
  run: request('POST /repos/{owner}/{repo}/issues'),
})

/** @see https://docs.github.com/en/rest/issues/comments#create-an-issue-comment */
const addIssueComment = defineAction({
  name: 'add_issue_comment',
  description:
    'Write a comment on an issue or a pull request (in its conversation, not on a line of code). A repeated call writes a second comment.',
  examples: ['reply on this issue', 'leave a comment on the pull request', 'tell them in the ticket that it is fixed'],
  effect: 'create',
  scopes: writeScopes,
  input: { ...issue, body: z.string().min(1).describe('Text of the comment, in Markdown') },
  run: request('POST /repos/{owner}/{repo}/issues/{issue_number}/comments'),
})

type OrderBy = 'created_at' | 'updated_at'

/** The most comments looked at to filter and order: ten requests. */
const MOST_COMMENTS = 1000

/**
 * GitHub gives comments oldest first and knows one bound, `since`, on the last change. So all of them are fetched, up to
 * a limit, then filtered, ordered and cut into pages here.
 * @see https://docs.github.com/en/rest/issues/comments#list-issue-comments
 */
const listIssuesComments = defineAction({
  name: 'list_issues_comments',
  description: `List the comments of an issue or pull request, the newest first by default, within bounds of when they were created or last changed. A bound that is a date alone means the whole day. On an issue with more than ${MOST_COMMENTS} comments only the first or last ${MOST_COMMENTS}, by direction, are looked at and meta.truncated is true; narrow it with updated_at_from. Nothing is cached, so force_new makes no difference.`,
  examples: ['what did people say on this issue', 'latest comments on the ticket', 'comments written since last week'],
  effect: 'read',
  scopes: readScopes,
  input: {
    ...issue,
    force_new: z.boolean().default(false).describe('Makes no difference: answers are always fresh'),
    created_at_from: dateOrTime('Only comments created then or later', 'start').optional(),
    created_at_to: dateOrTime('Only comments created then or earlier', 'end').optional(),
    updated_at_from: dateOrTime('Only comments changed then or later', 'start').optional(),
    updated_at_to: dateOrTime('Only comments changed then or earlier', 'end').optional(),
    ...pages,
    order_by: z.enum(['created_at', 'updated_at']).default('created_at').describe('What to order by'),
    direction: z.enum(['asc', 'desc']).default('desc').describe('asc: oldest first; desc: newest first'),
  },
  run: async (github, { owner, repo, issue_number, page, per_page, order_by, direction, force_new: _, ...bounds }) => {
    const comments = path`/repos/${owner}/${repo}/issues/${issue_number}/comments`
    const bounded = Object.values(bounds).some((bound) => bound !== undefined)
    if (!bounded && order_by === 'created_at' && direction === 'asc') return github.list(comments, { page, per_page })
    // A comment changes no earlier than it is created, so `since` narrows both lower bounds.
    const since = [bounds.created_at_from, bounds.updated_at_from]
      .filter((from) => from !== undefined)
      .sort()
      .at(-1)
    const { items, truncated } = await github.collect(
      comments,
      { since },
      { most: MOST_COMMENTS, from: direction === 'asc' ? 'start' : 'end' },
    )
    const found = items.filter(
      (comment) =>
        isWithin(comment, 'created_at', bounds.created_at_from, bounds.created_at_to) &&
        isWithin(comment, 'updated_at', bounds.updated_at_from, bounds.updated_at_to),
    )
    return pageOf({ items: ordered(found, order_by, direction), truncated }, page, per_page)
  },
})

const textOf = (value: Json, name: string): string => {
  const text = typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined
  return typeof text === 'string' ? text : ''
}

/** GitHub's number of a user. A login can pass to another person, the number cannot. */
const idOf = (user: Json): string | undefined => {
  const id = typeof user === 'object' && user !== null && !Array.isArray(user) ? user.id : undefined
  return typeof id === 'number' || typeof id === 'string' ? String(id) : undefined
}

const timeOf = (comment: Json, field: OrderBy): number => Date.parse(textOf(comment, field))

function isWithin(comment: Json, field: OrderBy, from: string | undefined, to: string | undefined): boolean {
  const time = timeOf(comment, field)
  return (from === undefined || time >= Date.parse(from)) && (to === undefined || time <= Date.parse(to))
}

/** Comments of one second keep GitHub's order, or its reverse. */
function ordered(comments: Json[], field: OrderBy, direction: 'asc' | 'desc'): Json[] {
  const ascending = comments.toSorted((a, b) => timeOf(a, field) - timeOf(b, field))
  return direction === 'asc' ? ascending : ascending.reverse()
}

/** @see https://docs.github.com/en/rest/commits/commits#list-commits */
const listCommits = defineAction({
  name: 'list_commits',
  description:
    'List the commits of a branch, the newest first, with author, date and message; without `sha` those of the default branch. A bound that is a date alone means the whole day. An empty repository has an empty list.',
  examples: ['what changed in this repository lately', 'commits by someone this month', 'history of a file'],
  effect: 'read',
  scopes: readScopes,
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
const listReleases = defineAction({
  name: 'list_releases',
  description:
    'List the releases of a repository, the newest first, with their notes and files. Plain tags are not among them; drafts only for those with push access.',
  examples: ['latest version of a project', 'release notes', 'what has been released this year'],
  effect: 'read',
  scopes: readScopes,
  input: { ...repository, ...pages },
  run: request('GET /repos/{owner}/{repo}/releases', { answer: numberedPage() }),
})

/** @see https://docs.github.com/en/rest/repos/repos#list-repository-contributors */
const listContributors = defineAction({
  name: 'list_contributors',
  description:
    'List who contributed to a repository, those with the most commits first, with the number of their commits. May be some hours old. An empty repository has an empty list.',
  examples: ['who works on this project', 'top contributors of a repository', 'how many commits has each person made'],
  effect: 'read',
  scopes: readScopes,
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
const listLanguages = defineAction({
  name: 'list_languages',
  description: 'Tell which programming languages a repository is written in: bytes of code by language.',
  examples: ['what language is this project written in', 'share of Python in the code'],
  effect: 'read',
  scopes: readScopes,
  input: repository,
  run: request('GET /repos/{owner}/{repo}/languages'),
})

/** GitHub refuses a search of issues and pull requests together to some kinds of token. */
const SAYS_WHICH = /(?:^|[\s(])(?:is|type):"?(?:issue|pr|pull-request)\b/i
/** A phrase, or with a colon before it the value of a qualifier. */
const QUOTED = /(:?)"[^"]*"/g
const OPERATOR = /(?:^|[\s(])(?:OR|AND|NOT)(?=$|[\s)(])/i

/**
 * The query with `is:issue`, unless it says which kind itself. In GitHub's search a space binds more tightly than OR, so
 * a query with operators of its own is put into parentheses: otherwise `is:issue` would apply to its last words only.
 * @see https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/filtering-and-searching-issues-and-pull-requests#using-boolean-operators
 * @see https://github.com/cli/cli/issues/12264 for what happens without them
 */
export function limitedToIssues(query: string): string {
  const isSaid = SAYS_WHICH.test(query.replaceAll(QUOTED, (quoted, colon) => (colon === '' ? ' ' : quoted)))
  if (isSaid) return query
  const unquoted = query.replaceAll(QUOTED, ' ')
  // A quote or parenthesis that is not closed would swallow what follows.
  if (!isBalanced(unquoted)) return `is:issue ${query}`
  return OPERATOR.test(unquoted) ? `(${query}) is:issue` : `${query} is:issue`
}

function isBalanced(unquoted: string): boolean {
  let open = 0
  for (const character of unquoted) {
    if (character === '(') open++
    if (character === ')' && --open < 0) return false
  }
  return open === 0 && !unquoted.includes('"')
}

/** @see https://docs.github.com/en/rest/search/search#search-issues-and-pull-requests */
const searchIssue = defineAction({
  name: 'github_search_issue',
  description:
    "Search issues across GitHub in its own search syntax: words and qualifiers such as repo:owner/name, org:, author:, assignee:, label:, state:open, created:>2025-01-01. `is:issue` is added unless the query says is:issue or is:pr. meta.total counts all matches, of which GitHub shows the first 1000; meta.incomplete_results is true when GitHub's search ran out of time.",
  examples: [
    'find open bugs about login',
    'issues assigned to me across repositories',
    'has this problem been reported',
  ],
  effect: 'read',
  scopes: readScopes,
  input: {
    query: z.string().min(1).transform(limitedToIssues).describe("Words and qualifiers of GitHub's issue search"),
    sort: z
      .enum([
        'comments',
        'reactions',
        'reactions-+1',
        'reactions--1',
        'reactions-smile',
        'reactions-thinking_face',
        'reactions-heart',
        'reactions-tada',
        'interactions',
        'created',
        'updated',
      ])
      .nullable()
      .describe('What to order by; null: best match'),
    order: z.enum(['asc', 'desc']).default('desc').describe('Direction of the order; has no effect without sort'),
    page: pages.page,
    per_page: pages.per_page,
  },
  run: request('GET /search/issues', {
    rename: { query: 'q' },
    answer: numberedPage({ items: 'items', total: 'total_count', meta: ['incomplete_results'] }),
  }),
})

/**
 * Where a person makes a token, with what it needs filled in.
 * @param baseUrl of the API: https://api.github.com, https://api.NAME.ghe.com, https://HOST/api/v3 for a self-hosted installation
 * @see https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
 */
function tokenPages(baseUrl: string) {
  const { protocol, host } = new URL(baseUrl)
  const site = `${protocol}//${host.replace(/^api\.(?=github\.com$|.*\.ghe\.com$)/, '')}/settings`
  const fineGrained = { name: 'connectors-mcp', contents: 'read', issues: 'write', metadata: 'read' }
  return [
    {
      label: 'Make a classic token, with the scopes repo and read:org',
      href: `${site}/tokens/new?scopes=repo,read:org&description=connectors-mcp`,
    },
    {
      label: 'Or make a fine-grained one, for the repositories you choose',
      href: `${site}/personal-access-tokens/new?${new URLSearchParams(fineGrained)}`,
    },
  ]
}

export const github = defineConnector({
  name: 'github',
  title: 'GitHub',
  description: 'Issues, comments, commits, releases and contributors of GitHub repositories.',
  categories: ['development'],
  port: 'http',
  baseUrl: 'https://api.github.com',
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  auth: {
    oauth2: {
      family: 'github',
      issuer: 'https://github.com/login/oauth',
      authorization_endpoint: 'https://github.com/login/oauth/authorize',
      token_endpoint: 'https://github.com/login/oauth/access_token',
      device_authorization_endpoint: 'https://github.com/login/device/code',
      device_flow_without_secret: true,
      revokes_all_grants: true,
      token_endpoint_auth_method: 'client_secret_post',
      scopes: ['repo', 'project', 'read:user', 'read:org'],
      scope_separator: ' ',
      // Scopes come back with commas, and failures under names of GitHub's own.
      token_response: {
        scope_separator: ',',
        error_codes: {
          bad_verification_code: 'invalid_grant',
          bad_refresh_token: 'invalid_grant',
          incorrect_device_code: 'invalid_grant',
          redirect_uri_mismatch: 'invalid_grant',
          incorrect_client_credentials: 'invalid_client',
          // Its page on the device flow names both; "Enable Device Flow" is a setting of the OAuth app.
          token_expired: 'expired_token',
          device_flow_disabled: 'unauthorized_client',
        },
      },
      registration_page: 'https://github.com/settings/developers',
    },
    custom: {
      fields: { token: tokenField('A personal access token of GitHub') },
      help: 'Make a personal access token at https://github.com/settings/tokens: a classic one with the scopes repo and read:org, or a fine-grained one for the repositories wanted.',
      pages: tokenPages,
    },
  },
  authorize: ({ accessToken, configuration }) => bearer(accessToken ?? String(configuration.token)),
  failures: githubFailures,
  notices: githubNotices,
  /** @see https://docs.github.com/en/rest/users/users#get-the-authenticated-user */
  account: async (upstream) => {
    const { json, headers } = await upstream.read(path`/user`)
    // Classic tokens and those of OAuth apps say what they may do; fine-grained tokens do not.
    const scopes = headers.get('x-oauth-scopes')
    const identifier = textOf(json, 'login')
    if (identifier === '') throw new ConnectorsError('UPSTREAM_ERROR', 'GitHub did not say whose credential this is.')
    const id = idOf(json)
    return {
      identifier,
      ...(id === undefined ? {} : { id }),
      ...(scopes === null
        ? {}
        : {
            scopes: scopes
              .split(',')
              .map((scope) => scope.trim())
              .filter(Boolean),
          }),
    }
  },
  /** @see https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-authorization */
  revoke: async (as, { accessToken, clientId, clientSecret }) => {
    const app = as(basic(clientId, clientSecret))
    await app.delete(path`/applications/${clientId}/grant`, {}, { access_token: accessToken })
  },
  actions: [
    createIssue,
    addIssueComment,
    listIssuesComments,
    listCommits,
    listReleases,
    listContributors,
    listLanguages,
    searchIssue,
  ],
})
