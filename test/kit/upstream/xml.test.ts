import { describe, expect, test } from 'vitest'
import type { SendRequest } from '../../../src/http/send.js'
import { type FailureRule, path } from '../../../src/kit/index.js'
import { createHttpUpstream } from '../../../src/kit/upstream/http-upstream.js'

/** An upstream whose third party answers every request so. */
function answering(body: string, { status = 200, type = 'text/xml', failures = [] as readonly FailureRule[] } = {}) {
  const requests: SendRequest[] = []
  const upstream = createHttpUpstream({
    send: async (request) => {
      requests.push(request)
      return { status, headers: new Headers({ 'content-type': type, 'x-left-out': '3' }), body: Buffer.from(body) }
    },
    baseUrl: 'https://xml.example/v1',
    hosts: { feeds: 'https://feeds.example' },
    authorize: () => ({ authorization: 'Bearer t' }),
    failures,
    notices: ({ headers }) => ({ left_out: headers.get('x-left-out') }),
    signal: new AbortController().signal,
  })
  return { upstream, requests }
}

const get = { method: 'GET', path: path`/feed` } as const

describe('an answer in XML', () => {
  test('is asked for as such, and read whatever its type is called', async () => {
    const { upstream, requests } = answering('\n<feed><a>1</a></feed>', { type: 'text/plain' })
    const root = await upstream.xml({ ...get, host: 'feeds', query: { page: 2 } })
    expect([root.name, root.first('', 'a')?.text()]).toEqual(['feed', '1'])
    expect(requests[0]?.url.href).toBe('https://feeds.example/feed?page=2')
    expect(requests[0]?.headers).toMatchObject({
      accept: expect.stringMatching(/^application\/xml/),
      authorization: 'Bearer t',
    })
    expect(upstream.notices).toEqual({ left_out: '3' })
  })

  test.each([
    ['GET', 'words', true],
    ['GET', '', true],
    ['POST', '<a>', false],
    ['GET', `${'<a>'.repeat(300)}`, false],
  ] as const)('fails as UPSTREAM_ERROR where it is none: %s %s', async (method, body, retryable) => {
    const asked = answering(body).upstream.xml({ method, path: path`/feed` })
    await expect(asked).rejects.toMatchObject({
      code: 'UPSTREAM_ERROR',
      retryable,
      details: { upstream: { status: 200 } },
    })
  })

  test('a write is noted as one', async () => {
    const { upstream } = answering('<done/>')
    await upstream.xml({ method: 'POST', path: path`/do`, body: { a: 1 } })
    expect(upstream.hasWritten).toBe(true)
  })
})

describe('a rule for refusals in XML', () => {
  const failures: readonly FailureRule[] = [
    {
      when: { status: [200, 400] },
      code: 'NOT_FOUND',
      message: 'It is not there; look for another one.',
      tell: ({ xml }) => (xml()?.name === 'error' ? { upstream: { message: xml()?.text() ?? '' } } : undefined),
    },
  ]

  test.each([200, 400])('reads the body, with status %i', async (status) => {
    for (const ask of ['xml', 'file', 'send'] as const) {
      const { upstream } = answering('<error>No 7</error>', { status, failures })
      await expect(upstream[ask](get)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        details: { upstream: { status, message: 'No 7' } },
      })
    }
  })

  test.each(['{}', '<html><br></html>', '', `<error>${'x'.repeat(1024 * 1024)}</error>`])(
    'does not fit what is not XML, or is too long for a refusal: %.20s',
    async (body) => {
      const { upstream } = answering(body, { status: 400, failures })
      await expect(upstream.xml(get)).rejects.toMatchObject({ code: 'INVALID_PARAMETERS' })
    },
  )
})
