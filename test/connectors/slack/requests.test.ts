import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/base/json.js'
import { slack } from '../../../src/connectors/slack/index.js'
import { connectTo, type Exchange, play, testCall } from '../harness.js'
import { openApiOracle } from '../oracle.js'

/** Newer than the description, which is of 2021. */
const NEWER = /team_id|include_all_metadata|prevent_creation|additionalProperty":"cursor"/
/** A time of Slack is a text, which a number would round. */
const TIMES = /\/query\/(?:ts|latest|oldest) must be number/

const described = await openApiOracle('slack.json', { formsForQueries: true })
const oracle =
  described &&
  ((request: Parameters<typeof described>[0]) =>
    described(request).filter((fault) => !NEWER.test(fault) && !TIMES.test(fault)))
const act = (action: string, input: object, exchange: Exchange) => play(slack, action, input, exchange, { oracle })
const refused = (action: string, input: object) =>
  play(slack, action, input, []).then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

const TYPE = { 'content-type': 'application/x-www-form-urlencoded', authorization: 'Bearer test-token' }
/** What Slack answers, with what stands around it. */
const ok = (members: Record<string, Json>, next?: string): Json => ({
  ok: true,
  ...members,
  ...(next === undefined ? {} : { response_metadata: { next_cursor: next } }),
})

const RANGE = { latest: '1503435957.000237', oldest: '1503435956.000247', inclusive: true }
const BLOCKS = [{ type: 'section', text: { type: 'mrkdwn', text: '"quoted" & <b>=1</b>\n🎉' } }]

/** Each action with the fewest parameters and with all: what is given, and what leaves where that is another thing. */
const REQUESTS: { action: string; method: string; input: Record<string, Json>; form?: Record<string, Json> }[] = [
  {
    action: 'conversations_list',
    method: 'conversations.list',
    input: {},
    form: { exclude_archived: 'false', types: 'public_channel', limit: '100' },
  },
  {
    action: 'conversations_list',
    method: 'conversations.list',
    input: { exclude_archived: true, types: 'mpim,im', limit: 1000, cursor: 'dGVhbTpD==', team_id: 'T1' },
  },
  {
    action: 'conversations_history',
    method: 'conversations.history',
    input: { channel: 'C1' },
    form: { channel: 'C1', inclusive: 'false', limit: '100', include_all_metadata: 'false' },
  },
  {
    action: 'conversations_history',
    method: 'conversations.history',
    input: { channel: 'C1', ...RANGE, limit: 1, cursor: 'bmV4dA==', include_all_metadata: true },
  },
  {
    action: 'conversations_replies',
    method: 'conversations.replies',
    input: { channel: 'C1', ts: '1503435956.000247' },
    form: {
      channel: 'C1',
      ts: '1503435956.000247',
      inclusive: 'false',
      limit: '1000',
      include_all_metadata: 'false',
    },
  },
  {
    action: 'conversations_replies',
    method: 'conversations.replies',
    input: { channel: 'C1', ts: '1.000', ...RANGE, limit: 15, cursor: 'bmV4dA==', include_all_metadata: true },
  },
  {
    action: 'conversations_open',
    method: 'conversations.open',
    input: { users: ['U1'] },
    form: { users: 'U1', return_im: 'false', prevent_creation: 'false' },
  },
  {
    action: 'conversations_open',
    method: 'conversations.open',
    input: { users: ['U1', 'W2', 'U3'], return_im: true, prevent_creation: true },
    form: { users: 'U1,W2,U3', return_im: 'true', prevent_creation: 'true' },
  },
  {
    action: 'conversations_open',
    method: 'conversations.open',
    input: { channel: 'D1', return_im: true, prevent_creation: false },
  },
  {
    action: 'chat_post_message',
    method: 'chat.postMessage',
    input: { channel: 'C1', text: 'hi' },
    form: { channel: 'C1', text: 'hi', reply_broadcast: 'false', mrkdwn: 'true', link_names: 'false' },
  },
  {
    action: 'chat_post_message',
    method: 'chat.postMessage',
    input: {
      channel: 'C1',
      text: 'a=1&b="2"\n+%20 <@U1>',
      blocks: BLOCKS,
      attachments: [{ color: '#36a64f', fields: [{ title: 'a', value: 'b', short: false }], extra: null }],
      thread_ts: '1503435956.000247',
      reply_broadcast: true,
      mrkdwn: false,
      parse: 'full',
      link_names: true,
      unfurl_links: false,
      unfurl_media: true,
      username: 'bot',
      icon_emoji: ':tada:',
      icon_url: 'https://example.com/a.png?b=c&d',
    },
  },
  { action: 'reactions_add', method: 'reactions.add', input: { channel: 'C1', timestamp: '1.000200', name: '+1' } },
  {
    action: 'search_messages',
    method: 'search.messages',
    input: { query: 'release' },
    form: { query: 'release', sort: 'score', sort_dir: 'desc', highlight: 'false', count: '20', page: '1' },
  },
  {
    action: 'search_messages',
    method: 'search.messages',
    input: {
      query: 'from:@ada "a & b" in:#general has:link',
      ...{ sort: 'timestamp', sort_dir: 'asc', highlight: true, count: 100, page: 100, team_id: 'T1' },
    },
  },
  { action: 'users_list', method: 'users.list', input: {}, form: { include_locale: 'false' } },
  {
    action: 'users_list',
    method: 'users.list',
    input: { limit: 200, cursor: 'dXNlcjpVMQ==', include_locale: true, team_id: 'T1' },
  },
]

