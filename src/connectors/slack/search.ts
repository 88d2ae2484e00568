import { allOf, countedPage, defineAction, request, z } from '../../kit/index.js'
import { teamId } from './fields.js'

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
    cursor: z.string().optional().describe("Slack's own cursor, instead of page"),
    team_id: teamId,
  },
  defaultFields: ['ts', 'type', 'user', 'username', 'text', 'permalink', 'channel.id', 'channel.name', 'team', 'score'],
  run: request('POST /search.messages', {
    answer: countedPage({ items: 'messages.matches', total: 'messages.paging.total', size: 'count', lastPage: 100 }),
  }),
})
