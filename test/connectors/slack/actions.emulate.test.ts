import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newApi } from '../../api/harness.js'
import { type Emulator, noEmulator, startEmulator } from '../emulator.js'
import { watchedSend } from '../linking.js'

const SCOPES = [
  ...['channels:read', 'groups:read', 'im:read', 'channels:history', 'groups:history', 'im:history', 'users:read'],
  ...['users:read.email', 'chat:write', 'im:write', 'mpim:write', 'reactions:write'],
]
const SEED = {
  slack: {
    team: { name: 'Acme', domain: 'acme' },
    // The emulator takes every token that it does not know for its first user.
    users: [
      { name: 'nobody', real_name: 'Nobody', email: 'nobody@example.com' },
      { name: 'alice', real_name: 'Alice', email: 'alice@example.com' },
      { name: 'bob', real_name: 'Bob', email: 'bob@example.com' },
    ],
    channels: [
      { name: 'eng', topic: 'Engineering' },
      { name: 'priv', is_private: true },
    ],
    tokens: [
      { token: 'xoxp-of-alice', user: 'alice', scopes: SCOPES },
      { token: 'xoxp-of-bob', user: 'bob', scopes: SCOPES },
    ],
    strict_scopes: true,
  },
}
const TEXT = '"Done" & dusted = 100 %\n<b>🎉</b>'

if (noEmulator) process.stderr.write(`Slack is not emulated: ${noEmulator}.\n`)

// The emulator has no search, and its lists of replies have no pages. Those are in requests.test.ts.
describe.skipIf(noEmulator)('Slack, emulated, through the API', () => {
  let emulator: Emulator
  beforeAll(async () => {
    emulator = await startEmulator('slack', SEED)
  })
  afterAll(() => emulator?.stop())

  /** Somebody who has pasted a token. */
  const newPerson = async (pasted: string) => {
    const { send, seen } = watchedSend()
    const harness = await newApi({
      connectors: [],
      send,
      requireSignIn: false,
      settings: { CONNECTORS_SLACK_API_URL: `${emulator.origin}/api` },
    })
    const { token } = await harness.user(await harness.client())
    const post = (path: string, json: object) => harness.call('POST', `/connectors/slack/${path}`, { token, json })
    const linked = await post('integrations', { auth_type: 'custom', configuration: { token: pasted } })
    expect(linked.status, linked.text).toBe(200)
    const act = async (action: string, json: object) => {
      const answer = await post(action, json)
      return answer.status === 200 ? answer.json : expect.fail(answer.text)
    }
    const idOf = async (action: string, json: object, name: string): Promise<string> =>
      (await act(action, json)).data.find((one: { name: string }) => one.name === name)?.id ?? expect.fail(name)
    return { act, post, seen, idOf, userId: () => idOf('users_list', {}, pasted.replace('xoxp-of-', '')) }
  }

  test('conversations are listed, by kind and in pages', async () => {
    const { act } = await newPerson('xoxp-of-alice')
    const names = ({ data }: { data: { name: string }[] }) => data.map(({ name }) => name)
    expect(names(await act('conversations_list', {}))).toContain('eng')
    expect(names(await act('conversations_list', {}))).not.toContain('priv')
    expect(names(await act('conversations_list', { types: 'private_channel' }))).toEqual(['priv'])
    const first = await act('conversations_list', { limit: 1 })
    expect(first.meta).toMatchObject({ has_next: true, forwards_cursor: expect.any(String) })
    const second = await act('conversations_list', { limit: 1, cursor: first.meta.forwards_cursor })
    expect(names(second)).not.toEqual(names(first))
  })

  test('a message is posted, read, answered and reacted to, each as the person', async () => {
    const [alice, bob] = [await newPerson('xoxp-of-alice'), await newPerson('xoxp-of-bob')]
    const [aliceId, bobId] = [await alice.userId(), await bob.userId()]
    expect(aliceId).not.toBe(bobId)
    const channel = await alice.idOf('conversations_list', {}, 'eng')
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: TEXT } }]
    const { data: posted } = await alice.act('chat_post_message', { channel, text: TEXT, blocks })
    expect(posted).toMatchObject({ channel, ts: expect.any(String), message: { user: aliceId, blocks } })
    expect(Object.keys(posted)).not.toContain('ok')
    const { ts } = posted
    const { data: reply } = await bob.act('chat_post_message', { channel, text: 'Thanks', thread_ts: ts })
    expect(reply.message).toMatchObject({ user: bobId, thread_ts: ts })
    const reaction = { channel, timestamp: ts, name: 'tada' }
    expect(await bob.act('reactions_add', reaction)).toMatchObject({ data: {}, meta: null })
    const again = await bob.post('reactions_add', reaction)
    expect(again.json.error).toMatchObject({
      code: 'UPSTREAM_REFUSED',
      details: { upstream: { message: 'already_reacted' } },
    })
    const { data: history } = await alice.act('conversations_history', { channel })
    expect(history[0]).toMatchObject({
      ts,
      user: aliceId,
      text: TEXT,
      reply_count: 1,
      reactions: [{ name: 'tada', users: [bobId], count: 1 }],
    })
    const { data: thread } = await alice.act('conversations_replies', { channel, ts })
    expect(thread.map(({ user }: { user: string }) => user)).toEqual([aliceId, bobId])
    expect(new Set(bob.seen.map(({ bearer }) => bearer))).toEqual(new Set(['xoxp-of-bob']))
  })

  test('a direct message is opened, once, and written in', async () => {
    const alice = await newPerson('xoxp-of-alice')
    const bob = await alice.idOf('users_list', {}, 'bob')
    const nobody = await alice.idOf('users_list', {}, 'nobody')
    const { data } = await alice.act('conversations_open', { users: [bob] })
    expect(data).toMatchObject({ channel: { id: expect.any(String) } })
    expect((await alice.act('conversations_open', { users: [bob] })).data.channel.id).toBe(data.channel.id)
    const group = await alice.act('conversations_open', { users: [bob, nobody], return_im: true })
    expect(group.data.channel).toMatchObject({ is_mpim: true })
    const { data: sent } = await alice.act('chat_post_message', { channel: data.channel.id, text: 'hi' })
    expect(sent.message.user).toBe(await alice.userId())
  })

  test('people are listed, in pages, with what was asked for', async () => {
    const { act } = await newPerson('xoxp-of-alice')
    const { data, meta } = await act('users_list', { response_fields: ['name', 'profile.email'] })
    expect(data).toContainEqual({ name: 'bob', profile: { email: 'bob@example.com' } })
    expect(meta).toMatchObject({ has_next: false, forwards_cursor: null })
    expect((await act('users_list', { limit: 1 })).meta).toMatchObject({ has_next: true })
  })

  test.each([
    ['conversations_history', { channel: 'C0' }, 'NOT_FOUND', 'channel_not_found'],
    ['chat_post_message', { channel: 'C0', text: 'x' }, 'NOT_FOUND', 'channel_not_found'],
    ['reactions_add', { channel: 'C0', timestamp: '1.2', name: 'x' }, 'NOT_FOUND', 'message_not_found'],
    ['conversations_open', { users: ['U-none'] }, 'NOT_FOUND', 'user_not_found'],
  ])('%s %j is refused', async (action, input, code, message) => {
    const { post } = await newPerson('xoxp-of-alice')
    expect((await post(action, input)).json.error).toMatchObject({ code, details: { upstream: { message } } })
  })
})
