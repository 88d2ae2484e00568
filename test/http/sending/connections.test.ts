import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { answerWith, serveRaw } from '../raw-server.js'
import { asking, bytesOf, closeAll, failureOf, openSend, withResolvers } from './opened.js'

/** Ends the look-ups that were begun. */
const lookups: (() => void)[] = []
afterEach(async () => {
  for (const end of lookups.splice(0)) end()
  await closeAll()
})

describe('a connection', () => {
  test('that was closed after an answer is not used again', async () => {
    let closed = withResolvers()
    const { origin, requests } = await serveRaw((_, socket) => {
      socket.once('close', () => closed.resolve(undefined)).end(answerWith('ok'))
      return undefined
    })
    const send = openSend()
    for (let i = 0; i < 5; i++) {
      closed = withResolvers()
      const method = i % 2 === 0 ? 'POST' : 'GET'
      expect(bytesOf((await send(asking(origin, { method }))).body)).toBe('ok')
      // The other end has closed it, too.
      await closed.promise
    }
    expect(requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 4, 5])
  })

  test.each(['GET', 'POST'])('that ends on the second %s does not send it again', async (method) => {
    const { origin, requests } = await serveRaw((_, socket) => {
      if (requests.length === 1) return answerWith('ok')
      socket.destroy()
      return undefined
    })
    const send = openSend()
    await send(asking(origin))
    const error = await failureOf(send(asking(origin, { method })))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: method === 'GET' })
    expect(requests.map(({ line }) => line.split(' ')[0])).toEqual(['GET', method])
  })

  test('is free again when the answer has ended', async () => {
    const { origin, requests } = await serveRaw(() => answerWith('ok'))
    const send = openSend()
    for (let i = 0; i < 20; i++) await send(asking(origin))
    expect(Math.max(...requests.map(({ connection }) => connection))).toBeLessThanOrEqual(2)
  })

  test('is not waited for by other requests', async () => {
    const { origin } = await serveRaw(({ line }) => (line.includes('/slow') ? undefined : answerWith('ok')))
    const send = openSend()
    const controller = new AbortController()
    const slow = failureOf(send(asking(`${origin}/slow`, { signal: controller.signal })))
    await Promise.all(Array.from({ length: 30 }, () => send(asking(origin))))
    controller.abort(new Error('enough'))
    expect(await slow).toMatchObject({ message: 'enough' })
  })
})

describe('an upload', () => {
  test('that is refused before its end has the refusal as its answer', async () => {
    const server = createServer((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('too large')
    })
    onTestFinished(() => void server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const request = asking(`http://127.0.0.1:${port}/`, { method: 'POST', body: Buffer.alloc(1_000_000) })
    const { status, body } = await openSend()(request)
    expect([status, bytesOf(body)]).toEqual([413, 'too large'])
  })
})

describe('who waits for a connection', () => {
  /** A name that is looked up until the test is over. */
  const neverFound = (looked: () => void) =>
    createEgressPolicy({
      allowPrivate: true,
      allowedHosts: ['http://slow.example.com'],
      resolve: (_host, _options, callback) => {
        lookups.push(() => callback(new Error('the test is over'), '', 0))
        looked()
      },
    })

  test('can be aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('gone')
    const send = openSend(neverFound(() => setImmediate(() => controller.abort(reason))))
    expect(await failureOf(send(asking('http://slow.example.com/', { signal: controller.signal })))).toBe(reason)
  })

  test('waits as long as the request may take', async () => {
    const send = openSend(neverFound(() => undefined))
    const error = await failureOf(send(asking('http://slow.example.com/', { timeoutMs: 50 })))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true })
  })
})

describe('an aborted request', () => {
  test('in the middle of a compressed body has the reason of its caller', async () => {
    const controller = new AbortController()
    const reason = new Error('gone')
    const half = gzipSync(Buffer.alloc(100_000)).subarray(0, 50)
    const { origin } = await serveRaw((_, socket) => {
      const head = 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1000\r\n\r\n'
      socket.write(head + bytesOf(half), 'latin1', () => controller.abort(reason))
      return undefined
    })
    expect(await failureOf(openSend()(asking(origin, { signal: controller.signal })))).toBe(reason)
  })

  test('does not disturb the others', async () => {
    const { origin } = await serveRaw(({ line }) => (line.includes('/slow') ? undefined : answerWith('ok')))
    const send = openSend()
    const controllers = Array.from({ length: 10 }, () => new AbortController())
    const slow = controllers.map(({ signal }) => failureOf(send(asking(`${origin}/slow`, { signal }))))
    const quick = Array.from({ length: 10 }, () => send(asking(origin)))
    for (const controller of controllers) controller.abort(new Error('enough'))
    expect((await Promise.all(slow)).map(({ message }) => message)).toEqual(Array(10).fill('enough'))
    expect((await Promise.all(quick)).map(({ status }) => status)).toEqual(Array(10).fill(200))
  })
})

describe('the answer that redirects', () => {
  test('is not waited for', async () => {
    const { origin } = await serveRaw(({ line }) =>
      line.includes('/to')
        ? answerWith('there')
        : 'HTTP/1.1 302 Found\r\nlocation: /to\r\ncontent-length: 9\r\n\r\nhalf',
    )
    expect(bytesOf((await openSend()(asking(origin))).body)).toBe('there')
  })

  test('leaves its connection for the next request', async () => {
    const { origin, requests } = await serveRaw(({ line }) =>
      line.includes('/to') ? answerWith('there') : answerWith('x'.repeat(10_000), ['location: /to'], 302),
    )
    const send = openSend()
    for (let i = 0; i < 5; i++) expect(bytesOf((await send(asking(origin))).body)).toBe('there')
    expect(Math.max(...requests.map(({ connection }) => connection))).toBeLessThanOrEqual(2)
  })

  test('is not read where it is long, and its connection ends', async () => {
    let written = 0
    const closed = withResolvers()
    const { origin } = await serveRaw(({ line }, socket) => {
      if (line.includes('/to')) return answerWith('there')
      socket.once('close', () => closed.resolve(undefined))
      const more = (): void => {
        written += 65_536
        if (!socket.destroyed) socket.write(Buffer.alloc(65_536), more)
      }
      socket.write('HTTP/1.1 302 Found\r\nlocation: /to\r\ncontent-length: 1000000000\r\n\r\n', more)
      return undefined
    })
    expect(bytesOf((await openSend()(asking(origin))).body)).toBe('there')
    await closed.promise
    expect(written).toBeLessThan(64 * 1024 * 1024)
  })

  test('may be compressed, or not be what it says', async () => {
    const { origin } = await serveRaw(({ line }) =>
      line.includes('/to')
        ? answerWith('there')
        : answerWith('this is not gzip', ['location: /to', 'content-encoding: gzip'], 307),
    )
    expect(bytesOf((await openSend()(asking(origin))).body)).toBe('there')
  })
})
