import { bearer, defineConnector, path, tokenField } from '../../kit/index.js'
import { linearAccount, linearDialect, linearFailures, linearOAuth } from '../providers/linear.js'
import { addComment, listComments } from './comments.js'
import { createIssue, getIssue, listIssues, searchIssues, updateIssue } from './issues.js'
import { getTeam, listProjects, listTeams } from './workspace.js'

export const linear = defineConnector({
  name: 'linear',
  title: 'Linear',
  description: 'Issues, comments, projects and teams in Linear.',
  categories: ['project management'],
  port: 'http',
  baseUrl: 'https://api.linear.app',
  auth: {
    oauth2: linearOAuth(['read', 'write']),
    custom: {
      fields: { api_key: tokenField('A personal API key of Linear') },
      help: 'Make one in Linear under Settings, Security & access, Personal API keys.',
      pages: () => [{ label: 'Make a personal API key', href: 'https://linear.app/settings/account/security' }],
    },
  },
  /** A personal key is sent as it is, without a scheme. @see https://linear.app/developers/graphql#authentication */
  authorize: ({ accessToken, configuration }) =>
    accessToken === null ? { authorization: String(configuration.api_key) } : bearer(accessToken),
  dialect: linearDialect,
  failures: linearFailures,
  account: linearAccount,
  /** @see https://linear.app/developers/oauth-2-0-authentication#revoke-an-access-token */
  revoke: async (as, { accessToken }) => {
    await as(bearer(accessToken)).post(path`/oauth/revoke`)
  },
  actions: [
    listIssues,
    searchIssues,
    getIssue,
    createIssue,
    updateIssue,
    listComments,
    addComment,
    listTeams,
    getTeam,
    listProjects,
  ],
})
