import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { createEgressPolicy } from '../../src/http/egress.js'
import { type ClosableSend, createSend, type SendRequest } from '../../src/http/send.js'
import { closeServers, serve } from './server.js'

const sends: ClosableSend[] = []
afterEach(async () => {
  await closeServers()
  await Promise.all(sends.splice(0).map((send) => send.close()))
})

function open(egress = createEgressPolicy({ allowPrivate: true })): ClosableSend {
  const send = createSend({ egress })
  sends.push(send)
  return send
}

const get = (url: string, more: Partial<SendRequest> = {}): SendRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: {},
  ...more,
})
const text = (body: Uint8Array): string => new TextDecoder().decode(body)
const failed = (promise: Promise<unknown>): Promise<Record<string, unknown>> =>
  promise.then(
    () => expect.fail('it did not fail'),
    (error: Record<string, unknown>) => error,
  )

describe('an HTTP exchange', () => {
  test('sends method, header fields and body, and returns status, header fields and body', async () => {
    const { origin, requests } = await serve(async (request, response) => {
      const chunks = await request.toArray()
      response.writeHead(418, { 'x-answer': 'yes' }).end(`got ${Buffer.concat(chunks)}`)
    })
    const answer = await open()({
      method: 'PATCH',
      url: new URL(`${origin}/a/b?c=d%20e`),
      headers: { authorization: 'Bearer t', 'content-type': 'application/json', 'user-agent': 'connectors-mcp' },
      body: '{"x":1}',
    })
    expect(answer.status).toBe(418)
    expect(answer.headers.get('x-answer')).toBe('yes')
    expect(text(answer.body)).toBe('got {"x":1}')
    expect(requests[0]).toMatchObject({ method: 'PATCH', url: '/a/b?c=d%20e' })
    expect(requests[0]?.headers).toMatchObject({ authorization: 'Bearer t', 'user-agent': 'connectors-mcp' })
  })

  test('sends bytes unchanged', async () => {
    const bytes = new Uint8Array([0, 255, 10, 13, 128])
    const { origin } = await serve((request, response) => void request.pipe(response))
    const answer = await open()({ method: 'POST', url: new URL(origin), headers: {}, body: bytes })
    expect([...answer.body]).toEqual([...bytes])
  })

  test.each([
    ['gzip', gzipSync('héllo')],
    ['br', brotliCompressSync('héllo')],
  ])('decodes %s', async (encoding, body) => {
    const { origin } = await serve((_, response) => response.setHeader('content-encoding', encoding).end(body))
    expect(text((await open()(get(origin))).body)).toBe('héllo')
  })

  test('returns an empty body as empty', async () => {
    const { origin } = await serve((_, response) => response.writeHead(204).end())
    expect((await open()(get(origin))).body).toHaveLength(0)
  })

  test('keeps connections for later requests', async () => {
    const { origin, connections } = await serve((_, response) => response.end('x'))
    const send = open()
    for (let i = 0; i < 10; i++) await send(get(origin))
    // The pool may open a second one while the first still tidies up after an answer.
    expect(connections()).toBeLessThanOrEqual(2)
  })

  test('refuses header fields with line breaks, and sends nothing', async () => {
    const { origin, requests } = await serve((_, response) => response.end())
    for (const authorization of ['Bearer a\r\nx-evil: 1', 'Bearer “quoted”']) {
      const error = await failed(open()(get(origin, { headers: { authorization } })))
      expect(error).toMatchObject({ code: 'INVALID_PARAMETERS' })
      expect(error.message).not.toContain('quoted')
    }
    expect(requests).toHaveLength(0)
  })
})

