import { anyOf, cursorPage, defineAction, exactlyOne, request, without, z } from '../../kit/index.js'
import {
  channel,
  cursor,
  EACH_KIND,
  ENVELOPE,
  includeAllMetadata,
  MESSAGE_FIELDS,
  messageRange,
  NEXT,
  teamId,
} from './fields.js'

const limit = z.number().int().min(1).max(1000).describe('Most on a page; Slack may return fewer')

/** @see https://docs.slack.dev/reference/methods/conversations.list */
export const conversationsList = defineAction({
  name: 'conversations_list',
  description:
    'List channels and direct messages the person can see, with the ids that other actions need. Public channels only, unless types says more. Not sorted by name: page on until the wanted one appears.',
  examples: ['which channels are there', 'find the id of #general', 'list my private channels and group messages'],
  effect: 'read',
  scopes: [anyOf('channels:read', 'groups:read', 'im:read', 'mpim:read', EACH_KIND)],
  input: {
    exclude_archived: z.boolean().default(false).describe('Leave archived ones out'),
    types: z
      .string()
      .default('public_channel')
      .describe('Kinds, joined by commas: public_channel, private_channel, mpim, im'),
    limit: limit.default(100),
    cursor,
    team_id: teamId,
  },
  defaultFields: [
    'id',
    'name',
    'is_channel',
    'is_group',
    'is_im',
    'is_mpim',
    'is_private',
    'is_archived',
    'is_general',
    'is_member',
    'user',
    'num_members',
    'topic.value',
    'purpose.value',
    'creator',
    'created',
  ],
  run: request('POST /conversations.list', { answer: cursorPage({ items: 'channels', next: NEXT }) }),
})

/** @see https://docs.slack.dev/reference/methods/conversations.history */
export const conversationsHistory = defineAction({
  name: 'conversations_history',
  description:
    'Read the messages of a conversation, the newest first, perhaps between two times. Replies in threads are not among them: a message with reply_count has some, which conversations_replies reads by its ts.',
  examples: ['what was said in #general today', 'latest messages of a channel', 'read my direct messages with someone'],
  effect: 'read',
  scopes: [anyOf('channels:history', 'groups:history', 'im:history', 'mpim:history', EACH_KIND)],
  input: { channel, ...messageRange, limit: limit.default(100), cursor, include_all_metadata: includeAllMetadata },
  defaultFields: MESSAGE_FIELDS,
  run: request('POST /conversations.history', { answer: cursorPage({ items: 'messages', next: NEXT }) }),
})

/** @see https://docs.slack.dev/reference/methods/conversations.replies */
export const conversationsReplies = defineAction({
  name: 'conversations_replies',
  description:
    'Read a thread: the message it hangs on and its replies, the oldest first. Needs the conversation and the ts of that message.',
  examples: ['read the replies to this message', 'summarize the thread', 'what did people answer'],
  effect: 'read',
  scopes: [anyOf('channels:history', 'groups:history', 'im:history', 'mpim:history', EACH_KIND)],
  input: {
    channel,
    ts: z.string().min(1).describe('ts of the first message of the thread, or of one of its replies'),
    ...messageRange,
    limit: limit.default(1000),
    cursor,
    include_all_metadata: includeAllMetadata,
  },
  defaultFields: MESSAGE_FIELDS,
  run: request('POST /conversations.replies', { answer: cursorPage({ items: 'messages', next: NEXT }) }),
})

/** @see https://docs.slack.dev/reference/methods/conversations.open */
export const conversationsOpen = defineAction({
  name: 'conversations_open',
  description:
    'Open a direct message with one person, or a group direct message with up to eight, and return its id for chat_post_message. Nothing is sent. A repeated call returns the same conversation.',
  examples: ['start a direct message with someone', 'open a group chat with these people'],
  effect: 'create',
  scopes: [anyOf('im:write', 'mpim:write', EACH_KIND)],
  constraints: [exactlyOne('channel', 'users')],
  input: {
    channel: z.string().min(1).optional().describe('Id of a direct message that exists, to open it again'),
    users: z
      .array(z.string().min(1))
      .min(1)
      .max(8)
      .transform((ids) => ids.join(','))
      .optional()
      .describe('Ids of the other people'),
    return_im: z.boolean().default(false).describe('Return the whole conversation and not its id alone'),
    prevent_creation: z.boolean().default(false).describe('Only find it; do not make a new one'),
  },
  defaultFields: [
    'channel.id',
    'channel.user',
    'channel.is_im',
    'channel.is_mpim',
    'channel.is_open',
    'channel.name',
    'channel.created',
    'already_open',
    'no_op',
  ],
  run: request('POST /conversations.open', { answer: without(...ENVELOPE) }),
})
