import { bearer, defineConnector } from '../../kit/index.js'
import { slackAccount, slackOAuth, slackRevoke, slackToken } from '../providers/slack.js'
import { slackDialect, slackFailures } from '../providers/slack-api.js'
import { conversationsHistory, conversationsList, conversationsOpen, conversationsReplies } from './conversations.js'
import { chatPostMessage, reactionsAdd } from './messages.js'
import { usersList } from './people.js'
import { searchMessages } from './search.js'

/** User scopes: what is done here is done as the person. */
const SCOPES = [
  ...['channels:read', 'groups:read', 'im:read', 'mpim:read'],
  ...['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  ...['channels:write', 'groups:write', 'im:write', 'mpim:write', 'chat:write'],
  ...['users:read', 'users:read.email', 'users:write', 'emoji:read'],
  ...['bookmarks:read', 'bookmarks:write', 'pins:read', 'pins:write', 'reactions:read', 'reactions:write'],
  ...['reminders:read', 'search:read'],
]

export const slack = defineConnector({
  name: 'slack',
  title: 'Slack',
  description: 'Channels, messages, threads and people of a Slack workspace, as the person who links it.',
  categories: ['communication'],
  port: 'http',
  baseUrl: 'https://slack.com/api',
  auth: { oauth2: slackOAuth(SCOPES), custom: slackToken(SCOPES) },
  authorize: ({ accessToken, configuration }) => bearer(accessToken ?? String(configuration.token)),
  dialect: slackDialect,
  failures: slackFailures,
  account: slackAccount,
  revoke: slackRevoke,
  actions: [
    conversationsList,
    conversationsHistory,
    conversationsReplies,
    conversationsOpen,
    chatPostMessage,
    reactionsAdd,
    searchMessages,
    usersList,
  ],
})
