import { beforeEach, describe, expect, test } from 'vitest'
import { createApi } from '../../src/api/index.js'
import { inProcessFetch } from '../../src/app/in-process.js'
import { createLogger } from '../../src/base/log.js'
import { ClientFile, ConnectorsClient } from '../../src/client/index.js'
import { failure, type Harness, newApi } from './harness.js'

const MIB = 1024 * 1024
const NOT_KEPT =
  "No file is kept under that handle: it has expired, made room for newer ones, or is another user's. Make the call again that made it."

let api: Harness
let key: string
let token: string
let now: number

beforeEach(async () => {
  now = Date.parse('2026-11-30T12:00:00Z')
  api = await newApi({ clock: () => now })
  key = await api.client()
  token = (await api.user(key)).token
})

const formOf = (...parts: [name: string, content: Blob | string, filename?: string][]): FormData => {
  const form = new FormData()
  for (const [name, content, filename] of parts) {
    if (typeof content === 'string') form.append(name, content)
    else if (filename === undefined) form.append(name, content)
    else form.append(name, content, filename)
  }
  return form
}
const keep = (content: Blob, filename: string, as = token) =>
  api.call('POST', '/files', { token: as, body: formOf(['file', content, filename]) })
const keepResult = (json: unknown, as = token) => api.call('POST', '/results', { token: as, json })

/** A handle that is well formed and unknown. */
const unknown = (kind: string): string => `${kind}_${'a'.repeat(24)}`

describe('a file', () => {
  test('is kept, sent back as it was, and removed', async () => {
    const kept = await keep(new Blob(['a,b\n'], { type: 'text/csv' }), 'blöb "1".csv')
    expect(kept).toMatchObject({ status: 200, json: { meta: null } })
    expect(kept.json.data).toEqual({
      handle: expect.stringMatching(/^file_[A-Za-z0-9_-]{22,}$/),
      filename: 'blöb "1".csv',
      content_type: 'text/csv',
      size: 4,
      expires_at: '2026-12-01T12:00:00.000Z',
    })
    const path = `/files/${kept.json.data.handle}`
    const sent = await api.call('GET', path, { token })
    expect([sent.status, sent.text]).toEqual([200, 'a,b\n'])
    expect(sent.headers.get('content-type')).toBe('text/csv')
    expect(sent.headers.get('x-content-type-options')).toBe('nosniff')
    expect(sent.headers.get('content-disposition')).toBe(
      `attachment; filename="bl_b \\"1\\".csv"; filename*=UTF-8''bl%C3%B6b%20%221%22.csv`,
    )
    expect((await api.call('DELETE', path, { token })).json).toEqual({ data: { success: true }, meta: null })
    for (const method of ['GET', 'DELETE'])
      expect(failure(await api.call(method, path, { token }))).toEqual({ status: 404, code: 'NOT_FOUND' })
  })

  test('of JSON keeps its type, and one without a name or with an impossible type gets none', async () => {
    const json = (await keep(new Blob(['{"data": 1}'], { type: 'application/json' }), 'a.json')).json.data
    const sent = await api.call('GET', `/files/${json.handle}`, { token })
    expect([sent.headers.get('content-type'), sent.text]).toEqual(['application/json', '{"data": 1}'])
    const bare = (await keep(new Blob(['x']), '')).json.data
    expect([bare.filename, bare.content_type]).toEqual([null, 'application/octet-stream'])
    expect((await api.call('GET', `/files/${bare.handle}`, { token })).headers.get('content-disposition')).toBe(
      'attachment',
    )
    const odd = (await keep(new Blob(['x'], { type: 'no type at all' }), '../a/\u0007b')).json.data
    expect([odd.filename, odd.content_type]).toEqual(['_b', null])
    expect((await api.call('GET', `/files/${odd.handle}`, { token })).headers.get('content-type')).toBe(
      'application/octet-stream',
    )
  })

  test('expires after 24 hours', async () => {
    const path = `/files/${(await keep(new Blob(['x']), 'x')).json.data.handle}`
    now += 24 * 3_600_000 - 1
    expect((await api.call('GET', path, { token })).status).toBe(200)
    now += 1
    const expired = await api.call('GET', path, { token })
    expect([failure(expired), expired.json.message]).toEqual([{ status: 404, code: 'NOT_FOUND' }, NOT_KEPT])
  })

  test.each<[string, () => RequestInit['body'], Record<string, string>]>([
    ['JSON', () => '{}', { 'content-type': 'application/json' }],
    ['plain bytes', () => 'abc', { 'content-type': 'text/plain' }],
    ['a urlencoded form', () => 'file=abc', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a form without a part', () => new FormData(), {}],
    ['a part of another name', () => formOf(['data', new Blob(['x']), 'x']), {}],
    ['two files', () => formOf(['file', new Blob(['x']), 'x'], ['file', new Blob(['y']), 'y']), {}],
    ['another field', () => formOf(['file', new Blob(['x']), 'x'], ['note', 'y']), {}],
    [
      'a form that was cut',
      () => '--x\r\nContent-Disposition: form-da',
      { 'content-type': 'multipart/form-data; boundary=x' },
    ],
    ['a form without a boundary', () => 'x', { 'content-type': 'multipart/form-data' }],
  ])('is refused as %s', async (_what, body, headers) => {
    const refused = await api.call('POST', '/files', { token, body: body(), headers })
    expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  })

  test('of more than the body of a request may have is refused', async () => {
    const refused = await keep(new Blob([new Uint8Array(32 * MIB)]), 'large')
    expect(failure(refused)).toEqual({ status: 413, code: 'TOO_LARGE' })
  })
})

test('files that are read at once share the memory for bodies', async () => {
  const { handle } = (await keep(new Blob([new Uint8Array(25 * MIB)]), 'large')).json.data
  const read = () => {
    const headers = { authorization: `Bearer ${token}` }
    return api.api.fetch(new Request(`http://127.0.0.1:1/files/${handle}`, { headers }))
  }
  const answers = await Promise.all([read(), read(), read()])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 503])
  const refused = answers.find(({ status }) => status === 503)
  expect(refused?.headers.get('retry-after')).toBe('1')
  expect(await refused?.json()).toMatchObject({ error: { code: 'UNAVAILABLE', recovery: { retryable: true } } })
  expect((await read()).status).toBe(200)
})