describe('a redirect', () => {
  test.each([301, 302, 303, 307, 308])(
    'with %i is followed on the same origin with all header fields',
    async (status) => {
      const { origin, requests } = await serve((request, response) => {
        if (request.url === '/to') response.end('there')
        else response.writeHead(status, { location: '/to' }).end('moved')
      })
      const answer = await open()(get(`${origin}/from`, { headers: { authorization: 'Bearer t', 'x-own': 'a' } }))
      expect(text(answer.body)).toBe('there')
      expect(requests[1]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-own': 'a' })
    },
  )

  test('to another origin loses the credential, also when it leads back', async () => {
    const first = await serve((request, response) => {
      if (request.url === '/back') response.end('back')
      else response.writeHead(302, { location: `${other.origin}/x` }).end()
    })
    const other = await serve((_, response) => response.writeHead(302, { location: `${first.origin}/back` }).end())
    const headers = {
      Authorization: 'Bearer t',
      cookie: 'a=b',
      'x-api-key': 'k',
      Accept: 'application/json',
      'user-agent': 'connectors-mcp',
    }
    expect(text((await open()(get(first.origin, { headers }))).body)).toBe('back')
    for (const request of [other.requests[0], first.requests[1]]) {
      expect(request?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'connectors-mcp' })
      expect(request?.headers).not.toHaveProperty('authorization')
      expect(request?.headers).not.toHaveProperty('cookie')
      expect(request?.headers).not.toHaveProperty('x-api-key')
    }
  })

  test('is followed up to five times', async () => {
    const { origin, requests } = await serve((request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('done')
      else response.writeHead(302, { location: `/${left - 1}` }).end()
    })
    expect(text((await open()(get(`${origin}/5`))).body)).toBe('done')
    expect(await failed(open()(get(`${origin}/6`)))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(requests).toHaveLength(12)
  })

  test('in a loop ends with an error', async () => {
    const { origin, requests } = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(requests).toHaveLength(6)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('of %s is not followed', async (method) => {
    const { origin, requests } = await serve((_, response) => response.writeHead(307, { location: '/to' }).end())
    const error = await failed(open()({ method, url: new URL(origin), headers: {}, body: 'x' }))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(requests).toHaveLength(1)
  })

  const write = (origin: string, more: Partial<SendRequest> = {}): SendRequest => ({
    method: 'POST',
    url: new URL(`${origin}/from?page=1`),
    headers: { authorization: 'Bearer t', 'x-own': 'a' },
    body: '{"x":1}',
    followWrite: true,
    ...more,
  })

  test.each([307, 308])(
    'of a write that may follow goes on with %i, with method, body and credential',
    async (status) => {
      const bodies: string[] = []
      const { origin, requests } = await serve(async (request, response) => {
        bodies.push(Buffer.concat(await request.toArray()).toString())
        if (request.url === '/to') response.writeHead(201).end('made')
        else response.writeHead(status, { location: '/to' }).end()
      })
      const { body, moved } = await open()(write(origin))
      expect(text(body)).toBe('made')
      expect(moved).toEqual({ url: new URL(`${origin}/to`), permanent: status === 308 })
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /from?page=1', 'POST /to'])
      expect(requests[1]?.headers).toMatchObject({ authorization: 'Bearer t', 'x-own': 'a' })
      expect(bodies).toEqual(['{"x":1}', '{"x":1}'])
    },
  )

  test.each([301, 302, 303])('of a write with %i is told and not followed', async (status) => {
    const { origin, requests } = await serve((_, response) =>
      response.writeHead(status, { location: '/repositories/42/issues?secret=s3cret' }).end(),
    )
    const error = await failed(open()(write(origin)))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(error.details).toEqual({ upstream: { status, location: `${origin}/repositories/42/issues` } })
    expect(error.message).toMatch(status === 303 ? /outcome/ : /did not do this/)
    expect(requests).toHaveLength(1)
  })

  test('of a write is followed once', async () => {
    const { origin, requests } = await serve((_, response) => response.writeHead(307, { location: '/again' }).end())
    expect(await failed(open()(write(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(requests).toHaveLength(2)
  })

  test('of a write to another origin gets nothing of it', async () => {
    const other = await serve((_, response) => response.end())
    const { origin } = await serve((_, response) => response.writeHead(307, { location: `${other.origin}/x` }).end())
    const error = await failed(open()(write(origin)))
    expect(error.details).toEqual({ upstream: { status: 307, location: `${other.origin}/x` } })
    expect(other.requests).toHaveLength(0)
  })

  test.each([
    [[301, 308], true],
    [[301, 302], false],
    [[307], false],
  ])('of a read tells where it led, and whether for good (%j)', async (statuses, permanent) => {
    const { origin } = await serve((request, response) => {
      const at = Number(request.url?.slice(1))
      if (at === statuses.length) response.end('there')
      else response.writeHead(statuses[at] ?? 500, { location: `/${at + 1}` }).end()
    })
    const { moved } = await open()(get(`${origin}/0`))
    expect(moved).toEqual({ url: new URL(`${origin}/${statuses.length}`), permanent })
    expect(await open()(get(`${origin}/${statuses.length}`))).not.toHaveProperty('moved')
  })

  test.each([
    'http://127.0.0.1:1/x',
    'https://10.0.0.1/x',
    'https://[::ffff:169.254.169.254]/latest/meta-data',
    'http://api.example.com/',
    'https://user:password@api.example.com/',
    'file:///etc/passwd',
  ])('to %s is refused by the egress policy', async (location) => {
    const { origin, requests } = await serve((_, response) => response.writeHead(302, { location }).end())
    const egress = createEgressPolicy({ allowPrivate: false, allowedHosts: [new URL(origin).host] })
    expect(await failed(open(egress)(get(origin)))).toMatchObject({ code: 'FORBIDDEN' })
    expect(requests).toHaveLength(1)
  })

  test('to an unknown name gives the same error as to a private one', async () => {
    const told = async (host: string) => {
      const { origin } = await serve((_, response) => response.writeHead(302, { location: `https://${host}/` }).end())
      const egress = createEgressPolicy({
        allowPrivate: false,
        allowedHosts: [new URL(origin).host],
        resolve: (name, _options, callback) => {
          if (name === 'inside.example') return callback(null, [{ address: '10.0.0.1', family: 4 }])
          const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), {
            code: 'ENOTFOUND',
            syscall: 'getaddrinfo',
          })
          callback(unknown, '', 0)
        },
      })
      const { code, message, retryable, details } = await failed(open(egress)(get(origin)))
      return { code, message, retryable, details }
    }
    expect(await told('unknown.example')).toEqual(await told('inside.example'))
    expect(await told('unknown.example')).toMatchObject({ code: 'FORBIDDEN' })
  })

  test('without a valid address is an error', async () => {
    const { origin } = await serve((_, response) => response.writeHead(302, { location: 'http://[' }).end())
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('without Location is an ordinary answer', async () => {
    const { origin } = await serve((_, response) => response.writeHead(302).end('x'))
    expect((await open()(get(origin))).status).toBe(302)
  })
})

describe('the egress policy', () => {
  test('is asked before anything is sent', async () => {
    const { origin, requests } = await serve((_, response) => response.end())
    const send = open(createEgressPolicy({ allowPrivate: false }))
    expect(await failed(send(get(origin)))).toMatchObject({ code: 'FORBIDDEN' })
    expect(requests).toHaveLength(0)
  })

  test('checks the address of a name when the connection is made', async () => {
    const { port, connections } = await serve((_, response) => response.end())
    const asked: string[] = []
    const egress = createEgressPolicy({
      allowPrivate: false,
      resolve: (host, _options, callback) => {
        asked.push(host)
        callback(null, [{ address: '127.0.0.1', family: 4 }])
      },
    })
    const error = await failed(open(egress)(get(`https://rebound.example.com:${port}/`)))
    expect(error).toMatchObject({ code: 'FORBIDDEN', retryable: false })
    expect(asked).toEqual(['rebound.example.com'])
    expect(connections()).toBe(0)
  })

  test('connects to the address that was checked', async () => {
    const { port } = await serve((_, response) => response.end('here'))
    const egress = createEgressPolicy({
      allowPrivate: false,
      allowedHosts: [`http://named.example.com:${port}`],
      resolve: (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]),
    })
    expect(text((await open(egress)(get(`http://named.example.com:${port}/`))).body)).toBe('here')
  })
})

describe('an HTTP exchange fails', () => {
  test('if the port is closed', async () => {
    const { origin } = await serve(() => undefined)
    await closeServers()
    const error = await failed(open()(get(origin)))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
    // What the network library says stays out of the sentence.
    expect(error.message).not.toMatch(/fetch|ECONN|127\.0\.0\.1/)
    expect(error.cause).toBeInstanceOf(Error)
    expect(await failed(open()({ ...get(origin), method: 'POST' }))).toMatchObject({ retryable: false })
  })

  test('if the connection breaks before the answer', async () => {
    const { origin } = await serve((request) => void request.socket.destroy())
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
  })

  test('if the answer is truncated', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":', () => response.destroy())
    })
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
  })

  test('if the compressed content is invalid', async () => {
    const { origin } = await serve((_, response) => {
      response.setHeader('content-encoding', 'gzip').end('this is not gzip')
    })
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('if the answer is not HTTP', async () => {
    const { origin } = await serve((request) => void request.socket.end('SSH-2.0-OpenSSH_9.2\r\n'))
    expect(await failed(open()(get(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('if no answer arrives in time', async () => {
    const { origin } = await serve(() => undefined)
    const error = await failed(open()(get(origin, { timeoutMs: 50 })))
    expect(error).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true })
    expect(error.message).toContain('0.05 seconds')
    const write = await failed(open()({ ...get(origin, { timeoutMs: 50 }), method: 'POST' }))
    expect(write).toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: false })
  })

  test('if an answer never ends', async () => {
    const { origin } = await serve((_, response) => void response.write('x'))
    expect(await failed(open()(get(origin, { timeoutMs: 100 })))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })

  test('if all redirects together take too long', async () => {
    const { origin } = await serve((request, response) => {
      if (request.url === '/slow') return
      response.writeHead(302, { location: '/slow' }).end()
    })
    expect(await failed(open()(get(origin, { timeoutMs: 100 })))).toMatchObject({ code: 'UPSTREAM_TIMEOUT' })
  })
})

describe('the caller aborts an HTTP exchange', () => {
  const reason = new Error('gone')

  test('before it is sent', async () => {
    const { origin, requests } = await serve((_, response) => response.end())
    expect(await failed(open()(get(origin, { signal: AbortSignal.abort(reason) })))).toBe(reason)
    expect(requests).toHaveLength(0)
  })

  test('while waiting for the answer, and the connection is closed', async () => {
    const controller = new AbortController()
    const closed = withResolvers()
    const { origin } = await serve((request) => {
      request.socket.once('close', () => closed.resolve(undefined))
      controller.abort(reason)
    })
    expect(await failed(open()(get(origin, { signal: controller.signal })))).toBe(reason)
    await closed.promise
  })

  test('in the middle of the body', async () => {
    const controller = new AbortController()
    const { origin } = await serve((_, response) => {
      response.write('x', () => controller.abort(reason))
    })
    expect(await failed(open()(get(origin, { signal: controller.signal })))).toBe(reason)
  })
})

describe('the size of an HTTP answer', () => {
  test('costs no more memory in single bytes than in one piece', async () => {
    const { origin } = await serve((_, response) => {
      response.writeHead(200)
      const piece = Buffer.from('1\r\nx\r\n'.repeat(20_000))
      const { socket } = response
      let left = 25
      const more = (): unknown => (left-- > 0 ? socket?.write(piece, () => more()) : socket?.end('0\r\n\r\n'))
      response.flushHeaders()
      more()
    })
    const { body } = await open()(get(origin))
    expect(text(body)).toBe('x'.repeat(500_000))
    // A list of the pieces would keep each with a buffer of its own.
    expect(body.buffer.byteLength).toBeLessThan(2_000_000)
  })

  test('may be as large as the limit', async () => {
    const { origin } = await serve((_, response) => response.end('x'.repeat(1000)))
    expect((await open()(get(origin, { maxBytes: 1000 }))).body).toHaveLength(1000)
  })

  test('above the limit is an error, and reading stops', async () => {
    const closed = withResolvers()
    let written = 0
    const { origin } = await serve((request, response) => {
      const chunk = Buffer.alloc(64 * 1024)
      const more = () => {
        written += chunk.length
        if (!response.destroyed) response.write(chunk, more)
      }
      request.socket.once('close', () => closed.resolve(undefined))
      more()
    })
    const error = await failed(open()(get(origin, { maxBytes: 100_000 })))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    await closed.promise
    expect(written).toBeLessThan(64 * 1024 * 1024)
  })

  test('is measured after decompression', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    const { origin } = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end(bomb))
    expect(await failed(open()(get(origin, { maxBytes: 100_000 })))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

test('close() ends idle connections', async () => {
  const ended = withResolvers()
  const { origin } = await serve((request, response) => {
    request.socket.once('close', () => ended.resolve(undefined))
    response.end('x')
  })
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
  await send.close()
  await open().close()
  const used = open()
  await used(get(origin))
  await used.close()
  await ended.promise
})

function withResolvers(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => undefined
  const promise = new Promise((done) => {
    resolve = done
  })
  return { promise, resolve }
}
