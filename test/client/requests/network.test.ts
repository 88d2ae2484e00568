import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { ApiError, ConnectorsClient } from '../../../src/client/index.js'
import { closeServices, failureOf, inProcess, json, scriptedService } from '../scripted-service.js'

afterEach(async () => {
  vi.useRealTimers()
  await closeServices()
})

/** A port on which nothing listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

describe('a request to a service that does not answer', () => {
  test('fails with an error that names host, cause and remedy if it is unreachable', async () => {
    const port = await closedPort()
    const error = await failureOf(new ConnectorsClient({ baseUrl: `http://127.0.0.1:${port}/deep` }).connectorNames())
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      code: 'UPSTREAM_ERROR',
      status: null,
      retryable: false,
      details: { reason: 'ECONNREFUSED' },
      message:
        `The connector service at 127.0.0.1:${port} cannot be reached (ECONNREFUSED): check the base URL, the network, ` +
        'and that the service is running, then try again.',
    })
  })

  test('fails after the time limit', async () => {
    const { baseUrl, host } = await scriptedService('silent')
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't' })
    expect(await failureOf(connectors.execute('github', 'x', { timeoutMs: 40 }))).toMatchObject({
      name: 'ApiError',
      code: 'UPSTREAM_TIMEOUT',
      status: null,
      message: expect.stringContaining(`The connector service at ${host} did not respond within 0.04 s`),
    })
  })

  test('fails if the time limit ends while the content arrives', async () => {
    const { fetch } = inProcess(({ signal }) => {
      const content = new ReadableStream({
        start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
      })
      return new Response(content, { headers: { 'content-type': 'application/json' } })
    })
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, timeoutMs: 20 })
    expect(await failureOf(connectors.connectorNames())).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('fails if the answer breaks off', async () => {
    const { baseUrl, host } = await scriptedService({ body: { data: 'x'.repeat(100) }, cut: true })
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't' })
    expect(await failureOf(connectors.execute('github', 'x'))).toMatchObject({
      code: 'UPSTREAM_ERROR',
      status: null,
      message: expect.stringContaining(`The response of the connector service at ${host} broke off`),
    })
  })

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31])(
    'is not sent with a time limit of %s',
    async (timeoutMs) => {
      const { fetch, sent } = inProcess(() => json([]))
      const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, timeoutMs })
      expect(await failureOf(connectors.connectorNames())).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(sent).toEqual([])
    },
  )
})

describe('the default time limit', () => {
  const asking = (params: Record<string, unknown>, timeoutMs?: number) => (connectors: ConnectorsClient) =>
    connectors.execute('sql', 'query', { params, timeoutMs })

  test.each<[string, number, (connectors: ConnectorsClient) => Promise<unknown>]>([
    ['names', 30_000, (connectors) => connectors.connectorNames()],
    ['schemas', 30_000, (connectors) => connectors.connectorSchemas()],
    ['execute', 40_000, (connectors) => connectors.execute('github', 'x')],
    ['an action that may take longer', 310_000, asking({ timeout_ms: 300_000 })],
    ['an action that may take so long, as text', 70_000, asking({ timeout_ms: '60000' })],
    ['an action that must be quick', 10_005, asking({ timeout_ms: 5 })],
    ['an action whose time is none', 40_000, asking({ timeout_ms: 'soon' })],
    ['an action with an endless time', 2 ** 31 - 1, asking({ timeout_ms: 1e300 })],
    ['an action whose caller waits less', 7, asking({ timeout_ms: 60_000 }, 7)],
    ['users', 10_000, (connectors) => connectors.me()],
    ['tokens', 10_000, (connectors) => connectors.authenticate('a', 'b')],
    ['linking', 10_000, (connectors) => connectors.startLink('a', undefined, { callbackUrl: 'u' })],
    ['the catalogue', 10_000, (connectors) => connectors.catalogTools()],
    ['skills', 10_000, (connectors) => connectors.skills()],
    ['a call that says so', 7, (connectors) => connectors.me(undefined, { timeoutMs: 7 })],
  ])('of %s is %i ms', async (_, limit, call) => {
    vi.useFakeTimers()
    const { fetch } = inProcess(
      ({ signal }) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
    )
    let over = false
    const failure = failureOf(call(new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' }))).finally(
      () => {
        over = true
      },
    )
    await vi.advanceTimersByTimeAsync(limit - 1)
    expect(over).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(await failure).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
    expect(vi.getTimerCount()).toBe(0)
  })
})

test.each([
  ['without a limit of its own has none', 0, undefined],
  ['with a smaller limit of its own waits as long as the action may take', 7, 70_000],
  ['with a larger limit of its own keeps that', 90_000, 90_000],
])('a client %s', async (_, timeoutMs, limit) => {
  vi.useFakeTimers()
  const { fetch, sent } = inProcess(() => new Promise(() => {}))
  const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't', timeoutMs })
  const call = failureOf(connectors.execute('sql', 'query', { params: { timeout_ms: 60_000 } }))
  expect(vi.getTimerCount()).toBe(limit === undefined ? 0 : 1)
  await vi.advanceTimersByTimeAsync((limit ?? 1) - 1)
  expect(sent[0]?.signal?.aborted).not.toBe(true)
  await vi.advanceTimersByTimeAsync(1)
  expect(sent[0]?.signal?.aborted).toBe(limit === undefined ? undefined : true)
  void call
})

test('a successful call leaves no timer', async () => {
  vi.useFakeTimers()
  const { fetch } = inProcess(() => json([]))
  await new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames()
  expect(vi.getTimerCount()).toBe(0)
})

describe('an aborted call', () => {
  test('throws the reason of the signal', async () => {
    const controller = new AbortController()
    const reason = new Error('the person went away')
    const { baseUrl } = await scriptedService(() => {
      controller.abort(reason)
      return 'silent'
    })
    const connectors = new ConnectorsClient({ baseUrl })
    expect(await failureOf(connectors.connectorNames({ signal: controller.signal }))).toBe(reason)
    expect(await failureOf(connectors.connectorNames({ signal: controller.signal, timeoutMs: 0 }))).toBe(reason)
  })

  test('is not sent if it was aborted before', async () => {
    const { fetch, sent } = inProcess(() => json([]))
    const reason = new Error('too late')
    const signal = AbortSignal.abort(reason)
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames({ signal }))).toBe(
      reason,
    )
    expect(sent).toEqual([])
  })
})

describe('a fetch that runs in this process', () => {
  test("gets no signal without a time limit, or the caller's own signal", async () => {
    const { fetch, sent } = inProcess(() => json([]))
    const connectors = new ConnectorsClient({ baseUrl: 'http://embedded.invalid', fetch, timeoutMs: 0 })
    const { signal } = new AbortController()
    await connectors.connectorNames()
    await connectors.connectorNames({ signal })
    expect(sent.map((request) => request.signal)).toEqual([undefined, signal])
    expect(Object.keys(sent[0] ?? {}).sort()).toEqual(['headers', 'method', 'redirect', 'url'])
  })

  test('may throw a ConnectorsError, which is passed through', async () => {
    const own = new ApiError('UNAVAILABLE', 'The data folder is in use.')
    const { fetch } = inProcess(() => Promise.reject(own))
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames())).toBe(own)
  })

  test('may throw a value that is not an Error, which becomes one', async () => {
    const { fetch } = inProcess(() => Promise.reject('text'))
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames())).toMatchObject({
      code: 'UPSTREAM_ERROR',
    })
  })

  test("leaves no listener on the caller's signal", async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof add>) => {
        listeners++
        add(...args)
      },
      removeEventListener: (...args: Parameters<typeof remove>) => {
        listeners--
        remove(...args)
      },
    })
    const { fetch } = inProcess(() => {
      expect(listeners).toBe(1)
      return json([])
    })
    await new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames({ signal })
    expect(listeners).toBe(0)
  })
})

describe('a redirect', () => {
  test('within the origin is followed with content where the method stays', async () => {
    const moved = { status: 307, headers: { location: '/moved/here' } }
    const { baseUrl, received } = await scriptedService(moved, { body: { data: {} } })
    await new ConnectorsClient({ baseUrl, apiKey: 'key' }).execute('github', 'x', { userToken: 't', params: { a: 1 } })
    expect(received.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /connectors/github/x {"a":1}',
      'POST /moved/here {"a":1}',
    ])
    expect(received[1]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-api-key': 'key' })
  })

  test('by 301 is followed for a GET', async () => {
    const { baseUrl, received } = await scriptedService({ status: 301, headers: { location: '/n' } }, { body: ['sql'] })
    expect(await new ConnectorsClient({ baseUrl }).connectorNames()).toEqual(['sql'])
    expect(received).toHaveLength(2)
  })

  test('is not followed if it would turn a POST into a GET', async () => {
    const { baseUrl, received } = await scriptedService({ status: 302, headers: { location: '/n' } }, { body: {} })
    const error = await failureOf(new ConnectorsClient({ baseUrl }).createUser('ann'))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', status: 302 })
    expect(received).toHaveLength(1)
  })

  test('to another origin does not get the credentials', async () => {
    const other = await scriptedService({ body: { data: {} } })
    const { baseUrl } = await scriptedService({ status: 307, headers: { location: `${other.baseUrl}/x` } })
    const error = await failureOf(new ConnectorsClient({ baseUrl, apiKey: 'key' }).me('t'))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', status: 307, details: { upstream: other.baseUrl } })
    expect(other.received).toEqual([])
  })

  test.each([undefined, 'http://[bad', '/again'])(
    'in a loop, or with the location %s, ends with an error',
    async (location) => {
      const headers: Record<string, string> = location === undefined ? {} : { location }
      const { baseUrl, received } = await scriptedService({ status: 308, headers })
      expect(await failureOf(new ConnectorsClient({ baseUrl }).connectorNames())).toMatchObject({
        code: 'UPSTREAM_ERROR',
        status: 308,
      })
      expect(received).toHaveLength(location === '/again' ? 6 : 1)
    },
  )
})