describe('a result', () => {
  test('is kept, sent back as it was, and removed', async () => {
    const text = '{"data": [9007199254740993, 12345678901234567000, {"é": null}], "meta": {"total": 3}}'
    const headers = { 'content-type': 'application/json' }
    const kept = await api.call('POST', '/results', { token, body: text, headers })
    expect(kept.json).toEqual({
      data: {
        handle: expect.stringMatching(/^result_[A-Za-z0-9_-]{22,}$/),
        size: Buffer.byteLength(text),
        expires_at: '2026-11-30T13:00:00.000Z',
      },
      meta: null,
    })
    const path = `/results/${kept.json.data.handle}`
    const sent = await api.call('GET', path, { token })
    expect([sent.status, sent.headers.get('content-type'), sent.text]).toEqual([200, 'application/json', text])
    expect((await api.call('DELETE', path, { token })).json).toEqual({ data: { success: true }, meta: null })
    expect(failure(await api.call('GET', path, { token }))).toEqual({ status: 404, code: 'NOT_FOUND' })
  })

  test('may be as deep and as large as what a third party answers', async () => {
    const deep = `${'['.repeat(199)}${']'.repeat(199)}`
    const many = `[${'1,'.repeat(300_000)}1]`
    const headers = { 'content-type': 'application/json' }
    for (const data of [deep, many]) {
      const body = `{"data":${data},"meta":null}`
      const kept = await api.call('POST', '/results', { token, body, headers })
      expect(kept.status).toBe(200)
      expect((await api.call('GET', `/results/${kept.json.data.handle}`, { token })).text).toBe(body)
    }
    const deeper = `{"data":${'['.repeat(201)}${']'.repeat(201)},"meta":null}`
    expect(failure(await api.call('POST', '/results', { token, body: deeper, headers })).code).toBe(
      'INVALID_PARAMETERS',
    )
  })

  test.each([
    ['no data', { meta: null }],
    ['a meta that is no object', { data: 1, meta: 'x' }],
    ['a meta that is a list', { data: 1, meta: [] }],
    ['a list', [1]],
    ['a text', 'x'],
  ])('is refused with %s', async (_what, json) => {
    expect(failure(await keepResult(json))).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  })

  test.each([[{ data: null, meta: null }], [{ data: 0 }], [{ data: '', meta: {} }], [{ data: [], meta: null }]])(
    'may be %j',
    async (json) => {
      const { handle } = (await keepResult(json)).json.data
      expect((await api.call('GET', `/results/${handle}`, { token })).json).toEqual(json)
    },
  )

  test('is refused where it is not JSON', async () => {
    for (const body of ['', '{"data": 1', Buffer.from([0x7b, 0xff, 0x7d])]) {
      const refused = await api.call('POST', '/results', {
        token,
        body,
        headers: { 'content-type': 'application/json' },
      })
      expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
    }
  })
})

