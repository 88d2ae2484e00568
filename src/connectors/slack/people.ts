import { allOf, cursorPage, defineAction, request, z } from '../../kit/index.js'
import { cursor, NEXT, teamId } from './fields.js'

/** @see https://docs.slack.dev/reference/methods/users.list */
export const usersList = defineAction({
  name: 'users_list',
  description:
    'List the people and bots of the workspace, deactivated ones too, with names, ids and time zones; e-mail addresses where the account may see them. Ids stand for people everywhere else.',
  examples: ['who is in our workspace', 'find the Slack id of a colleague', 'look up someone by e-mail'],
  effect: 'read',
  scopes: [allOf('users:read'), allOf('users:read.email', { for: 'e-mail addresses in the answer' })],
  input: {
    limit: z.number().int().optional().describe('Most on a page; Slack recommends 200 at most'),
    cursor,
    include_locale: z.boolean().default(false).describe("Also each person's language"),
    team_id: teamId,
  },
  defaultFields: [
    'id',
    'name',
    'real_name',
    'team_id',
    'deleted',
    'is_bot',
    'is_admin',
    'is_owner',
    'is_restricted',
    'tz',
    'profile.display_name',
    'profile.real_name',
    'profile.email',
    'profile.title',
    'profile.phone',
    'profile.status_text',
    'profile.status_emoji',
    'updated',
  ],
  run: request('POST /users.list', { answer: cursorPage({ items: 'members', next: NEXT }) }),
})
