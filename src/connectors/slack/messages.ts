import { allOf, atLeastOne, defineAction, nothing, request, without, z } from '../../kit/index.js'
import { channel, ENVELOPE } from './fields.js'

const parts = z.array(z.record(z.string(), z.unknown()))

/** @see https://docs.slack.dev/reference/methods/chat.postMessage */
export const chatPostMessage = defineAction({
  name: 'chat_post_message',
  description:
    'Send a message as the person, to a channel, a direct message or a thread (thread_ts). Returns its channel and ts, which name it from then on. A repeated call sends it again.',
  examples: ['post this to #general', 'tell her in Slack that it is done', 'reply in the thread'],
  effect: 'create',
  scopes: [allOf('chat:write')],
  constraints: [atLeastOne('text', 'blocks', 'attachments')],
  input: {
    channel: z.string().min(1).describe('Id of the conversation, or of a person for a direct message'),
    text: z
      .string()
      .optional()
      .describe(
        "The message, in Slack's markup: *bold*, <@U123> for a person, <https://…|words>; plain &, < and > are &amp; &lt; &gt;",
      ),
    blocks: parts.optional().describe('Blocks of Block Kit; text is then what notifications show'),
    attachments: parts.optional().describe('Attachments of the older kind'),
    thread_ts: z.string().optional().describe('ts of the first message of the thread to reply in'),
    reply_broadcast: z.boolean().default(false).describe('Show a reply in the conversation, too'),
    mrkdwn: z.boolean().default(true).describe('False to show text as it is, without markup'),
    parse: z.enum(['none', 'full']).optional().describe('full: also make links of addresses and names'),
    link_names: z.boolean().default(false).describe('Make links of @names and #channels'),
    unfurl_links: z.boolean().optional().describe('Preview pages that are linked'),
    unfurl_media: z.boolean().optional().describe('Preview media that are linked'),
    username: z.string().optional().describe('Name to show instead; for bots only'),
    icon_emoji: z.string().optional().describe('Emoji to show as picture; for bots only'),
    icon_url: z.string().optional().describe('Picture to show; for bots only'),
  },
  defaultFields: [
    'channel',
    'ts',
    'message.ts',
    'message.thread_ts',
    'message.user',
    'message.text',
    'message.blocks',
    'message.attachments',
  ],
  run: request('POST /chat.postMessage', { answer: without(...ENVELOPE) }),
})

/** @see https://docs.slack.dev/reference/methods/reactions.add */
export const reactionsAdd = defineAction({
  name: 'reactions_add',
  description:
    'Put an emoji on a message, as the person. Returns nothing. A second call with the same emoji changes nothing and is refused as already_reacted.',
  examples: ['react with a thumbs up', 'mark the message with a check mark'],
  effect: 'create',
  shaping: false,
  scopes: [allOf('reactions:write')],
  input: {
    channel,
    timestamp: z.string().min(1).describe('ts of the message'),
    name: z.string().min(1).describe('Name of the emoji without colons: thumbsup'),
  },
  run: request('POST /reactions.add', { answer: nothing }),
})
