import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { CredentialRefused } from '../../../src/base/credential-refused.js'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { path } from '../../../src/http/path.js'
import { createSend } from '../../../src/http/send.js'
import type { FailureRule } from '../../../src/kit/upstream/failures.js'
import { createHttpUpstream } from '../../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../../src/kit/upstream/upstream.js'
import { closeServers, serve } from '../../http/server.js'

const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
const NOW = Date.parse('2026-01-01T00:00:00Z')
afterEach(closeServers)
afterAll(() => send.close())

const connect = (baseUrl: string, more: Partial<Parameters<typeof createHttpUpstream>[0]> = {}): Upstream =>
  createHttpUpstream({
    send,
    baseUrl,
    headers: { Accept: 'application/vnd.example+json' },
    authorize: () => ({ Authorization: 'Bearer t0ken' }),
    signal: AbortSignal.timeout(20_000),
    clock: () => NOW,
    ...more,
  })

interface Answer {
  status?: number
  headers?: Record<string, string>
  body?: string
}
const answering = ({ status = 200, headers = {}, body = '' }: Answer) =>
  serve((_, response) => response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body))

const failed = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

describe('requests of a connector', () => {
  test('have the credential, header fields, user agent, path and query', async () => {
    const { origin, requests } = await answering({ body: '{"ok":true}' })
    const query = { q: 'a b&c', list: ['x', 'y'], no: undefined, nothing: null, flag: false, page: 2 }
    expect(await connect(`${origin}/api/v3/`).get(path`/repos/${'a/b'}`, query)).toEqual({ ok: true })
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: '/api/v3/repos/a%2Fb?q=a+b%26c&list=x&list=y&flag=false&page=2',
      headers: {
        authorization: 'Bearer t0ken',
        accept: 'application/vnd.example+json',
        'user-agent': 'connectors-mcp',
      },
    })
    expect(requests[0]?.headers).not.toHaveProperty('content-type')
  })

  test('go to a further host by its name, with the same credential, and to no other', async () => {
    const { origin, requests } = await answering({ headers: { 'x-seen': '1' }, body: '{"ok":true}' })
    const upstream = connect('https://api.example', { hosts: { upload: `${origin}/upload/v1/` } })
    const request = { method: 'POST', host: 'upload', path: path`/files`, query: { a: 1 }, body: { b: 2 } } as const
    const { json, headers } = await upstream.send(request)
    expect([json, headers.get('x-seen')]).toEqual([{ ok: true }, '1'])
    expect(requests).toMatchObject([
      { method: 'POST', url: '/upload/v1/files?a=1', headers: { authorization: 'Bearer t0ken' } },
    ])
    for (const host of ['other', 'toString'])
      await expect(upstream.send({ method: 'GET', host, path: path`/x` })).rejects.toThrow('no host called')
  })

  test('that a rule says refuse the credential count as a 401, whatever their status', async () => {
    const { origin } = await answering({ body: '{"ok":false,"error":"token_expired"}' })
    const failures: FailureRule[] = [
      {
        when: { status: [200], says: /token_expired/ },
        code: 'UPSTREAM_REFUSED',
        message: 'No.',
        refusesCredential: true,
      },
    ]
    expect(await failed(connect(origin, { failures }).get(path`/x`))).toBeInstanceOf(CredentialRefused)
  })

  test.each(['post', 'put', 'patch'] as const)('by %s send JSON', async (method) => {
    const bodies: string[] = []
    const { origin, requests } = await serve(async (request, response) => {
      bodies.push(Buffer.concat(await request.toArray()).toString())
      response.writeHead(201).end('{}')
    })
    await connect(origin)[method](path`/x`, { a: 'ü', left_out: undefined }, { b: 1 })
    await connect(origin)[method](path`/x`)
    expect(bodies).toEqual(['{"a":"ü"}', ''])
    expect(requests[0]).toMatchObject({ method: method.toUpperCase(), url: '/x?b=1' })
    expect(requests[0]?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(requests[1]?.headers).not.toHaveProperty('content-type')
  })

  test('by delete can have a query and a body, and an empty answer is null', async () => {
    const { origin, requests } = await answering({ status: 204 })
    expect(await connect(origin).delete(path`/x`, { a: 'b' }, { c: 'd' })).toBeNull()
    expect(requests[0]).toMatchObject({ method: 'DELETE', url: '/x?a=b' })
  })

  test('read the credential each time', async () => {
    const { origin, requests } = await answering({ body: '{}' })
    let count = 0
    const upstream = connect(origin, { authorize: () => ({ authorization: `Bearer ${++count}` }) })
    await upstream.get(path`/x`)
    await upstream.get(path`/x`)
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2'])
  })

  test('by read return header fields and links', async () => {
    const { origin } = await answering({ headers: { 'x-scopes': 'a, b', link: '</x?page=2>; rel="next"' }, body: '{}' })
    const { headers, links, json } = await connect(origin).read(path`/x`)
    expect(headers.get('x-scopes')).toBe('a, b')
    expect([...links]).toEqual([['next', '/x?page=2']])
    expect(json).toEqual({})
  })

  test('keep the keys of an answer unchanged', async () => {
    const body = '{"Created At":1,"userName":{"__proto__":{"a":1}}}'
    const { origin } = await answering({ body })
    expect(JSON.stringify(await connect(origin).get(path`/x`))).toBe(body)
  })
})

