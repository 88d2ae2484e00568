import { afterEach, describe, expect, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'
import { createEgressPolicy } from '../../src/http/egress.js'
import { embedder } from '../../src/http/embeddings.js'
import { createSend, type SendRequest } from '../../src/http/send.js'
import { closeServers, serve } from './server.js'

afterEach(closeServers)

const SIGNAL = new AbortController().signal

/** What is sent, and what an endpoint that answers so makes of it. */
function asking(answer: unknown, status = 200) {
  const sent: SendRequest[] = []
  const send = async (request: SendRequest) => {
    sent.push(request)
    const text = typeof answer === 'string' ? answer : JSON.stringify(answer)
    return { status, headers: new Headers(), body: new TextEncoder().encode(text) }
  }
  return { sent, embed: embedder(send, { url: 'http://127.0.0.1:11434/v1/', model: 'm', apiKey: new Secret('key') }) }
}

const vector = (index: number, ...embedding: number[]) => ({ index, embedding })

test('texts are sent as the endpoint takes them, and their vectors come in the order of the texts', async () => {
  const { sent, embed } = asking({ data: [vector(1, 3, 4), vector(0, 1, 2)], model: 'm' })
  expect(await embed(['a', 'b'], SIGNAL)).toEqual([
    [1, 2],
    [3, 4],
  ])
  const [{ url, headers, body, ...limits }] = sent as [SendRequest]
  expect(url.href).toBe('http://127.0.0.1:11434/v1/embeddings')
  expect(headers).toMatchObject({ authorization: 'Bearer key', 'content-type': 'application/json' })
  expect(JSON.parse(String(body))).toEqual({ model: 'm', input: ['a', 'b'], encoding_format: 'float' })
  expect(limits).toMatchObject({ method: 'POST', signal: SIGNAL, timeoutMs: 30_000, maxBytes: 8 * 1024 * 1024 })
})

describe('another answer is refused, and nothing of it is in the error', () => {
  test.each<[string, unknown, number?]>([
    ['a failure', { error: { message: 'canary' } }, 401],
    ['no JSON', 'canary'],
    ['no data', { canary: [] }],
    ['no vectors', { data: [{ index: 0, embedding: 'canary' }] }],
    ['too few of them', { data: [vector(0, 1)], canary: 1 }],
    ['twice the same', { data: [vector(0, 1), vector(0, 1)], canary: 1 }],
  ])('%s', async (_, answer, status) => {
    const error = await asking(answer, status)
      .embed(['a', 'b'], SIGNAL)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UPSTREAM_REFUSED' })
    expect(String(error)).not.toContain('canary')
  })
})

test('it is reached in a private network and over plain HTTP, where the operator named it', async () => {
  const { origin, requests } = await serve((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: [vector(0, 1, 2)] }))
  })
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: false, allowedHosts: [origin] }) })
  const embed = embedder(send, { url: `${origin}/v1`, model: 'm', apiKey: undefined })
  expect(await embed(['a'], SIGNAL)).toEqual([[1, 2]])
  expect(requests.map(({ method, url, headers }) => [method, url, headers.authorization])).toEqual([
    ['POST', '/v1/embeddings', undefined],
  ])
  const other = embedder(send, { url: 'http://127.0.0.1:9/v1', model: 'm', apiKey: undefined })
  await expect(other(['a'], SIGNAL)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  await send.close()
})
