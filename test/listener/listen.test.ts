import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Listener, listen } from '../../src/listener/listen.js'
import { Fields } from '../../src/wire/fields.js'
import { TextAnswer } from '../../src/wire/text-messages.js'
import { newApi } from '../api/harness.js'

/** The API on a port, as `serve` puts it there. */
async function served() {
  const harness = await newApi()
  const listener = await listen((request) => harness.api.fetch(request), 0)
  onTestFinished(() => listener.close())
  const { token } = await harness.user(await harness.client())
  return { listener, token }
}

function open({ url }: Listener): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  onTestFinished(() => void socket.destroy())
  return socket
}

/** All that comes back until the server ends the connection. */
const said = (listener: Listener, sent: string): Promise<string> => {
  const socket = open(listener)
  socket.write(sent)
  return text(socket)
}

const head = (path: string, ...fields: string[]) => [`POST ${path} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n')
const status = (answer: string): string[] => answer.match(/HTTP\/1\.1 \d{3}/g) ?? []

test('an announced gigabyte is refused at once, and the connection ends', async () => {
  const { listener } = await served()
  expect(status(await said(listener, head('/auth/tokens', 'Content-Length: 1000000000')))).toEqual(['HTTP/1.1 413'])
})

test('an unannounced body without end is cut off at the limit', async () => {
  const { listener } = await served()
  const socket = open(listener)
  socket.write(head('/auth/tokens', 'Transfer-Encoding: chunked'))
  const piece = `10000\r\n${'x'.repeat(0x10000)}\r\n`
  let sent = 0
  const more = () => {
    while (!socket.destroyed && socket.write(piece)) sent += piece.length
  }
  socket.on('drain', more)
  more()
  expect(status(await text(socket))).toEqual(['HTTP/1.1 413'])
  expect(sent).toBeLessThan(100 * 1024 * 1024)
})

test('after an early refusal the connection can be used again', async () => {
  const { listener } = await served()
  const refused = `${head('/no/such/route', 'Content-Length: 5')}hello`
  const answers = await said(
    listener,
    `${refused}${refused}GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
  )
  expect(status(answers)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 404', 'HTTP/1.1 200'])
})

test.each([
  ['no token', 401, ['Content-Length: 2']],
  ['a gigabyte', 413, ['Content-Length: 1000000000']],
])('who asks before sending (100-continue) is told by the answer, with %s', async (what, code, fields) => {
  const { listener, token } = await served()
  const credential = what === 'no token' ? [] : [`Authorization: Bearer ${token}`]
  const asked = head('/connectors/notes/list_notes', ...fields, ...credential, 'Expect: 100-continue')
  expect(status(await said(listener, asked))).toEqual([`HTTP/1.1 ${code}`])
})

test('who asks before sending and is welcome goes on', async () => {
  const { listener, token } = await served()
  const fields = ['Content-Length: 2', `Authorization: Bearer ${token}`, 'Expect: 100-continue', 'Connection: close']
  const socket = open(listener)
  socket.write(head('/connectors/notes/list_notes', ...fields))
  socket.once('data', () => socket.write('{}'))
  // No account is linked, which is found out after the body was read.
  expect(status(await text(socket))).toEqual(['HTTP/1.1 100', 'HTTP/1.1 404'])
})

describe('an answer whose content is text', () => {
  /** What is sent for it, and what comes back. */
  async function answered(answer: Response, method = 'GET'): Promise<string> {
    const listener = await listen(() => answer, 0)
    onTestFinished(() => listener.close())
    return said(listener, `${method} / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  }

  /** Fails if a stream is asked for. */
  class WithoutStream extends TextAnswer {
    override get body(): never {
      throw new Error('A stream was made of a text.')
    }
  }

  test('is sent as it is, with its length in bytes and its fields', async () => {
    const headers = new Fields({ 'content-type': 'application/json', 'x-acted-as': 'caf\u00e9' })
    const answer = new WithoutStream('{"name":"Zoë 😀"}', { status: 201, headers })
    const [fields = '', content] = (await answered(answer.asResponse())).split('\r\n\r\n')
    expect(content).toBe('{"name":"Zoë 😀"}')
    expect(fields).toContain('HTTP/1.1 201 Created')
    expect(fields).toContain(`content-length: ${Buffer.byteLength('{"name":"Zoë 😀"}')}`)
    expect(fields).toContain('content-type: application/json')
    expect(fields).not.toContain('chunked')
  })

  test('may be empty, and is left out where only the fields are wanted', async () => {
    const answer = new WithoutStream('', { headers: new Fields() }).asResponse()
    expect(await answered(answer)).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-length: 0\r\n[\s\S]*\r\n\r\n$/)
    const named = new WithoutStream('four', { headers: new Fields() }).asResponse()
    expect(await answered(named, 'HEAD')).toMatch(/\r\ncontent-length: 4\r\n[\s\S]*\r\n\r\n$/)
  })

  test('the API answers with such ones, and with streams where there is a file', async () => {
    const { listener } = await served()
    expect(await said(listener, 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain(
      'content-length: 36',
    )
    const file = new Response(new Blob(['a file']).stream(), { headers: { 'content-type': 'text/plain' } })
    expect(await answered(file)).toContain('a file')
  })

  test('its fields cannot end the answer and begin another one', async () => {
    class BrokenFields extends Fields {
      override forEach(take: (value: string, name: string) => void): void {
        take('text/plain\r\n\r\nHTTP/1.1 200 OK', 'content-type')
      }
    }
    const answer = new TextAnswer('x', { headers: new BrokenFields() }).asResponse()
    expect(status(await answered(answer))).toEqual(['HTTP/1.1 500'])
  })
})

test('connections that send nothing, little or slowly are limited in time', async () => {
  const { listener } = await served()
  const { headersTimeout, requestTimeout, keepAliveTimeout } = listener.server
  expect(headersTimeout).toBe(15_000)
  expect(requestTimeout).toBe(130_000)
  expect(keepAliveTimeout).toBeLessThanOrEqual(10_000)
})