const WAIT_UNTIL = String(NOW / 1000 + 90)
describe('a refusal of the third party', () => {
  test.each<[number, Record<string, string>, string, Record<string, unknown>]>([
    [400, {}, 'INVALID_PARAMETERS', {}],
    [401, {}, 'UPSTREAM_REFUSED', { name: 'CredentialRefused' }],
    [402, {}, 'UPSTREAM_REFUSED', {}],
    [403, {}, 'FORBIDDEN', {}],
    [403, { 'x-ratelimit-remaining': '7', 'x-ratelimit-reset': WAIT_UNTIL }, 'FORBIDDEN', {}],
    [403, { 'retry-after': '60' }, 'RATE_LIMITED', { retryable: true, retryAfterSeconds: 60 }],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': WAIT_UNTIL },
      'RATE_LIMITED',
      { retryable: true, retryAfterSeconds: 90 },
    ],
    [403, { 'x-ratelimit-remaining': '0' }, 'RATE_LIMITED', { retryable: true, retryAfterSeconds: undefined }],
    [404, {}, 'NOT_FOUND', {}],
    [405, {}, 'UPSTREAM_REFUSED', {}],
    [409, {}, 'UPSTREAM_REFUSED', {}],
    [410, {}, 'NOT_FOUND', {}],
    [422, {}, 'INVALID_PARAMETERS', {}],
    [429, {}, 'RATE_LIMITED', { retryable: true, retryAfterSeconds: undefined }],
    [429, { 'retry-after': '7' }, 'RATE_LIMITED', { retryable: true, retryAfterSeconds: 7 }],
    [
      429,
      { 'retry-after': 'Thu, 01 Jan 2026 00:01:30 GMT' },
      'RATE_LIMITED',
      { retryable: true, retryAfterSeconds: 90 },
    ],
    [451, {}, 'UPSTREAM_REFUSED', {}],
  ])('with %i %j is %s', async (status, headers, code, recovery) => {
    const { origin } = await answering({ status, headers, body: '{"message":"Because"}' })
    for (const asked of [connect(origin).get(path`/x`), connect(origin).post(path`/x`, {})]) {
      const error = await failed(asked)
      expect(error).toMatchObject({ code, retryable: false, ...recovery })
      expect(error.details).toEqual({ upstream: { status, message: 'Because' } })
      expect(error.message).not.toContain('Because')
    }
  })

  test.each([500, 502, 503, 504, 304])('with %i is UPSTREAM_ERROR, and only a read may be repeated', async (status) => {
    const { origin } = await answering({ status, headers: { 'retry-after': '3' } })
    expect(await failed(connect(origin).get(path`/x`))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    const { origin: again } = await answering({ status, headers: { 'retry-after': '3' } })
    const write = await failed(connect(again).post(path`/x`, {}))
    expect(write).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false, retryAfterSeconds: 3 })
  })

  test.each<[string, Answer, string | undefined]>([
    ['message', { body: '{"message":"a"}' }, 'a'],
    ['error', { body: '{"error":"a"}' }, 'a'],
    ['error and description', { body: '{"error":"a","error_description":"b"}' }, 'a; b'],
    ['error.message', { body: '{"error":{"code":404,"message":"a","errors":[{"message":"a"}]}}' }, 'a'],
    [
      'faults of fields',
      { body: '{"message":"Validation Failed","errors":[{"resource":"Issue","field":"title","code":"missing"}]}' },
      'Validation Failed; title missing',
    ],
    ['a list of texts', { body: '{"errors":["a","b"]}' }, 'a; b'],
    ['a bare text', { body: '"a"' }, 'a'],
    ['line breaks and control characters', { body: '{"message":"a\\r\\n\\u0000b"}' }, 'a b'],
    ['nothing known', { body: '{"status":"bad"}' }, undefined],
    ['nothing', { body: '' }, undefined],
    ['half an answer', { body: '{"message":' }, undefined],
    ['plain text', { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'a' }, 'a'],
    ['HTML', { headers: { 'content-type': 'text/html' }, body: '<h1>a</h1>' }, undefined],
    ['a long text', { body: JSON.stringify({ message: '€'.repeat(5000) }) }, `${'€'.repeat(499)}…`],
    ['nested without end', { body: `${'{"error":'.repeat(4000)}"a"${'}'.repeat(4000)}` }, undefined],
  ])('passes on %s', async (_, answer, message) => {
    const { origin } = await answering({ status: 404, ...answer })
    const { details } = await failed(connect(origin).get(path`/x`))
    expect(details).toEqual({ upstream: { status: 404, ...(message === undefined ? {} : { message }) } })
  })
})

