import { bearer, ConnectorsError, defineAction, defineConnector, path, Result, z } from '../../kit/index.js'
import { slackAccount, slackFailures, slackOAuth, slackRevoke, slackToken } from '../providers/slack.js'

/** User scopes: what is done here is done as the person. */
const SCOPES = [
  ...['channels:read', 'groups:read', 'im:read', 'mpim:read'],
  ...['channels:history', 'groups:history', 'im:history', 'mpim:history'],
  ...['channels:write', 'groups:write', 'im:write', 'mpim:write', 'chat:write'],
  ...['users:read', 'users:read.email', 'users:write', 'emoji:read'],
  ...['bookmarks:read', 'bookmarks:write', 'pins:read', 'pins:write', 'reactions:read', 'reactions:write'],
  ...['reminders:read', 'search:read'],
]

const people = z.looseObject({
  members: z.array(z.record(z.string(), z.json())),
  response_metadata: z.looseObject({ next_cursor: z.string().optional() }).optional(),
})

/** @see https://docs.slack.dev/reference/methods/users.list */
const usersList = defineAction({
  name: 'users_list',
  description:
    'List the people of the workspace, bots and deactivated ones included. meta.forwards_cursor leads to the next page.',
  examples: ['who is in our Slack', 'find the Slack id of a colleague', 'e-mail addresses of the team'],
  effect: 'read',
  input: {
    limit: z
      .number()
      .int()
      .min(1)
      .max(1000)
      .describe('The most people on a page; Slack advises at most 200')
      .optional(),
    cursor: z.string().describe('meta.forwards_cursor of the page before').optional(),
    include_locale: z.boolean().default(false).describe('Whether to show the language of each'),
    team_id: z.string().describe('Id of the workspace, for a token of a whole organisation').optional(),
  },
  run: async (slack, query) => {
    const { json } = await slack.send({ method: 'POST', path: path`/users.list`, query })
    const { data } = people.safeParse(json)
    if (!data)
      throw new ConnectorsError('UPSTREAM_ERROR', 'Slack did not answer with a list of people; try again later.')
    const next = data.response_metadata?.next_cursor || null
    return new Result(data.members, { has_next: next !== null, forwards_cursor: next })
  },
})

export const slack = defineConnector({
  name: 'slack',
  title: 'Slack',
  description: 'Channels, messages, people and reminders of a Slack workspace, as the person who links it.',
  categories: ['communication'],
  port: 'http',
  baseUrl: 'https://slack.com/api',
  auth: { oauth2: slackOAuth(SCOPES), custom: slackToken(SCOPES) },
  authorize: ({ accessToken, configuration }) => bearer(accessToken ?? String(configuration.token)),
  failures: slackFailures,
  account: slackAccount,
  revoke: slackRevoke,
  actions: [usersList],
})
