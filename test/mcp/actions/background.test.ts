import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { inProcessFetch } from '../../../src/app/in-process.js'
import { Secret } from '../../../src/base/secret.js'
import { ConnectorsClient } from '../../../src/client/index.js'
import { newApi } from '../../api/harness.js'
import { gate, LibraryServer, libraryConnector } from '../../service/jobs/library.js'
import { CLIENT_KINDS, type ClientKind, connect, factsOf, type Progress } from '../harness.js'

const CALL = { connector: 'library', action: 'list_books' }
const SHELF = { shelf: 'poems' }
const GOES_ON = expect.stringMatching(/^The work goes on in the background: make the same call again/)

async function ready(kind: ClientKind) {
  const server = new LibraryServer()
  const api = await newApi({ connectors: [libraryConnector(undefined, false)], send: server.send })
  onTestFinished(() => api.service.background.stop())
  const apiKey = await api.client()
  const client = new ConnectorsClient({ baseUrl: 'http://127.0.0.1:1', apiKey, fetch: inProcessFetch(api.api) })
  const { secret } = await client.createUser('alice')
  const seed = async () => ({ identifier: 'alice', secret: new Secret(secret) })
  const mcpClient = await connect(kind, client, { seed })
  const run = (params: Record<string, unknown>, onprogress?: (progress: Progress) => void, tool = 'read_connector') =>
    mcpClient.call(tool, { ...CALL, params: { ...SHELF, ...params } }, undefined, onprogress)
  return { server, run }
}

describe.each(CLIENT_KINDS)('an action that works in the background, %s', (kind) => {
  test('answers when it is done, and later from what is kept', async () => {
    const { server, run } = await ready(kind)
    const first = await run({})
    expect(first.shown).toMatchObject({ data: ['a', 'b'], meta: { total: 3, has_next: true } })
    expect((await run({ page: 2 }, undefined, 'execute_connector')).shown).toMatchObject({ data: ['c'] })
    expect(server.count('/shelves/poems')).toBe(1)
  })

  test('says that it goes on, and what to do, to a call that does not wait', async () => {
    const { server, run } = await ready(kind)
    const closing = gate()
    server.onClosing = () => closing.passed
    const result = await run({ waiting: false })
    expect(factsOf(result)).toEqual({ data: { is_processing: true, shelf: 'poems' }, meta: {}, acted_as: null })
    expect(result.shown?.next_step).toEqual(GOES_ON)
    closing.open()
    expect((await run({})).shown).toMatchObject({ data: ['a', 'b'] })
  })

  test('reports how far it is while it goes on, and then answers; force_new begins once', async () => {
    const { server, run } = await ready(kind)
    server.onShelf = () => ({ json: { books: ['a', 'b', 'c'], total: 40 } })
    await run({})
    const closing = gate()
    server.onClosing = () => closing.passed
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const reports: Progress[] = []
    const result = run({ force_new: true }, (progress) => reports.push(progress))
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(1_000)
      expect(reports).toHaveLength(1)
    })
    closing.open()
    const advancing = setInterval(() => void vi.advanceTimersByTimeAsync(1_000), 5)
    expect((await result).shown).toMatchObject({ data: ['a', 'b'] })
    clearInterval(advancing)
    expect(reports).toEqual([{ progress: 3, total: 40, message: 'Gathering in the background' }])
    expect(server.count('/shelves/poems')).toBe(2)
  })

  test('answers that it goes on after 50 seconds, before MCP clients give the call up', async () => {
    const { server, run } = await ready(kind)
    server.onClosing = () => new Promise(() => {})
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const result = run({}, () => {})
    let isAnswered = false
    void result.then(() => {
      isAnswered = true
    })
    // A second passes in so much time that the service can do what it does in one.
    const advancing = setInterval(() => void vi.advanceTimersByTimeAsync(1_000), 25)
    await vi.waitFor(() => expect(isAnswered).toBe(true), { timeout: 25_000 })
    clearInterval(advancing)
    expect((await result).shown).toMatchObject({ data: { is_processing: true }, next_step: GOES_ON })
  })

  test('a call that may only read has nothing posted elsewhere', async () => {
    const { run } = await ready(kind)
    const result = await run({ callback_urls: ['https://app.example/done'] })
    expect(result.isError).toBe(true)
    expect(JSON.stringify(result)).toContain('callback_urls has data sent elsewhere')
  })
})
