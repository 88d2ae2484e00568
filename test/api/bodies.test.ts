import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { readBytes, readJsonObject } from '../../src/api/bodies/body.js'
import { BodyMemory, RequestMemory, type Sender } from '../../src/api/bodies/body-memory.js'
import { readForm } from '../../src/api/bodies/form.js'
import { MEMORY_LIMITS, SMALL_BODY, UNCOUNTED_BYTES } from '../../src/api/bodies/limits.js'
import type { ApiEnv } from '../../src/api/context.js'
import { answerError } from '../../src/api/errors.js'
import { createLogger } from '../../src/base/log.js'
import { binary, defineAction, defineConnector, z } from '../../src/kit/index.js'
import { failure, newApi } from './harness.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
const MULTIPART_TYPE = { 'content-type': 'multipart/form-data; boundary=b' }
const nested = (open: string, close: string, times: number) => `${open.repeat(times)}1${close.repeat(times)}`
const part = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n\r\n`

/** Sent before anybody knows who sends it. What is read of each is bounded, so that all of them together take a moment. */
const HOSTILE: [name: string, headers: Record<string, string>, body: string, status: number][] = [
  ['a login of 30 MB', JSON_TYPE, JSON.stringify({ identifier: 'x'.repeat(30e6) }), 413],
  ['30 MB of [', JSON_TYPE, '['.repeat(30e6), 413],
  ['1 MB of [', JSON_TYPE, '['.repeat(1e6), 400],
  ['lists in lists', JSON_TYPE, nested('[', ']', 1e5), 400],
  ['objects in objects', JSON_TYPE, nested('{"a":', '}', 1e5), 400],
  ['many values', JSON_TYPE, `{"a":[${'1,'.repeat(100_000)}1]}`, 400],
  ['many members', JSON_TYPE, `{${Array.from({ length: 20_000 }, (_, i) => `"a${i}":1`).join()}}`, 400],
  ['a body that says it is compressed', { ...JSON_TYPE, 'content-encoding': 'gzip' }, '{}', 400],
]

describe('a body without credentials is refused early', () => {
  test.each(HOSTILE)('with %s', async (_name, headers, body, status) => {
    const { call } = await newApi()
    const code = status === 413 ? 'TOO_LARGE' : 'INVALID_PARAMETERS'
    expect(failure(await call('POST', '/auth/tokens', { body, headers }))).toEqual({ status, code })
  })

  test('if it is not UTF-8, instead of replacing characters', async () => {
    const { call } = await newApi()
    const body = Buffer.concat([Buffer.from('{"identifier":"a'), Buffer.from([0xff]), Buffer.from('"}')])
    expect(failure(await call('POST', '/auth/tokens', { body, headers: JSON_TYPE })).code).toBe('INVALID_PARAMETERS')
  })

  test.each([
    ['urlencoded', FORM_TYPE, 'a&'.repeat(500_000)],
    ['multipart', MULTIPART_TYPE, `${part('a').repeat(15_000)}--b--\r\n`],
    ['multipart with a long name', MULTIPART_TYPE, `${part('a'.repeat(900_000))}--b--\r\n`],
    ['too large', FORM_TYPE, `a=${'x'.repeat(2_000_000)}`],
  ])('on the page of a link as a form, %s', async (_name, headers, body) => {
    const { call, client, user } = await newApi()
    const { token } = await user(await client())
    const begun = await call('POST', '/connectors/notes/links', { token, json: {} })
    const { link_id } = begun.json.data
    const answer = await call('POST', `/connect/${link_id}/sign-in`, { headers, body })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  test.each([
    ['POST', '/connect/nothing/sign-in', 404],
    ['POST', '/connectors/notes/list_notes', 401],
    ['POST', '/connectors/notes/integrations', 401],
    ['POST', '/connectors/notes/integrations/me', 401],
    ['POST', '/connectors/notes/links', 401],
    ['POST', '/users', 401],
    ['POST', '/clients', 401],
    ['PUT', '/clients/callback-origins', 401],
    ['POST', '/no/such/route', 404],
    ['POST', '/connectors/names', 405],
    ['PUT', '/auth/tokens', 405],
  ])('before it is read at %s %s', async (method, path, status) => {
    const { api } = await newApi()
    let read = 0
    const body = new ReadableStream(
      {
        pull(controller) {
          read++
          controller.enqueue(new Uint8Array(1000))
        },
      },
      { highWaterMark: 0 },
    )
    const request = new Request(`http://127.0.0.1:1${path}`, { method, body, duplex: 'half' } as RequestInit)
    const answered = await api.fetch(request)
    expect(answered.status).toBe(status)
    expect(read).toBe(0)
  })
})

