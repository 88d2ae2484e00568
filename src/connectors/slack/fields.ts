import { z } from '../../kit/index.js'

/** What several actions take. */
export const channel = z.string().min(1).describe('Id of the conversation, such as C024BE91L')
export const cursor = z.string().optional().describe('meta.forwards_cursor of the page before')
export const teamId = z
  .string()
  .optional()
  .describe('Id of the workspace; needed with a token of a whole organisation only')

const ts = (what: string) => z.string().optional().describe(`${what}, as a ts: 1503435956.000247`)

/** Which messages of a conversation or thread. */
export const messageRange = {
  latest: ts('Only messages before this time'),
  oldest: ts('Only messages after this time'),
  inclusive: z.boolean().default(false).describe('Also messages at exactly these times'),
}
export const includeAllMetadata = z.boolean().default(false).describe('Also the metadata that apps put into messages')

export const MESSAGE_FIELDS = [
  'type',
  'subtype',
  'ts',
  'thread_ts',
  'user',
  'bot_id',
  'username',
  'text',
  'blocks',
  'attachments',
  'files.id',
  'files.name',
  'files.permalink',
  'reactions',
  'reply_count',
  'reply_users_count',
  'latest_reply',
  'parent_user_id',
  'permalink',
] as const

/** Slack has a scope for each kind of conversation and asks for those of the kinds in question. */
export const EACH_KIND = { for: 'one for each kind of conversation (public, private, direct, group direct)' } as const

/** What every answer has and says nothing to a caller. */
export const ENVELOPE = ['ok', 'response_metadata', 'warning'] as const
/** Where an answer names the next page. */
export const NEXT = 'response_metadata.next_cursor'
