import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import { path } from '../../../src/http/path.js'
import { camelCase } from '../../../src/kit/dialect/spelling.js'
import { ConnectorFile } from '../../../src/kit/files.js'
import { mediaTypeOf, multipartRelated, RawBody, relatedBytes } from '../../../src/kit/upstream/bodies.js'
import { type UploadProtocol, uploadInParts } from '../../../src/kit/upstream/upload.js'
import { type ScriptedAnswer, scripted } from '../scripted.js'

const SESSION = 'https://transfer.example/session?secret=s3cret'
const signal = new AbortController().signal
const BROKEN = new ConnectorsError('UPSTREAM_ERROR', 'It broke off.')

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Settles with what a promise does, while time passes as fast as it can. */
async function inNoTime<Value>(promise: Promise<Value>): Promise<Value> {
  const settled = promise.then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error
    },
  )
  await vi.runAllTimersAsync()
  return (await settled)()
}

describe('a pre-signed address', () => {
  test("gets no credential and none of the connector's header fields", async () => {
    const { upstream, left } = scripted([{ bytes: new Uint8Array([1]) }], { headers: { 'x-api-version': '1' } })
    const { body } = await upstream.signed(SESSION, { method: 'GET' })
    expect(body).toEqual(new Uint8Array([1]))
    expect(left[0]?.headers).toEqual({ 'user-agent': 'connectors-mcp' })
  })

  test.each([401, 403, 404, 410])('that answers %d has expired, which says nothing of the account', async (status) => {
    const { upstream } = scripted([{ status }])
    const error = await upstream.signed(SESSION, { method: 'GET' }).catch((failure: unknown) => failure)
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', retryable: true, details: { upstream: { status } } })
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
  })

  test('is never repeated for a write, nor quoted where it is none', async () => {
    const { upstream } = scripted([{ status: 500 }])
    const put = upstream.signed(SESSION, { method: 'PUT', body: new RawBody(new Uint8Array(), 'text/plain') })
    await expect(put).rejects.toMatchObject({ code: 'UPSTREAM_ERROR', retryable: false })
    await expect(upstream.signed('s3cret', { method: 'GET' })).rejects.toMatchObject({
      message: expect.not.stringContaining('s3cret'),
    })
  })
})

describe('a file with metadata in one body', () => {
  test('keeps the bytes of the file', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
    const { bytes: body, contentType } = relatedBytes({ name: 'ü' }, new ConnectorFile(bytes, 'x', 'image/png'))
    const boundary = /boundary=([\w-]+)$/.exec(contentType)?.[1] ?? ''
    const whole = Buffer.from(body)
    const head = whole.indexOf('\r\n\r\n', whole.indexOf('image/png')) + 4
    expect(whole.subarray(head, head + 256).equals(Buffer.from(bytes))).toBe(true)
    expect(whole.subarray(head + 256).toString()).toBe(`\r\n--${boundary}--\r\n`)
    expect(whole.subarray(0, head).toString()).toContain('{"name":"ü"}')
  })

  test('spells the names of the metadata as the vendor does', async () => {
    const { upstream, left } = scripted([{ json: {} }], { dialect: { member: camelCase } })
    const file = new ConnectorFile(new Uint8Array([1]), 'x', 'image/png')
    await upstream.send({ method: 'POST', path: path`/files`, body: multipartRelated({ mime_type: 'a/b' }, file) })
    expect(left[0]?.body).toContain('{"mimeType":"a/b"}')
    expect(left[0]?.headers['content-type']).toMatch(/^multipart\/related; boundary=/)
  })

  test.each([null, '', 'text', 'text/plain\r\nx-evil: 1', 'a/b; c="d\r\n"'])(
    'of the type %j has no other fields',
    (type) => {
      expect(mediaTypeOf(new ConnectorFile(new Uint8Array(), null, type))).toBe('application/octet-stream')
    },
  )
  test('may have a type with a parameter', () => {
    const type = 'text/plain; charset=utf-8'
    expect(mediaTypeOf(new ConnectorFile(new Uint8Array(), null, type))).toBe(type)
  })
})