describe('a handle', () => {
  test('is of use to its user only: to every other it is as if it were unknown', async () => {
    const { handle } = (await keep(new Blob(['mine']), 'mine.txt')).json.data
    const result = (await keepResult({ data: 'mine', meta: null })).json.data.handle
    const otherUser = (await api.user(key)).token
    const otherClient = (await api.user(await api.client())).token
    for (const as of [otherUser, otherClient]) {
      for (const method of ['GET', 'DELETE']) {
        const known = await api.call(method, `/files/${handle}`, { token: as })
        const missing = await api.call(method, `/files/${unknown('file')}`, { token: as })
        expect(failure(known)).toEqual({ status: 404, code: 'NOT_FOUND' })
        expect([known.json.message, missing.json.message]).toEqual([NOT_KEPT, NOT_KEPT])
        expect(failure(await api.call(method, `/results/${result}`, { token: as })).status).toBe(404)
      }
    }
    expect((await api.call('GET', `/files/${handle}`, { token })).text).toBe('mine')
    expect((await api.call('GET', `/results/${result}`, { token })).json.data).toBe('mine')
  })

  test('of a file leads to no result, and the other way round', async () => {
    const file = (await keep(new Blob(['mine']), 'mine.txt')).json.data.handle
    const result = (await keepResult({ data: 'mine' })).json.data.handle
    for (const method of ['GET', 'DELETE'])
      for (const path of [`/results/${file}`, `/files/${result}`])
        expect(failure(await api.call(method, path, { token }))).toEqual({ status: 404, code: 'NOT_FOUND' })
    expect((await api.call('GET', `/files/${file}`, { token })).status).toBe(200)
  })

  test.each(['x', 'file_', '%', '%00', '%ff', '..%2f', 'file_%0a', `file_${'a'.repeat(24)}%20`, 'ä'.repeat(30)])(
    'that is none (%s) is not found',
    async (handle) => {
      for (const room of ['files', 'results'])
        for (const method of ['GET', 'DELETE'])
          expect(failure(await api.call(method, `/${room}/${handle}`, { token })).code).toBe('NOT_FOUND')
    },
  )
})