/** Numbers and booleans stand in a form as their words; lists and objects are JSON text, which the harness reads. */
const written = (input: Record<string, Json>): Record<string, Json> =>
  Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, typeof value === 'object' ? value : String(value)]),
  )

describe('what leaves is a POST with a form', () => {
  test.each(REQUESTS)('$action $input', async ({ action, method, input, form = written(input) }) => {
    const response = ok({ channels: [], messages: [], members: [] })
    await act(action, input, { request: `POST /${method}`, form, headers: TYPE, response })
  })

  test('and every action is among them', () => {
    expect(new Set(REQUESTS.map(({ action }) => action))).toEqual(new Set(slack.byName.keys()))
  })

  /** The form that leaves for a message. */
  const formOf = async (input: object): Promise<URLSearchParams> => {
    let body = ''
    const upstream = connectTo(
      slack,
      async (request) => {
        body = Buffer.from(request.body ?? '').toString()
        const headers = new Headers({ 'content-type': 'application/json' })
        return { status: 200, headers, body: Buffer.from('{"ok":true}') }
      },
      () => ({}),
    )
    const post = slack.byName.get('chat_post_message') ?? expect.fail()
    await post.prepare({ channel: 'C1', ...input })(upstream, testCall())
    return new URLSearchParams(body)
  }

  test('whatever the text, it stays one member', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string(), async (text, alt) => {
        const blocks = [{ type: 'image', alt_text: alt, nested: { text } }]
        const form = await formOf({ text, blocks })
        expect([...form.keys()].sort()).toEqual([
          'blocks',
          'channel',
          'link_names',
          'mrkdwn',
          'reply_broadcast',
          'text',
        ])
        expect(form.get('text')).toBe(text)
        expect(JSON.parse(form.get('blocks') ?? '')).toEqual(blocks)
      }),
    )
  })

  test('and JSON in a text is text', async () => {
    expect((await formOf({ text: '[{"type":"divider"}]' })).get('text')).toBe('[{"type":"divider"}]')
  })
})

