import { basic, bearer, ConnectorsError, defineConnector, memberAt, path, tokenField } from '../../kit/index.js'
import { githubDialect, githubFailures, githubNotices } from '../providers/github.js'
import { revokeIntegrations } from './administration.js'
import { listCollaborators } from './collaborators.js'
import { addIssueComment, listIssuesComments } from './comments.js'
import { searchContributions } from './contribution-search.js'
import { getUserContributionStatistics } from './contributions.js'
import { createIssue, getIssue, listIssues } from './issues.js'
import { addProjectItem, getProjectItem, updateProjectItem } from './project-items.js'
import { listProjectFields, listProjects } from './projects.js'
import { getPull, listPullRequests } from './pulls.js'
import { listCommits, listContributors, listLanguages, listReleases } from './repositories.js'
import { searchIssue, searchPullRequest } from './search.js'
import { searchCommits } from './searches/commits.js'
import { searchIssues } from './searches/issues.js'
import { listProjectItems } from './searches/project-items.js'
import { searchPullRequests } from './searches/pulls.js'
import { getAllContributorCommitActivity, getTheLastYearOfCommitActivity, getWeeklyCommitCount } from './statistics.js'

/**
 * Where a person makes a token, with what it needs filled in.
 * @param baseUrl of the API: https://api.github.com, https://api.NAME.ghe.com, https://HOST/api/v3 for a self-hosted installation
 * @see https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
 */
function tokenPages(baseUrl: string) {
  const { protocol, host } = new URL(baseUrl)
  const site = `${protocol}//${host.replace(/^api\.(?=github\.com$|.*\.ghe\.com$)/, '')}/settings`
  const fineGrained = {
    name: 'connectors-mcp',
    contents: 'read',
    issues: 'write',
    pull_requests: 'read',
    metadata: 'read',
  }
  return [
    {
      label: 'Make a classic token, with the scopes repo, project, read:user and read:org',
      href: `${site}/tokens/new?scopes=repo,project,read:user,read:org&description=connectors-mcp`,
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
  description: 'Issues, pull requests, commits, releases, contributors and projects on GitHub.',
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
      help: 'Make a personal access token at https://github.com/settings/tokens: a classic one with the scopes repo, project, read:user and read:org, or a fine-grained one for the repositories wanted.',
      pages: tokenPages,
    },
  },
  authorize: ({ accessToken, configuration }) => bearer(accessToken ?? String(configuration.token)),
  dialect: githubDialect,
  failures: githubFailures,
  notices: githubNotices,
  /** @see https://docs.github.com/en/rest/users/users#get-the-authenticated-user */
  account: async (upstream) => {
    const { json, headers } = await upstream.read(path`/user`)
    // Classic tokens and those of OAuth apps say what they may do; fine-grained tokens do not.
    const scopes = headers.get('x-oauth-scopes')
    const [identifier, id] = [memberAt(json, 'login'), memberAt(json, 'id')]
    if (typeof identifier !== 'string' || identifier === '')
      throw new ConnectorsError('UPSTREAM_ERROR', 'GitHub did not say whose credential this is.')
    return {
      identifier,
      // A login can pass to another person, the number cannot.
      ...(id === undefined ? {} : { id: String(id) }),
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
    getIssue,
    listIssues,
    addIssueComment,
    listIssuesComments,
    listCommits,
    listReleases,
    listContributors,
    listLanguages,
    searchIssue,
    searchPullRequest,
    listPullRequests,
    getPull,
    listCollaborators,
    searchContributions,
    getUserContributionStatistics,
    getAllContributorCommitActivity,
    getTheLastYearOfCommitActivity,
    getWeeklyCommitCount,
    listProjects,
    listProjectFields,
    getProjectItem,
    updateProjectItem,
    addProjectItem,
    revokeIntegrations,
    searchIssues,
    searchPullRequests,
    searchCommits,
    listProjectItems,
  ],
})