describe("a vendor's own table of failures", () => {
  const asked = (failures: FailureRule[], answer: Answer, method: 'get' | 'post' = 'get') =>
    answering(answer).then(({ origin }) => failed(connect(origin, { failures })[method](path`/x`)))
  const row = (when: FailureRule['when'], more: Partial<FailureRule> = {}): FailureRule => ({
    when,
    code: 'FORBIDDEN',
    message: 'Ours.',
    ...more,
  })

  test('goes before what statuses mean, and its first row that fits counts', async () => {
    const failures = [
      row({ status: [404], says: /quota/i }, { code: 'RATE_LIMITED', retryable: true, retryAfter: 30 }),
      row({ status: [404] }, { message: 'The second.' }),
    ]
    const quota = { status: 404, body: '{"error":{"message":"Quota exceeded"}}' }
    expect(await asked(failures, quota, 'post')).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'Ours.',
      retryable: true,
      retryAfterSeconds: 30,
      details: { upstream: { status: 404, message: 'Quota exceeded' } },
    })
    expect(await asked(failures, { status: 404 })).toMatchObject({ code: 'FORBIDDEN', message: 'The second.' })
    expect(await asked(failures, { ...quota, headers: { 'retry-after': '5' } })).toMatchObject({ retryAfterSeconds: 5 })
    expect(await asked(failures, { status: 410 })).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('can name a method, a header field, and a reading of the answer that says no', async () => {
    const byMethod = [row({ status: [404], method: 'POST' })]
    expect(await asked(byMethod, { status: 404 })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await asked(byMethod, { status: 404 }, 'post')).toMatchObject({ code: 'FORBIDDEN' })
    const byField = [row({ status: [404], header: ['x-why', /^rights$/] })]
    expect(await asked(byField, { status: 404, headers: { 'x-why': 'size' } })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await asked(byField, { status: 404, headers: { 'x-why': 'rights' } })).toMatchObject({ code: 'FORBIDDEN' })
    const byReading = [
      row({ status: [404] }, { tell: ({ headers }) => (headers.has('x-why') ? { reason: 'r' } : undefined) }),
    ]
    expect(await asked(byReading, { status: 404 })).toMatchObject({ code: 'NOT_FOUND' })
    expect(await asked(byReading, { status: 404, headers: { 'x-why': 'y' } })).toMatchObject({
      details: { reason: 'r' },
    })
  })

  test('can make a failure of a success, as some vendors do', async () => {
    const failures = [row({ status: [200], says: /not_in_channel/ })]
    const error = await asked(failures, { body: '{"ok":false,"error":"not_in_channel"}' })
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      details: { upstream: { status: 200, message: 'not_in_channel' } },
    })
    const { origin } = await answering({ body: '{"ok":true}' })
    expect(await connect(origin, { failures }).get(path`/x`)).toEqual({ ok: true })
  })

  test('never turns a refused credential into something else', async () => {
    expect(await asked([row({ status: [401] })], { status: 401 })).toMatchObject({ name: 'CredentialRefused' })
  })

  test('reads a bounded part of what a hostile answer says', async () => {
    const body = JSON.stringify({ message: 'a'.repeat(900_000), documentation_url: 'b'.repeat(90_000) })
    const failures = [row({ status: [404] }, { tell: ({ said }) => ({ upstream: { length: said.length } }) })]
    const { details } = await asked(failures, { status: 404, body })
    expect(details).toMatchObject({ upstream: { length: 4000 } })
  })
})

