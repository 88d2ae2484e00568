import { expect, onTestFinished, test, vi } from 'vitest'
import { gate, LibraryServer, libraryConnector } from '../service/jobs/library.js'
import { failure, newApi } from './harness.js'

const SECRET = '/clients/callback-secret'

async function ready() {
  const server = new LibraryServer()
  const api = await newApi({ connectors: [libraryConnector(undefined, false)], send: server.send })
  onTestFinished(() => api.service.background.stop())
  const key = await api.client()
  const { token } = await api.user(key)
  const list = (json: object, headers: Record<string, string> = {}) =>
    api.call('POST', '/connectors/library/list_books', { token, json: { shelf: 'poems', ...json }, headers })
  return { api, server, key, list }
}

test('an action that works in the background answers 200 at once, and the result later', async () => {
  const { server, list } = await ready()
  const closing = gate()
  server.onClosing = () => closing.passed
  const begun = await list({ waiting: false })
  expect(begun).toMatchObject({ status: 200, json: { data: { is_processing: true, shelf: 'poems' }, meta: {} } })
  closing.open()
  expect((await list({ page: 2 })).json).toMatchObject({ data: ['c'], meta: { page: 2, total: 3 } })
  expect(server.count('/shelves/poems')).toBe(1)
})

test('addresses are refused where the client lists no origins, and posted to where it lists theirs', async () => {
  const { api, server, key, list } = await ready()
  const callback_urls = ['https://app.example/done']
  const refused = await list({ callback_urls })
  expect(failure(refused)).toEqual({ status: 400, code: 'INVALID_PARAMETERS' })
  expect(refused.json.error.details.errors).toEqual([
    { field: 'callback_urls[0]', message: 'is not at one of the callback origins of this client' },
  ])
  await api.call('PUT', '/clients/callback-origins', { key, json: { callback_origins: ['https://app.example'] } })
  expect((await list({ callback_urls })).status).toBe(200)
  await vi.waitFor(() => expect(server.posted.map(({ url }) => url.href)).toEqual(callback_urls))
  const readOnly = await list({ callback_urls }, { 'x-read-only': 'true' })
  expect(failure(readOnly)).toEqual({ status: 403, code: 'FORBIDDEN' })
})

test('a client sees its own secret by which messages are signed, and only with its API key', async () => {
  const { api, key } = await ready()
  const { json } = await api.call('GET', SECRET, { key })
  expect(json).toEqual({ data: { callback_secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) }, meta: null })
  expect((await api.call('GET', SECRET, { key })).json).toEqual(json)
  expect((await api.call('GET', SECRET, { key: await api.client() })).json).not.toEqual(json)
  const { token } = await api.user(key)
  for (const credential of [{}, { token }, { key: api.service.tenants.administratorKey().reveal() }])
    expect(failure(await api.call('GET', SECRET, credential)).code).toBe('INVALID_API_KEY')
})
