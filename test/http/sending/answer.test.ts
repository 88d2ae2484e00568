import zlib from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import type { SendRequest, SendResponse } from '../../../src/http/send.js'
import { answerWith, serveRaw } from '../raw-server.js'
import { asking, bytesOf, closeAll, failureOf, openSend } from './opened.js'

afterEach(closeAll)

/** What comes of an answer. @param text each character is a byte */
async function got(text: string, more: Partial<SendRequest> = {}): Promise<SendResponse> {
  const { origin } = await serveRaw(() => text)
  return openSend()(asking(origin, more))
}

const failed = (text: string, more: Partial<SendRequest> = {}) => failureOf(got(text, more))

const coded = (coding: string, body: Uint8Array, status?: number): string =>
  answerWith(bytesOf(body), [`Content-Encoding: ${coding}`], status)

const TEXT = 'héllo '.repeat(500)
const text = (body: Uint8Array): string => Buffer.from(body).toString()

describe('the content coding of an answer is undone', () => {
  test.each([
    ['gzip', zlib.gzipSync(TEXT)],
    ['GZip', zlib.gzipSync(TEXT)],
    ['x-gzip', zlib.gzipSync(TEXT)],
    ['deflate', zlib.deflateSync(TEXT)],
    ['deflate', zlib.deflateRawSync(TEXT)],
    ['br', zlib.brotliCompressSync(TEXT)],
    ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(TEXT))],
    ['deflate,gzip , br', zlib.brotliCompressSync(zlib.gzipSync(zlib.deflateRawSync(TEXT)))],
    ['gzip', Buffer.concat([zlib.gzipSync(TEXT.slice(0, 100)), zlib.gzipSync(TEXT.slice(100))])],
  ])('%s (%#)', async (coding, body) => {
    expect(text((await got(coded(coding, body))).body)).toBe(TEXT)
  })

  test.runIf('zstdCompressSync' in zlib)('zstd, where Node has it', async () => {
    const { zstdCompressSync } = zlib as unknown as { zstdCompressSync(text: string): Buffer }
    expect(text((await got(coded('zstd', zstdCompressSync(TEXT)))).body)).toBe(TEXT)
  })

  test('in pieces of single bytes', async () => {
    const body = zlib.gzipSync(TEXT)
    const { origin } = await serveRaw((_, socket) => {
      const pieces = Array.from(coded('gzip', body))
      const more = (): unknown => pieces.length > 0 && socket.write(pieces.splice(0, 1).join(''), 'latin1', more)
      more()
      return undefined
    })
    expect(text((await openSend()(asking(origin))).body)).toBe(TEXT)
  })

  test('in two fields as in one', async () => {
    const body = zlib.brotliCompressSync(zlib.gzipSync(TEXT))
    const answer = answerWith(bytesOf(body), ['content-encoding: gzip', 'content-encoding: br'])
    expect(text((await got(answer)).body)).toBe(TEXT)
  })

  test('of a failure, too', async () => {
    const { status, body } = await got(coded('gzip', zlib.gzipSync(TEXT), 500))
    expect([status, text(body)]).toEqual([500, TEXT])
  })

  test('that is not whole, as far as it goes, and what follows it is left out', async () => {
    const body = zlib.gzipSync(TEXT)
    const cut = text((await got(coded('gzip', body.subarray(0, body.length - 9)))).body)
    expect(TEXT.startsWith(cut)).toBe(true)
    expect(cut.length).toBeGreaterThan(0)
    expect(text((await got(coded('gzip', Buffer.concat([body, Buffer.from('\0\0rest')])))).body)).toBe(TEXT)
  })

  test('of nothing is nothing', async () => {
    for (const coding of ['gzip', 'deflate', 'br', 'gzip, br'])
      expect((await got(coded(coding, Buffer.of()))).body).toHaveLength(0)
  })

  test.each(['identity', 'weird', 'weird, gzip', 'gzip, weird', 'gzip,'])(
    'that is not known (%s) is left',
    async (coding) => {
      expect(text((await got(coded(coding, Buffer.from('as it is')))).body)).toBe('as it is')
    },
  )

  test.each(['gzip', 'deflate', 'br', 'gzip, br', 'br, gzip'])('%s of something else is a failure', async (coding) => {
    expect(await failed(coded(coding, Buffer.from('this is not it, not at all')))).toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable: true,
    })
  })

  test('more than five times is a failure', async () => {
    const once = (body: Uint8Array): Uint8Array => zlib.gzipSync(body)
    const five = once(once(once(once(once(Buffer.from(TEXT))))))
    expect(text((await got(coded('gzip,gzip,gzip,gzip,gzip', five))).body)).toBe(TEXT)
    expect(await failed(coded('gzip,gzip,gzip,gzip,gzip,gzip', once(five)))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test.each([
    ['gzip', zlib.gzipSync(Buffer.alloc(40_000_000))],
    ['br', zlib.brotliCompressSync(Buffer.alloc(40_000_000))],
    ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(Buffer.alloc(40_000_000)))],
  ])('%s only up to the limit of the size', async (coding, bomb) => {
    const before = process.memoryUsage.rss()
    const error = await failed(coded(coding, bomb), { maxBytes: 100_000 })
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    expect(error.message).toContain('larger than 100000 bytes')
    expect(process.memoryUsage.rss() - before).toBeLessThan(30_000_000)
  })

  test('while the answer comes: one that never ends is ended at the limit', async () => {
    // What is smaller than 64 KiB is waited for.
    const bomb = zlib.gzipSync(Buffer.alloc(80_000_000))
    expect(bomb.length).toBeGreaterThan(64 * 1024)
    const { origin } = await serveRaw(
      () => `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1000000\r\n\r\n${bytesOf(bomb)}`,
    )
    const error = await failureOf(openSend()(asking(origin, { maxBytes: 100_000 })))
    expect(error.message).toContain('larger than 100000 bytes')
  })

  test('may be as large as the limit, also where the coding makes it larger', async () => {
    const random = Buffer.from(Array.from({ length: 5_000 }, (_, at) => (at * 7919 * at) % 251))
    const body = zlib.gzipSync(random, { level: 0 })
    expect(body.length).toBeGreaterThan(random.length)
    expect((await got(coded('gzip', body), { maxBytes: random.length })).body).toHaveLength(random.length)
  })
})

