import { afterEach, describe, expect, test } from 'vitest'
import type { SendRequest } from '../../../src/http/send.js'
import { requestFields } from '../../../src/http/sending/request-fields.js'
import { answerWith, serveRaw } from '../raw-server.js'
import { asking, closeAll, failureOf, openSend } from './opened.js'

afterEach(closeAll)

/** What leaves for a request. */
async function left(more: Partial<SendRequest> = {}, path = '/x') {
  const { origin, requests } = await serveRaw(() => answerWith('ok'))
  await openSend()(asking(origin + path, more))
  return requests[0] ?? expect.fail('nothing left')
}

/** The error of a request that is refused, and how many connections were made for it. */
async function refused(more: Partial<SendRequest>) {
  const { origin, connections } = await serveRaw(() => answerWith())
  const error = await failureOf(openSend()(asking(origin, more)))
  return { code: error.code, message: String(error.message), connections: connections() }
}

describe('the header fields of a request', () => {
  test('are those given, and those that every vendor may expect', async () => {
    const { line, fields } = await left({ headers: { 'x-own': 'a', authorization: 'Bearer t' } })
    expect(line).toBe('GET /x HTTP/1.1')
    expect(fields).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^host: 127\.0\.0\.1:\d+$/),
        'connection: keep-alive',
        'x-own: a',
        'authorization: Bearer t',
        'accept: */*',
        'user-agent: undici',
        'accept-encoding: gzip, deflate',
      ]),
    )
  })

  test('are not those of a browser', async () => {
    const { fields } = await left({ headers: { 'if-match': '"x"' } })
    const names = fields.map((field) => field.split(':')[0])
    expect(names).toEqual(['host', 'connection', 'if-match', 'accept', 'user-agent', 'accept-encoding'])
  })

  test('over HTTPS offer Brotli, too', () => {
    const fields = requestFields({ url: new URL('https://api.example.com/'), headers: {} })
    expect(fields.slice(-2)).toEqual(['accept-encoding', 'br, gzip, deflate'])
  })

  test('replace the usual ones, in whichever case', async () => {
    const headers = { Accept: 'application/json', 'User-Agent': 'me', 'accept-encoding': 'identity' }
    const { fields } = await left({ headers })
    expect(fields.filter((field) => /^(?:accept|user-agent|accept-encoding):/i.test(field)).sort()).toEqual([
      'Accept: application/json',
      'User-Agent: me',
      'accept-encoding: identity',
    ])
  })

  test('of a part of a file ask for it as it is', async () => {
    expect((await left({ headers: { range: 'bytes=0-1' } })).fields).toContain('accept-encoding: identity')
  })

  test('lose the white space around their values, line breaks too', async () => {
    const { fields } = await left({
      headers: { authorization: ' \tBearer t\r\n', 'x-none': ' ', 'x-latin': 'caf\xe9' },
    })
    expect(fields).toEqual(expect.arrayContaining(['authorization: Bearer t', 'x-none: ', 'x-latin: caf\xe9']))
  })

  test('that are given in two cases leave as one', async () => {
    const { fields } = await left({ headers: { 'X-Own': 'a', 'x-own': 'b' } })
    expect(fields.filter((field) => /^x-own:/i.test(field))).toEqual(['X-Own: a, b'])
  })

  test('cannot say which host is meant', async () => {
    const { fields } = await left({ headers: { Host: 'evil.example' } })
    expect(fields.filter((field) => /^host:/i.test(field))).toEqual([expect.stringMatching(/^host: 127\.0\.0\.1:/)])
  })

  test.each([
    ['x-a', 'a\r\nx-evil: 1'],
    ['x-a', 'a\nb'],
    ['x-a', 'a\rb'],
    ['x-a', 'a\0b'],
    ['x-a', '€'],
    ['x-a', '“quoted”'],
    ['a b', 'x'],
    ['a:b', 'x'],
    ['a\r\nb', 'x'],
    ['', 'x'],
    ['é', 'x'],
  ])('with %j: %j are refused, and nothing is sent', async (name, value) => {
    const { code, message, connections } = await refused({ headers: { [name]: value } })
    expect(code).toBe('INVALID_PARAMETERS')
    expect(message).not.toContain('quoted')
    expect(connections).toBe(0)
  })

  test.each([
    ['x-a', 'a\x01b'],
    ['x-a', 'a\x7fb'],
    ['expect', '100-continue'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['keep-alive', 'timeout=5'],
    ['content-length', 'x'],
  ])('with %j: %j, which the library does not write, are refused, too', async (name, value) => {
    const { code, connections } = await refused({ headers: { [name]: value } })
    expect(code).toBe('INVALID_PARAMETERS')
    expect(connections).toBe(0)
  })

  test('may end the connection', async () => {
    const { origin, connections } = await serveRaw(() => answerWith('ok'))
    const send = openSend()
    for (let i = 0; i < 2; i++) await send(asking(origin, { headers: { connection: 'close' } }))
    expect(connections()).toBe(2)
  })
})

