import { afterEach, describe, expect, test } from 'vitest'
import { ApiError, ClientFile, ConnectorsClient } from '../../../src/client/index.js'
import { closeServices, envelope, failureOf, inProcess, json, scriptedService } from '../scripted-service.js'

afterEach(closeServices)

const HANDLE = `file_${'a'.repeat(24)}`
const RESULT = `result_${'b'.repeat(24)}`
const KEPT = {
  handle: HANDLE,
  filename: 'a.txt',
  content_type: 'text/plain',
  size: 3,
  expires_at: '2026-12-01T00:00:00Z',
}

const clientWith = (respond: () => Response) => {
  const { fetch, sent } = inProcess(respond)
  return { sent, client: new ConnectorsClient({ baseUrl: 'http://host/pre', apiKey: 'key', userToken: 't', fetch }) }
}

describe('a file that is kept', () => {
  test('is sent as the one part of a form, and its handle comes back', async () => {
    const { baseUrl, received } = await scriptedService({ body: { data: KEPT, meta: null } })
    const client = new ConnectorsClient({ baseUrl })
    expect(await client.keepFile(new ClientFile(Buffer.from('abc'), 'a.txt', 'text/plain'), 'my-token')).toEqual(KEPT)
    const [got] = received
    expect([got?.method, got?.url, got?.headers.authorization]).toEqual(['POST', '/files', 'Bearer my-token'])
    const form = await new Response(new Uint8Array(got?.body ?? []), {
      headers: { 'content-type': got?.headers['content-type'] ?? '' },
    }).formData()
    const parts = [...form]
    expect(parts.map(([name]) => name)).toEqual(['file'])
    const file = form.get('file') as File
    expect([file.name, file.type, await file.text()]).toEqual(['a.txt', 'text/plain', 'abc'])
  })

  test('gets no name where it has none', async () => {
    const { baseUrl, received } = await scriptedService({ body: { data: { ...KEPT, filename: null }, meta: null } })
    await new ConnectorsClient({ baseUrl, userToken: 't' }).keepFile(new ClientFile(Buffer.from('abc')))
    expect(received[0]?.body.toString()).toMatch(/^content-disposition: form-data; name="file"\r$/im)
  })

  test.each([
    ['application/json', '{"data": 1}'],
    ['text/plain; charset=utf-8', 'text'],
  ])('comes back as a file, also where it is %s', async (contentType, body) => {
    const headers = { 'content-type': contentType, 'content-disposition': `attachment; filename="a.x"` }
    const { baseUrl, received } = await scriptedService({ body, headers })
    const file = await new ConnectorsClient({ baseUrl, userToken: 't' }).keptFile(HANDLE)
    expect(file).toEqual(new ClientFile(new Uint8Array(Buffer.from(body)), 'a.x', contentType))
    expect([received[0]?.method, received[0]?.url]).toEqual(['GET', `/files/${HANDLE}`])
  })
})

test('a result that is kept is sent as data and meta, and comes back as such', async () => {
  const kept = { handle: RESULT, size: 9, expires_at: '2026-12-01T00:00:00Z' }
  const { client, sent } = clientWith(() => json({ data: kept, meta: null }))
  const result = { data: [1], meta: { total: 1 }, actedAs: 'ann' }
  expect(await client.keepResult(result)).toEqual(kept)
  expect([sent[0]?.method, sent[0]?.url]).toEqual(['POST', 'http://host/pre/results'])
  expect(JSON.parse(sent[0]?.body as string)).toEqual({ data: [1], meta: { total: 1 } })

  const reading = clientWith(() => json({ data: null }))
  expect(await reading.client.keptResult(RESULT)).toEqual({ data: null, meta: null })
  expect(reading.sent[0]?.url).toBe(`http://host/pre/results/${RESULT}`)
  for (const wrong of [{ meta: null }, [], 'x']) {
    const error = await failureOf(clientWith(() => json(wrong)).client.keptResult(RESULT))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR' })
  }
})

test.each([
  [HANDLE, '/files/'],
  [RESULT, '/results/'],
  ['something else', '/files/'],
])('%s is removed where it is kept', async (handle, start) => {
  const { client, sent } = clientWith(() => json({ data: { success: true }, meta: null }))
  expect(await client.removeKept(handle)).toEqual({ success: true })
  expect([sent[0]?.method, sent[0]?.url]).toEqual(['DELETE', `http://host/pre${start}${encodeURIComponent(handle)}`])
})

test('a handle that would lead elsewhere is not sent, nor is anything without a token', async () => {
  const { client, sent } = clientWith(() => json({ data: {} }))
  for (const handle of ['', '..', '../users/me']) {
    for (const call of ['keptFile', 'keptResult', 'removeKept'] as const)
      expect(await failureOf(client[call](handle))).toMatchObject({ code: 'INVALID_PARAMETERS' })
  }
  const { fetch } = inProcess(() => json({}))
  const loggedOut = new ConnectorsClient({ baseUrl: 'http://host', fetch })
  for (const call of [loggedOut.keepFile(new ClientFile(new Uint8Array())), loggedOut.keptFile(HANDLE)])
    expect(await failureOf(call)).toMatchObject({ code: 'INVALID_TOKEN' })
  expect(sent).toEqual([])
})

describe('a service that keeps nothing', () => {
  test.each<[string, () => Response, string]>([
    ['404 without a code', () => new Response('not found', { status: 404 }), 'NOT_FOUND'],
    ['404 as FastAPI says it', () => json({ detail: 'Not Found' }, { status: 404 }), 'NOT_FOUND'],
    ['404 with our code', () => json(envelope('NOT_FOUND', 'No route has this path.'), { status: 404 }), 'NOT_FOUND'],
    ['405 without a code', () => new Response('', { status: 405 }), 'METHOD_NOT_ALLOWED'],
    ['405 as FastAPI says it', () => json({ detail: 'Method Not Allowed' }, { status: 405 }), 'METHOD_NOT_ALLOWED'],
    ['413 without a code', () => new Response('', { status: 413 }), 'TOO_LARGE'],
  ])('answers %s', async (_what, respond, code) => {
    const { client } = clientWith(respond)
    for (const call of [
      client.keepFile(new ClientFile(new Uint8Array([1]))),
      client.keepResult({ data: 1, meta: null }),
      client.keptFile(HANDLE),
      client.keptResult(RESULT),
      client.removeKept(RESULT),
    ]) {
      const error = await failureOf(call)
      expect(error).toBeInstanceOf(ApiError)
      expect(error).toMatchObject({ code })
    }
  })
})