/** An app that reads a body as it is told, in a room of its own. */
function reading(sender: Sender, milliseconds = 50) {
  const source = { sender, limits: { ...SMALL_BODY, bytes: 1000_000, milliseconds } }
  const room = new BodyMemory()
  const app = new Hono<ApiEnv>()
  app.post('/bytes', async (c) => c.text(String((await readBytes(c, source)).length)))
  app.post('/json', async (c) => c.json(await readJsonObject(c, source)))
  app.post('/form', async (c) => c.json((await readForm(c, new Set(), source)).length))
  app.onError((error, c) => answerError(error, c, createLogger('silent')))
  const send = async (path: string, init: RequestInit) => {
    const held = new RequestMemory(room)
    const request = new Request(`http://127.0.0.1${path}`, { method: 'POST', duplex: 'half', ...init } as RequestInit)
    const answer = await app.fetch(request, { room: held, requestId: 'the-request', contract: 2 })
    held.release()
    return answer
  }
  return { room, send }
}

describe('reading a body', () => {
  test('fails when it does not arrive in time', async () => {
    const { send } = reading(null)
    const never = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) })
    const answer = await send('/bytes', { body: never })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('did not arrive within 0.05 seconds')
  })

  test('that breaks off answers 400, not 500', async () => {
    const { send } = reading(null)
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    expect((await send('/bytes', { body: broken })).status).toBe(400)
  })

  test('that arrives in single bytes takes linear time', async () => {
    const { send } = reading(null, 20_000)
    let left = 100_000
    const bytes = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array(1)) : controller.close()),
    })
    expect(await (await send('/bytes', { body: bytes })).text()).toBe('100000')
  })

  test.each<[Sender, number]>([
    [null, MEMORY_LIMITS.strangers],
    ['ada', MEMORY_LIMITS.oneUser],
  ])('of %s is refused while too many are under way, and accepted afterwards', async (sender, most) => {
    const { send, room } = reading(sender)
    const large = () =>
      send('/bytes', {
        body: 'x'.repeat(2 * UNCOUNTED_BYTES),
        headers: { 'content-length': String(2 * UNCOUNTED_BYTES) },
      })
    room.take(sender, most)
    const refused = await large()
    expect(refused.status).toBe(503)
    expect(((await refused.json()) as { error: unknown }).error).toMatchObject({
      code: 'UNAVAILABLE',
      recovery: { retryable: true, retry_after_seconds: 1 },
    })
    expect((await send('/bytes', { body: 'small' })).status).toBe(200)
    room.release(sender, most)
    for (let i = 0; i < 1000; i++) expect((await large()).status).toBe(200)
  })

  test('of others has room when one sender uses all of theirs', async () => {
    const room = new BodyMemory()
    room.take(null, MEMORY_LIMITS.strangers)
    room.take('ada', MEMORY_LIMITS.oneUser)
    expect(() => room.take('ada', 1)).toThrow()
    expect(() => room.take('bob', MEMORY_LIMITS.users - MEMORY_LIMITS.oneUser)).not.toThrow()
    expect(() => room.take('eve', 1)).toThrow()
  })

  test('as a form fails beyond the limit of fields', async () => {
    const { send } = reading(null)
    const most = SMALL_BODY.fields
    const form = (fields: number) => Array.from({ length: fields }, (_, i) => `a${i}=1`).join('&')
    expect(await (await send('/form', { body: form(most), headers: FORM_TYPE })).json()).toBe(most)
    expect((await send('/form', { body: form(most + 1), headers: FORM_TYPE })).status).toBe(400)
    const parts = (fields: number) => `${part('a').repeat(fields)}--b--\r\n`
    expect(await (await send('/form', { body: parts(most), headers: MULTIPART_TYPE })).json()).toBe(most)
    const refused = await send('/form', { body: parts(most + 1), headers: MULTIPART_TYPE })
    expect(await refused.text()).toContain(`at most ${most} fields`)
  })
})

const taker = defineConnector({
  name: 'taker',
  title: 'Taker',
  description: 'Takes what it is sent.',
  port: 'none',
  auth: {},
  actions: [
    defineAction({
      name: 'take',
      description: 'Counts.',
      effect: 'read',
      input: { any: z.json().optional() },
      run: async (_, { any }) => ({ any: JSON.stringify(any ?? null).length }),
    }),
    defineAction({
      name: 'upload',
      description: 'Counts.',
      effect: 'read',
      shaping: false,
      input: {
        file: binary().optional(),
        tags: z.array(z.string()).optional(),
        tree: z.record(z.string(), z.json()).optional(),
      },
      run: async (_, { file, tags }) => ({ size: file?.bytes.length ?? 0, tags: tags?.length ?? 0 }),
    }),
  ],
})