describe('what moved', () => {
  test('is told in the notices of the call: where it is now, without its query', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url?.startsWith('/repositories/42')) response.end('{"number":7}')
      else response.writeHead(request.method === 'GET' ? 301 : 307, { location: '/repositories/42/x?page=2' }).end()
    })
    const reading = connect(origin)
    expect(await reading.get(path`/repos/${'shop'}`)).toEqual({ number: 7 })
    expect(reading.notices).toEqual({ moved_to: `${origin}/repositories/42/x` })
    const writing = connect(origin)
    expect(await writing.post(path`/repos/${'shop'}`, { a: 1 })).toEqual({ number: 7 })
    expect(writing.notices).toEqual({ moved_to: `${origin}/repositories/42/x` })
  })

  test('for a while only is not told', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/to') response.end('{}')
      else response.writeHead(302, { location: '/to' }).end()
    })
    const upstream = connect(origin)
    await upstream.get(path`/x`)
    expect(upstream.notices).toEqual({})
  })

  // It never got the credential, so the credential is as good as before.
  test.each([401, 403, 404])('to another host that says %i is not the fault of the credential', async (status) => {
    const other = await answering({ status, body: '{"message":"Who are you?"}' })
    const { origin } = await serve((_, response) =>
      response.writeHead(301, { location: `${other.origin}/x?k=v` }).end(),
    )
    const error = await failed(connect(origin).get(path`/x`))
    expect(error).toMatchObject({ name: 'ConnectorsError', code: 'UPSTREAM_REFUSED', retryable: false })
    expect(error.details).toEqual({ upstream: { status, location: `${other.origin}/x` } })
  })
})

describe('an invalid answer of a third party is an error', () => {
  test.each([
    ['lists in lists', `${'['.repeat(2e5)}${']'.repeat(2e5)}`],
    ['objects in objects', `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}`],
    ['nothing but brackets', '['.repeat(30e6)],
    ['more values than anybody needs', `[${'{},'.repeat(2e6)}1]`],
  ])('for %s', async (_name, body) => {
    const { origin } = await answering({ body })
    const error = await failed(connect(origin).get(path`/x`))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(error.message).toMatch(/more than \d+ (deep|values)/)
  })

  test.each([
    ['a refusal nested deep', `{"message":${'['.repeat(2e5)}"x"${']'.repeat(2e5)}}`],
    ['a refusal of 20 MB', `{"message":"${'x'.repeat(20e6)}"}`],
    ['a refusal of many texts', `{"errors":[${'"x",'.repeat(5e6)}"x"]}`],
  ])('with the status for %s', async (_name, body) => {
    const { origin } = await answering({ status: 422, body })
    const error = await failed(connect(origin).get(path`/x`))
    expect(error).toMatchObject({ code: 'INVALID_PARAMETERS', details: { upstream: { status: 422 } } })
  })

  test.each<[string, Answer]>([
    ['HTML with 200', { headers: { 'content-type': 'text/html' }, body: '<html>maintenance</html>' }],
    ['HTML that claims to be JSON', { body: '<html>' }],
    ['half of a JSON text', { body: '{"a":[1,2' }],
  ])('for %s', async (_, answer) => {
    const { origin } = await answering(answer)
    const error = await failed(connect(origin).get(path`/x`))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true, details: { upstream: { status: 200 } } })
    expect(JSON.stringify(error.details)).not.toContain('maintenance')
    const write = await failed(connect(origin).post(path`/x`, {}))
    expect(write).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
  })

  test('for a connection that breaks off', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '99' }).write('[1', () => response.destroy())
    })
    expect(await failed(connect(origin).get(path`/x`))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
  })

  test('for no answer in time', async () => {
    const { origin } = await serve(() => undefined)
    const error = await failed(connect(origin, { timeoutMs: 50 }).get(path`/x`))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true })
  })

  test('and so is an aborted call', async () => {
    const { origin } = await serve(() => undefined)
    const reason = new Error('gone')
    expect(await failed(connect(origin, { signal: AbortSignal.abort(reason) }).get(path`/x`))).toBe(reason)
  })
})