describe('an answer without a body', () => {
  test.each([204, 304])('is %i, whatever its fields say', async (status) => {
    const answer = `HTTP/1.1 ${status} X\r\ncontent-encoding: gzip\r\n\r\n`
    const response = await got(answer)
    expect([response.status, response.body.length]).toEqual([status, 0])
  })

  test.each(['GET', 'POST'])('is 205 of %s, also where one comes', async (method) => {
    const { status, body } = await got(answerWith('ok', [], 205), { method })
    expect([status, body.length]).toEqual([205, 0])
  })

  test('is one of HEAD', async () => {
    const { status, body, headers } = await got(
      'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 20\r\n\r\n',
      {
        method: 'HEAD',
      },
    )
    expect([status, body.length, headers.get('content-length')]).toEqual([200, 0, '20'])
  })
})

describe('the header fields of an answer', () => {
  test('are read by their names in any case', async () => {
    const { headers } = await got(answerWith('', ['X-Own:  a', 'x-latin: caf\xe9', 'x-none:']))
    expect(headers.get('x-own')).toBe('a')
    expect(headers.get('X-OWN')).toBe('a')
    expect(headers.get('x-latin')).toBe('caf\xe9')
    expect(headers.get('x-none')).toBe('')
    expect(headers.get('x-missing')).toBeNull()
    expect(['x-own', 'X-Own', 'x-none', 'x-missing'].map((name) => headers.has(name))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })

  test('that come more than once are joined', async () => {
    const fields = [
      'Link: <a>; rel=x',
      'link: <b>; rel=y',
      'set-cookie: a=1',
      'Set-Cookie: b=2',
      'cookie: a',
      'cookie: b',
    ]
    const { headers } = await got(answerWith('', fields))
    expect(headers.get('link')).toBe('<a>; rel=x, <b>; rel=y')
    expect(headers.get('set-cookie')).toBe('a=1, b=2')
    expect(headers.get('cookie')).toBe('a; b')
  })

  test('may have the names of what objects have', async () => {
    const { headers } = await got(answerWith('', ['__proto__: a', 'constructor: b', 'constructor: c']))
    expect(headers.get('__proto__')).toBe('a')
    expect(headers.get('constructor')).toBe('b, c')
    expect(headers.get('tostring')).toBeNull()
    expect(headers.get('hasownproperty')).toBeNull()
  })

  test('stay as they are when a coding was undone', async () => {
    const body = zlib.gzipSync(TEXT)
    const { headers } = await got(coded('gzip', body))
    expect([headers.get('content-encoding'), headers.get('content-length')]).toEqual(['gzip', String(body.length)])
  })

  test('of more than 16 KiB are a failure', async () => {
    expect(await failed(answerWith('', [`x-long: ${'a'.repeat(20_000)}`]))).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

describe('the status of an answer', () => {
  test.each([200, 203, 299, 400, 404, 407, 418, 421, 429, 500, 599, 999])('may be %i', async (status) => {
    const response = await got(answerWith('ok', [], status))
    expect([response.status, bytesOf(response.body)]).toEqual([status, 'ok'])
  })

  test('may have others of information before it', async () => {
    const { status, headers, body } = await got(`HTTP/1.1 103 Early\r\nlink: <a>\r\n\r\n${answerWith('ok')}`)
    expect([status, headers.get('link'), bytesOf(body)]).toEqual([200, null, 'ok'])
  })

  test.each(['101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade', '100 Continue'])(
    '%j is a failure',
    async (first) => {
      expect(await failed(`HTTP/1.1 ${first}\r\n\r\n${answerWith('ok')}`)).toMatchObject({ code: 'UPSTREAM_ERROR' })
    },
  )
})

describe('the body of an answer', () => {
  test('may come in chunks, with trailers', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-end: 1\r\n\r\n'
    expect(bytesOf((await got(answer)).body)).toBe('abcde')
  })

  test('may end with the connection', async () => {
    const { origin } = await serveRaw((_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end')
      return undefined
    })
    expect(bytesOf((await openSend()(asking(origin))).body)).toBe('until the end')
  })

  test('that is longer than it says is cut', async () => {
    expect(bytesOf((await got('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabc')).body)).toBe('a')
  })

  test('that is shorter than it says is a failure', async () => {
    const { origin } = await serveRaw((_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')
      return undefined
    })
    expect(await failureOf(openSend()(asking(origin)))).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true })
  })

  test('that says more than the limit is a failure', async () => {
    const error = await failed(answerWith('x'.repeat(50)), { maxBytes: 49 })
    expect(error.message).toContain('larger than 49 bytes')
  })
})
