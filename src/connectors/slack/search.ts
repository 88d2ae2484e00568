import {
  type AnswerForm,
  allOf,
  countedPage,
  cursorPage,
  defineAction,
  type JsonObject,
  Result,
  request,
  z,
} from '../../kit/index.js'
import { NEXT, teamId } from './fields.js'

const items = 'messages.matches'
const byNumber = countedPage({ items, total: 'messages.paging.total', size: 'count', lastPage: 100 })
const byCursor = cursorPage({ items, next: NEXT })

/** Slack pages a search in two ways. A number beside a cursor would contradict it, so it is not sent, and there is none in `meta`. */
const page: AnswerForm = {
  run: async (asked) => {
    const { cursor, count } = asked.input
    if (cursor === undefined) return byNumber.run(asked)
    const { page: _, ...body } = asked.request.body as JsonObject
    const result = await byCursor.run({ ...asked, request: { ...asked.request, body } })
    const { data, meta } = result as Result
    return new Result(data, { page: null, limit: Number(count), has_prev: cursor !== '*', ...meta })
  },
}

/** @see https://docs.slack.dev/reference/methods/search.messages */
export const searchMessages = defineAction({
  name: 'search_messages',
  description:
    "Search everything the person can read, in Slack's syntax: words and from:@name, in:#channel, before:2026-01-31, has:link. Returns messages with their conversation and permalink; meta.total counts all matches.",
  examples: [
    'find the message about the release',
    'what did she write about the budget',
    'messages with a link this week',
  ],
  effect: 'read',
  scopes: [allOf('search:read')],
  input: {
    query: z.string().min(1).describe('Words and qualifiers'),
    sort: z.enum(['score', 'timestamp']).default('score').describe('Best match, or time'),
    sort_dir: z.enum(['asc', 'desc']).default('desc').describe('Direction of the order'),
    highlight: z.boolean().default(false).describe('Mark the words that were found'),
    count: z.number().int().min(1).max(100).default(20).describe('Matches on a page'),
    page: z.number().int().min(1).max(100).default(1).describe('Which page, from 1'),
    cursor: z.string().min(1).optional().describe('In place of page: * for the first one, then meta.forwards_cursor'),
    team_id: teamId,
  },
  defaultFields: ['ts', 'type', 'user', 'username', 'text', 'permalink', 'channel.id', 'channel.name', 'team', 'score'],
  run: request('POST /search.messages', { answer: page }),
})