describe('what comes back', () => {
  const CHANNEL = { id: 'C1', name: 'general', topic: { value: 'All' } }
  const LISTS = [
    ['conversations_list', 'conversations.list', 'channels', {}],
    ['conversations_history', 'conversations.history', 'messages', { channel: 'C1' }],
    ['conversations_replies', 'conversations.replies', 'messages', { channel: 'C1', ts: '1.2' }],
    ['users_list', 'users.list', 'members', {}],
  ] as const
  const formFor = (action: string) => REQUESTS.find((one) => one.action === action)?.form ?? {}
  const pageOf = (action: string, method: string, input: Record<string, string>, response: Json) =>
    act(action, input, { request: `POST /${method}`, form: { ...formFor(action), ...input }, response })

  test.each(LISTS)('%s is its items, and meta where the next page is', async (action, method, member, input) => {
    const page = (next?: string) => pageOf(action, method, input, ok({ [member]: [CHANNEL], has_more: true }, next))
    expect(await page('bmV4dA==')).toEqual({
      data: [CHANNEL],
      meta: { has_next: true, forwards_cursor: 'bmV4dA==' },
    })
    for (const last of ['', undefined]) {
      expect(await page(last)).toEqual({ data: [CHANNEL], meta: { has_next: false, forwards_cursor: null } })
    }
  })

  const found = (paging: Json, next?: string): Json => ok({ messages: { total: 0, matches: [CHANNEL], paging } }, next)
  const SEARCH = 'POST /search.messages'
  const searchForm = formFor('search_messages')

  test.each([
    [1, 45, { total: 45, total_page: 3, has_next: true, has_prev: false }],
    [3, 45, { total: 45, total_page: 3, has_next: false, has_prev: true }],
    [1, 0, { total: 0, total_page: 0, has_next: false, has_prev: false }],
    // Slack shows a hundred pages at most.
    [100, 5000, { total: 5000, total_page: 250, has_next: false, has_prev: true }],
  ])('search_messages counts, on page %d of %d matches', async (page, total, meta) => {
    const form = { ...searchForm, query: 'x', page: String(page) }
    const exchange = { request: SEARCH, form, response: found({ count: 20, total, page, pages: 3 }, '') }
    expect(await act('search_messages', { query: 'x', page }, exchange)).toEqual({
      data: [CHANNEL],
      meta: { page, limit: 20, ...meta },
    })
  })

  test('search_messages pages by a cursor, too, and then sends no number', async () => {
    const { page: _, ...form } = { ...searchForm, query: 'x' } as Record<string, Json>
    const at = (cursor: string, next: string) =>
      act(
        'search_messages',
        { query: 'x', cursor },
        { request: SEARCH, form: { ...form, cursor }, response: found({ total: 45 }, next) },
      )
    expect(await at('*', 'bmV4dA==')).toEqual({
      data: [CHANNEL],
      meta: { page: null, limit: 20, has_prev: false, has_next: true, forwards_cursor: 'bmV4dA==' },
    })
    expect(await at('bmV4dA==', '')).toMatchObject({
      meta: { page: null, has_prev: true, has_next: false, forwards_cursor: null },
    })
  })

  test.each([
    ['chat_post_message', 'chat.postMessage', { channel: 'C1', text: 'hi' }],
    ['conversations_open', 'conversations.open', { users: 'U1' }],
  ])('%s is the answer without what says nothing', async (action, method, sent) => {
    const input = 'users' in sent ? { users: ['U1'] } : sent
    const members = { channel: CHANNEL, ts: '1.000200', message: { text: 'hi', response_metadata: 1, ok: 0 } }
    const response = { ...members, ok: true, warning: 'x', response_metadata: { warnings: ['x'] } }
    const form = { ...formFor(action), ...sent }
    expect(await act(action, input, { request: `POST /${method}`, form, response })).toEqual({
      data: members,
      meta: null,
    })
  })

  test('reactions_add is nothing', async () => {
    const form = { channel: 'C1', timestamp: '1.2', name: 'eyes' }
    const exchange = { request: 'POST /reactions.add', form, response: { ok: true, extra: 1 } }
    expect(await act('reactions_add', form, exchange)).toEqual({ data: {}, meta: null })
  })
})

describe('nothing leaves for', () => {
  test.each<[string, object, string[]]>([
    ['chat_post_message', { channel: 'C1' }, ['text', 'blocks', 'attachments']],
    ['chat_post_message', { text: 'hi' }, ['channel']],
    ['chat_post_message', { channel: 'C1', text: 'hi', parse: 'some' }, ['parse']],
    ['chat_post_message', { channel: 'C1', blocks: '[]' }, ['blocks']],
    ['chat_post_message', { channel: 'C1', text: 'hi', as_user: true }, ['as_user']],
    ['conversations_open', {}, ['channel', 'users']],
    ['conversations_open', { channel: 'D1', users: ['U1'] }, ['channel', 'users']],
    ['conversations_open', { users: [] }, ['users']],
    ['conversations_open', { users: Array.from({ length: 9 }, (_, at) => `U${at}`) }, ['users']],
    ['conversations_open', { users: [''] }, ['users.0']],
    ['conversations_list', { limit: 1001 }, ['limit']],
    ['conversations_history', {}, ['channel']],
    ['conversations_history', { channel: 'C1', limit: 0 }, ['limit']],
    ['conversations_replies', { channel: 'C1' }, ['ts']],
    ['reactions_add', { channel: 'C1', timestamp: '1.2', name: '' }, ['name']],
    ['search_messages', { query: '' }, ['query']],
    ['search_messages', { query: 'x', count: 101 }, ['count']],
    ['search_messages', { query: 'x', page: 101 }, ['page']],
    ['users_list', { limit: 1.5 }, ['limit']],
  ])('%s %j', async (action, input, fields) => {
    const { code, details } = (await refused(action, input)) as {
      code: string
      details: { errors: { field: string }[] }
    }
    expect(code).toBe('INVALID_PARAMETERS')
    expect(details.errors.map(({ field }) => field)).toEqual(fields)
  })
})