describe('every route', () => {
  const routes: [string, string][] = [
    ['POST', '/files'],
    ['GET', `/files/${unknown('file')}`],
    ['DELETE', `/files/${unknown('file')}`],
    ['POST', '/results'],
    ['GET', `/results/${unknown('result')}`],
    ['DELETE', `/results/${unknown('result')}`],
  ]

  test.each(routes)(
    '%s %s needs a user token, and refuses the key of another client beside it',
    async (method, path) => {
      const send = (options: object) =>
        api.call(method, path, { ...options, ...(method === 'POST' ? { json: { data: 1 } } : {}) })
      expect(failure(await send({}))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
      expect(failure(await send({ key }))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
      expect(failure(await send({ token: 'x.y.z' }))).toEqual({ status: 401, code: 'INVALID_TOKEN' })
      expect(failure(await send({ token, key: await api.client() }))).toEqual({ status: 401, code: 'INVALID_API_KEY' })
      expect((await send({ token, key })).status).not.toBe(401)
    },
  )

  test('refuses other methods, and another contract changes nothing', async () => {
    for (const path of ['/files', '/results'])
      expect(failure(await api.call('GET', path, { token }))).toEqual({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    for (const contract of ['1', '2']) {
      const headers = { 'x-gl-error-contract': contract }
      const refused = await api.call('GET', `/files/${unknown('file')}`, { token, headers })
      expect(failure(refused)).toEqual({ status: 404, code: 'NOT_FOUND' })
    }
  })
})

test('what was changed in the store is not sent, and its reason goes to the log alone', async () => {
  const { handle } = (await keep(new Blob(['mine']), 'mine.txt')).json.data
  const other = (await keep(new Blob(['else']), 'else.txt')).json.data.handle
  const { default: Database } = await import('libsql')
  const database = new Database(`${api.folder}/store.db`)
  database
    .prepare('update kept_parts set sealed = (select sealed from kept_parts where kept_id = ?) where kept_id = ?')
    .run(other, handle)
  database.close()
  await new Promise((resolve) => setImmediate(resolve))
  const refused = await api.call('GET', `/files/${handle}`, { token })
  expect(failure(refused)).toEqual({ status: 500, code: 'MISCONFIGURED' })
  expect(refused.text).not.toContain('key file')
  expect(api.log.join('')).toContain('cannot be opened')
})

describe('through the client in this process', () => {
  const clientOf = (as = token) =>
    new ConnectorsClient({
      baseUrl: 'http://embedded.invalid',
      userToken: as,
      fetch: inProcessFetch(createApi({ service: api.service, log: createLogger('silent') })),
    })

  test('a file goes in and comes out the same, with or without a name', async () => {
    const client = clientOf()
    const bytes = Uint8Array.from({ length: 3 * MIB + 1 }, (_, at) => at % 251)
    const file = new ClientFile(bytes, 'a b.json', 'application/json')
    const kept = await client.keepFile(file)
    expect(kept).toMatchObject({ filename: 'a b.json', content_type: 'application/json', size: bytes.length })
    const got = await client.keptFile(kept.handle)
    expect([got.filename, got.contentType, Buffer.from(got.bytes).equals(bytes)]).toEqual([
      'a b.json',
      'application/json',
      true,
    ])
    const bare = await client.keepFile(new ClientFile(new Uint8Array()))
    expect(bare).toMatchObject({ filename: null, content_type: 'application/octet-stream', size: 0 })
    expect(await client.keptFile(bare.handle)).toEqual(
      new ClientFile(new Uint8Array(), null, 'application/octet-stream'),
    )
    expect(await client.removeKept(bare.handle)).toEqual({ success: true })
    await expect(client.keptFile(bare.handle)).rejects.toMatchObject({ code: 'NOT_FOUND', message: NOT_KEPT })
  })

  test('a result goes in and comes out the same', async () => {
    const client = clientOf()
    const result = { data: [{ a: 1.5, b: 12345678901234567000, c: 'ü' }, null], meta: { total: 2 } }
    const kept = await client.keepResult(result)
    expect(kept.expires_at).toBe('2026-11-30T13:00:00.000Z')
    expect(await client.keptResult(kept.handle)).toEqual(result)
    const other = clientOf((await api.user(key)).token)
    await expect(other.keptResult(kept.handle)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(other.removeKept(kept.handle)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await client.removeKept(kept.handle)).toEqual({ success: true })
    await expect(client.keptResult(kept.handle)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