test('a linking configuration has a size limit of its own', async () => {
  const { call, client, user } = await newApi()
  const { token } = await user(await client())
  const json = { auth_type: 'custom', configuration: { token: 'x'.repeat(70_000) } }
  const refused = await call('POST', '/connectors/notes/integrations', { token, json })
  expect(failure(refused)).toEqual({ status: 413, code: 'TOO_LARGE' })
})

describe('the body of an action', () => {
  async function ready() {
    const api = await newApi({ connectors: [taker] })
    const { token } = await api.user(await api.client())
    const take = (body: string) => api.call('POST', '/connectors/taker/take', { token, body, headers: JSON_TYPE })
    const upload = (body: Buffer | string, headers: Record<string, string> = MULTIPART_TYPE) =>
      api.call('POST', '/connectors/taker/upload', { token, body, headers })
    return { take, upload }
  }

  test('may have a parameter of 20 MB, and is refused with one of 40 MB', async () => {
    const { take } = await ready()
    expect((await take(JSON.stringify({ any: 'x'.repeat(20e6) }))).json.data).toEqual({ any: 20e6 + 2 })
    expect(failure(await take(JSON.stringify({ any: 'x'.repeat(40e6) }))).code).toBe('TOO_LARGE')
  })

  test.each([
    ['lists', nested('[', ']', 98), 200],
    ['lists', nested('[', ']', 101), 400],
    ['objects', nested('{"a":', '}', 101), 400],
    ['lists', nested('[', ']', 1e5), 400],
    ['objects', nested('{"a":', '}', 1e6), 400],
    ['values', `[${'1,'.repeat(190_000)}1]`, 200],
    ['values', `[${'1,'.repeat(200_001)}1]`, 400],
    ['objects', `[${'{},'.repeat(5e6)}{}]`, 400],
    ['brackets', '['.repeat(30e6), 400],
    ['quotes', `"${'\\"'.repeat(15e6)}`, 400],
  ])('with deep or many %s is accepted or refused within bounds (%#)', async (_name, any, status) => {
    const { take } = await ready()
    const answer = await take(`{"any":${any}}`)
    expect(answer.status).toBe(status)
    if (status !== 200) expect(failure(answer).code).toBe('INVALID_PARAMETERS')
  })

  test('may be a form of 30 MB in ten thousand parts, and is refused with one part more', async () => {
    const { upload } = await ready()
    const file = Buffer.alloc(30e6, '\r\n--')
    const form = (tags: number) =>
      Buffer.concat([
        Buffer.from(part('tags').repeat(tags)),
        Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'),
        file,
        Buffer.from('\r\n--b--\r\n'),
      ])
    expect((await upload(form(9_999))).json.data).toEqual({ size: 30e6, tags: 9_999 })
    expect(failure(await upload(form(10_000))).code).toBe('INVALID_PARAMETERS')
  })

  test.each([nested('[', ']', 1e5), nested('{"a":', '}', 1e5), `{"a":[${'1,'.repeat(20_000)}1]}`])(
    'has the same bounds for JSON text in a form field (%#)',
    async (tree) => {
      const { upload } = await ready()
      const body = new URLSearchParams({ tree }).toString()
      expect(failure(await upload(body, FORM_TYPE)).code).toBe('INVALID_PARAMETERS')
    },
  )

  test.each([
    ['conditions', { response_filters: Array.from({ length: 60_000 }, () => ({ type: 'number' })) }],
    [
      'values',
      {
        response_filters: [{ type: 'number_list', field_name: 'a', values: Array.from({ length: 150_000 }, () => 1) }],
      },
    ],
    ['paths', { response_fields: Array.from({ length: 150_000 }, () => 'a.b') }],
    ['a path', { response_fields: ['a.'.repeat(1_000_000)] }],
    [
      'a path to filter at',
      { response_filters: [{ type: 'number', field_name: 'a', root: 'a.'.repeat(1e6), value: 1 }] },
    ],
  ])('with %s beyond the limit of shaping is refused', async (_name, shaping) => {
    const { take } = await ready()
    const refused = await take(JSON.stringify(shaping))
    expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    expect(refused.json.message).toMatch(/^At most \d+ /)
  })

  test('with very many faults gets an error that lists some of them', async () => {
    const { take } = await ready()
    const refused = await take(
      JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`no${i}`, 1]))),
    )
    expect(failure(refused).code).toBe('INVALID_PARAMETERS')
    expect(refused.json.error.details.errors).toHaveLength(50)
    const long = await take(JSON.stringify({ ['x'.repeat(1_000_000)]: 1 }))
    expect(long.text.length).toBeLessThan(5_000)
  })
})