describe('an upload in parts', () => {
  const MIB = 1024 * 1024
  const protocol: UploadProtocol = {
    step: 256 * 1024,
    more: [308],
    received: ({ headers }) => Number(headers.get('x-received') ?? 0),
    ask: (size) => ({ method: 'PUT', headers: { 'content-range': `bytes */${size}` } }),
  }
  const upload = async (answers: ScriptedAnswer[], size = 12 * MIB, more: Partial<UploadProtocol> = {}) => {
    const { upstream, left } = scripted(answers)
    const file = new ConnectorFile(new Uint8Array(size), 'big.bin', null)
    const done = uploadInParts(upstream, { session: SESSION, file, protocol: { ...protocol, ...more }, signal })
    const outcome = await inNoTime(done).catch((error: unknown) => error)
    return { outcome, ranges: left.map(({ headers }) => headers['content-range']) }
  }
  const more = (received: number): ScriptedAnswer => ({ status: 308, headers: { 'x-received': String(received) } })
  const DONE: ScriptedAnswer = { json: { id: 'f' } }

  test('sends part after part', async () => {
    const { outcome, ranges } = await upload([more(5 * MIB), more(10 * MIB), DONE])
    expect(outcome).toMatchObject({ status: 200 })
    expect(ranges).toEqual([
      'bytes 0-5242879/12582912',
      'bytes 5242880-10485759/12582912',
      'bytes 10485760-12582911/12582912',
    ])
  })

  test('goes on after what arrived, where a part breaks off', async () => {
    const { outcome, ranges } = await upload([more(5 * MIB), { error: BROKEN }, more(6 * MIB), more(11 * MIB), DONE])
    expect(outcome).toMatchObject({ status: 200 })
    expect(ranges.slice(2, 4)).toEqual(['bytes */12582912', 'bytes 6291456-11534335/12582912'])
  })

  test('goes on after a pause, where a part came too fast', async () => {
    const { outcome, ranges } = await upload([{ status: 429 }, more(0), DONE], 1000)
    expect(outcome).toMatchObject({ status: 200 })
    expect(ranges).toEqual(['bytes 0-999/1000', 'bytes */1000', 'bytes 0-999/1000'])
  })

  test('is over where the file had arrived and only the answer was lost', async () => {
    const { outcome, ranges } = await upload([{ error: BROKEN }, DONE], 1000)
    expect(outcome).toMatchObject({ status: 200 })
    expect(ranges).toEqual(['bytes 0-999/1000', 'bytes */1000'])
  })

  test('gives up where it breaks off again and again', async () => {
    const answers = [{ status: 503 }, { status: 503 }, { error: BROKEN }, more(0), { status: 500 }]
    expect((await upload(answers, 1000)).outcome).toMatchObject({ code: 'UPSTREAM_ERROR' })
  })

  test('is not taken up again where the session has ended', async () => {
    const { outcome, ranges } = await upload([more(5 * MIB), { status: 404 }])
    expect(outcome).toMatchObject({ code: 'UPSTREAM_ERROR', details: { upstream: { status: 404 } } })
    expect(ranges).toHaveLength(2)
  })

  test('ends where the third party gets nowhere', async () => {
    const { outcome, ranges } = await upload([more(5 * MIB), more(5 * MIB)])
    expect(outcome).toMatchObject({ code: 'UPSTREAM_REFUSED' })
    expect(ranges).toHaveLength(2)
  })
})

describe('the many reads of one call', () => {
  const LIMITED = (seconds: string): ScriptedAnswer => ({ status: 429, headers: { 'retry-after': seconds }, json: {} })
  const read = async (answers: ScriptedAnswer[], method: 'GET' | 'POST' = 'GET') => {
    const { upstream, left } = scripted(answers)
    const outcome = inNoTime(upstream.patient().send({ method, path: path`/x` }))
    return { outcome: await outcome.catch((error: unknown) => error), count: left.length }
  }
  test('wait as long as they are told', async () => {
    expect(await read([LIMITED('15'), { status: 503 }, { json: 1 }])).toMatchObject({ outcome: { json: 1 }, count: 3 })
  })
  test('wait 20 seconds in all', async () => {
    expect(await read([LIMITED('15'), LIMITED('6')])).toMatchObject({ outcome: { code: 'RATE_LIMITED' }, count: 2 })
  })
  test('count waits that are at the same time once', async () => {
    const { upstream, left } = scripted([...Array(4).fill(LIMITED('15')), ...Array(4).fill({ json: 1 })])
    const patient = upstream.patient()
    const reads = [1, 2, 3, 4].map(() => patient.send({ method: 'GET', path: path`/x` }))
    expect(await inNoTime(Promise.all(reads))).toHaveLength(4)
    expect(left).toHaveLength(8)
  })
  test('wait a second at least, so that they end', async () => {
    const { outcome, count } = await read(Array(30).fill(LIMITED('0')))
    expect(outcome).toMatchObject({ code: 'RATE_LIMITED' })
    expect(count).toBe(21)
  })
  test('do not wait where that changes nothing', async () => {
    expect(await read([{ status: 500 }])).toMatchObject({ outcome: { code: 'UPSTREAM_ERROR' }, count: 1 })
    expect(await read([LIMITED('1')], 'POST')).toMatchObject({ outcome: { code: 'RATE_LIMITED' }, count: 1 })
  })
  test('ask again for what is still being computed', async () => {
    const { upstream, left } = scripted([{ status: 202 }, { status: 202 }, { json: [1] }])
    const answer = await inNoTime(upstream.send({ method: 'GET', path: path`/x`, poll: 202 }))
    expect([answer.json, left.length]).toEqual([[1], 3])
  })
  test('say in the end that it is still being computed', async () => {
    const { upstream, left } = scripted(Array(9).fill({ status: 202 }))
    const asked = inNoTime(upstream.send({ method: 'GET', path: path`/x`, poll: 202 }))
    await expect(asked).rejects.toMatchObject({ code: 'UPSTREAM_TIMEOUT', retryable: true, retryAfterSeconds: 10 })
    expect(left).toHaveLength(5)
  })
})
