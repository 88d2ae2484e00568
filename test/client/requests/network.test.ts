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

describe('a service that does not answer', () => {
  test('cannot be reached: the host, why, and what to do', async () => {
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

  test('takes too long', async () => {
    const { baseUrl, host } = await scriptedService('silent')
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't' })
    expect(await failureOf(connectors.execute('github', 'x', { timeoutMs: 40 }))).toMatchObject({
      name: 'ApiError',
      code: 'UPSTREAM_TIMEOUT',
      status: null,
      message: expect.stringContaining(`The connector service at ${host} did not answer within 0.04 s`),
    })
  })

  test('the time limit covers the content of the answer', async () => {
    const { fetch } = inProcess(({ signal }) => {
      const content = new ReadableStream({
        start: (controller) => signal?.addEventListener('abort', () => controller.error(signal.reason)),
      })
      return new Response(content, { headers: { 'content-type': 'application/json' } })
    })
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, timeoutMs: 20 })
    expect(await failureOf(connectors.connectorNames())).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('breaks off in the middle', async () => {
    const { baseUrl, host } = await scriptedService({ body: { data: 'x'.repeat(100) }, cut: true })
    const connectors = new ConnectorsClient({ baseUrl, userToken: 't' })
    expect(await failureOf(connectors.execute('github', 'x'))).toMatchObject({
      code: 'UPSTREAM_ERROR',
      status: null,
      message: expect.stringContaining(`The answer of the connector service at ${host} broke off`),
    })
  })

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, 2 ** 31])('a time limit of %s is refused', async (timeoutMs) => {
    const { fetch, sent } = inProcess(() => json([]))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, timeoutMs })
    expect(await failureOf(connectors.connectorNames())).toMatchObject({ code: 'INVALID_PARAMETERS' })
    expect(sent).toEqual([])
  })
})

describe('the time limits of the contract', () => {
  test.each<[string, number, (connectors: ConnectorsClient) => Promise<unknown>]>([
    ['names', 30_000, (connectors) => connectors.connectorNames()],
    ['schemas', 30_000, (connectors) => connectors.connectorSchemas()],
    ['execute', 30_000, (connectors) => connectors.execute('github', 'x')],
    ['users', 10_000, (connectors) => connectors.me()],
    ['tokens', 10_000, (connectors) => connectors.authenticate('a', 'b')],
    ['linking', 10_000, (connectors) => connectors.startLink('a', undefined, { callbackUrl: 'u' })],
    ['the catalogue', 10_000, (connectors) => connectors.catalogTools()],
    ['skills', 10_000, (connectors) => connectors.skills()],
    ['a call that says so', 7, (connectors) => connectors.me(undefined, { timeoutMs: 7 })],
  ])('%s: %i ms', async (_, limit, call) => {
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

test('no timer stays behind a call that succeeded', async () => {
  vi.useFakeTimers()
  const { fetch } = inProcess(() => json([]))
  await new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames()
  expect(vi.getTimerCount()).toBe(0)
})

describe('giving up', () => {
  test('throws the reason of the signal, during the call', async () => {
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

  test('before the call nothing is sent', async () => {
    const { fetch, sent } = inProcess(() => json([]))
    const reason = new Error('too late')
    const signal = AbortSignal.abort(reason)
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames({ signal }))).toBe(
      reason,
    )
    expect(sent).toEqual([])
  })
})

describe('a fetch in this process', () => {
  test('gets no signal when there is no time limit, and the own one of the caller as it is', async () => {
    const { fetch, sent } = inProcess(() => json([]))
    const connectors = new ConnectorsClient({ baseUrl: 'http://embedded.invalid', fetch, timeoutMs: 0 })
    const { signal } = new AbortController()
    await connectors.connectorNames()
    await connectors.connectorNames({ signal })
    expect(sent.map((request) => request.signal)).toEqual([undefined, signal])
    expect(Object.keys(sent[0] ?? {}).sort()).toEqual(['headers', 'method', 'redirect', 'url'])
  })

  test('an error of ours passes through as it is', async () => {
    const own = new ApiError('UNAVAILABLE', 'The data folder is in use.')
    const { fetch } = inProcess(() => Promise.reject(own))
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames())).toBe(own)
  })

  test('what is thrown and is no error still becomes one', async () => {
    const { fetch } = inProcess(() => Promise.reject('text'))
    expect(await failureOf(new ConnectorsClient({ baseUrl: 'http://x', fetch }).connectorNames())).toMatchObject({
      code: 'UPSTREAM_ERROR',
    })
  })

  test('listeners on the signal of the caller are taken away again', async () => {
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

describe('redirects', () => {
  test('are followed within the origin, content and all, where the method stays', async () => {
    const moved = { status: 307, headers: { location: '/moved/here' } }
    const { baseUrl, received } = await scriptedService(moved, { body: { data: {} } })
    await new ConnectorsClient({ baseUrl, apiKey: 'key' }).execute('github', 'x', { userToken: 't', params: { a: 1 } })
    expect(received.map(({ method, url, body }) => `${method} ${url} ${body}`)).toEqual([
      'POST /connectors/github/x {"a":1}',
      'POST /moved/here {"a":1}',
    ])
    expect(received[1]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-api-key': 'key' })
  })

  test('a GET follows a 301', async () => {
    const { baseUrl, received } = await scriptedService({ status: 301, headers: { location: '/n' } }, { body: ['sql'] })
    expect(await new ConnectorsClient({ baseUrl }).connectorNames()).toEqual(['sql'])
    expect(received).toHaveLength(2)
  })

  test('a POST does not become a GET', async () => {
    const { baseUrl, received } = await scriptedService({ status: 302, headers: { location: '/n' } }, { body: {} })
    const error = await failureOf(new ConnectorsClient({ baseUrl }).createUser('ann'))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', status: 302 })
    expect(received).toHaveLength(1)
  })

  test('credentials do not travel to another origin', async () => {
    const other = await scriptedService({ body: { data: {} } })
    const { baseUrl } = await scriptedService({ status: 307, headers: { location: `${other.baseUrl}/x` } })
    const error = await failureOf(new ConnectorsClient({ baseUrl, apiKey: 'key' }).me('t'))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', status: 307, details: { upstream: other.baseUrl } })
    expect(other.received).toEqual([])
  })

  test.each([undefined, 'http://[bad', '/again'])('a circle, or a location of %s, ends', async (location) => {
    const headers: Record<string, string> = location === undefined ? {} : { location }
    const { baseUrl, received } = await scriptedService({ status: 308, headers })
    expect(await failureOf(new ConnectorsClient({ baseUrl }).connectorNames())).toMatchObject({
      code: 'UPSTREAM_ERROR',
      status: 308,
    })
    expect(received).toHaveLength(location === '/again' ? 6 : 1)
  })
})