describe('the method of a request', () => {
  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND'])('may be %s', async (method) => {
    expect((await left({ method })).line).toBe(`${method} /x HTTP/1.1`)
  })

  test.each(['get', 'G\r\nX', 'GE T', 'GET / HTTP/1.1\r\nhost: evil\r\n\r\nGET', '', 'TRACE', 'TRACK', 'CONNECT'])(
    'may not be %j, and nothing is sent',
    async (method) => {
      const { code, connections } = await refused({ method })
      expect(code).toBe('INVALID_PARAMETERS')
      expect(connections).toBe(0)
    },
  )
})

describe('the address of a request', () => {
  test.each([
    ['/a?b=c#part', '/a?b=c'],
    ['/a?#part', '/a?'],
    ['#part', '/'],
    ['', '/'],
    ['/a%20b/%c3%a9?q=%0d%0a', '/a%20b/%c3%a9?q=%0d%0a'],
    ['/a b/é\r\n?q=ü|x', '/a%20b/%C3%A9?q=%C3%BC|x'],
  ])('%j leaves as %j', async (given, sent) => {
    expect((await left({}, given)).line).toBe(`GET ${sent} HTTP/1.1`)
  })

  test('with a user and a password is refused', async () => {
    const { origin, connections } = await serveRaw(() => answerWith())
    const error = await failureOf(openSend()(asking(origin.replace('//', '//ada:s3cret@'))))
    expect(error).toMatchObject({ code: 'FORBIDDEN' })
    expect(connections()).toBe(0)
  })
})

const lengthsIn = (fields: readonly string[]): string[] =>
  fields.filter((field) => /^(?:content-length|transfer-encoding):/i.test(field))
const typesIn = (fields: readonly string[]): string[] => fields.filter((field) => /^content-type:/i.test(field))

describe('the body of a request', () => {
  test.each([
    ['a text', 'h\u00e9llo', 'h\xc3\xa9llo'],
    ['bytes', new Uint8Array([0, 13, 10, 255]), '\0\r\n\xff'],
    ['a part of bytes', Buffer.from('abcdef').subarray(2, 4), 'cd'],
    ['an empty text', '', ''],
    ['no bytes', new Uint8Array(0), ''],
    ['nothing', undefined, ''],
  ])('%s leaves with its length', async (_, body, sent) => {
    const request = await left({ method: 'POST', ...(body === undefined ? {} : { body }) })
    expect(request.body).toBe(sent)
    expect(lengthsIn(request.fields)).toEqual([`content-length: ${sent.length}`])
  })

  test.each([
    ['PUT', ['content-length: 0']],
    ['PATCH', ['content-length: 0']],
    ['DELETE', []],
    ['GET', []],
  ])('that %s does not have leaves as %j', async (method, lengths) => {
    expect(lengthsIn((await left({ method })).fields)).toEqual(lengths)
  })

  test('may be one of DELETE', async () => {
    expect((await left({ method: 'DELETE', body: '{}' })).body).toBe('{}')
  })

  test.each(['GET', 'HEAD'])('may not be one of %s', async (method) => {
    const { code, connections } = await refused({ method, body: 'x' })
    expect(code).toBe('INVALID_PARAMETERS')
    expect(connections).toBe(0)
  })

  test('has the type that is given, and a text has one', async () => {
    expect(typesIn((await left({ method: 'POST', body: 'x' })).fields)).toEqual([
      'content-type: text/plain;charset=UTF-8',
    ])
    expect(typesIn((await left({ method: 'POST', body: new Uint8Array(1) })).fields)).toEqual([])
    const headers = { 'Content-Type': 'application/json' }
    expect(typesIn((await left({ method: 'POST', body: '{}', headers })).fields)).toEqual([
      'Content-Type: application/json',
    ])
  })

  test('is refused where another length is given for it', async () => {
    const { origin, requests } = await serveRaw(() => answerWith())
    const request = asking(origin, { method: 'POST', body: 'abc', headers: { 'content-length': '7' } })
    expect(await failureOf(openSend()(request))).toMatchObject({ code: 'UPSTREAM_ERROR' })
    expect(requests).toEqual([])
  })

  test('of many megabytes arrives whole', async () => {
    const body = Buffer.alloc(8_000_000, 'abcdefg')
    const request = await left({ method: 'PUT', body })
    expect(request.body === body.toString('latin1')).toBe(true)
  })
})
