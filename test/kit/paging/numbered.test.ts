import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { path } from '../../../src/http/path.js'
import type { Send } from '../../../src/http/send.js'
import { createHttpUpstream } from '../../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../../src/kit/upstream/upstream.js'

const BASE = 'https://api.example.com/v1'

/** A third party with `total` numbered items, paging as Link header fields do. */
function paging(total: number, { names = ['prev', 'next', 'first', 'last'], origin = 'https://api.example.com' } = {}) {
  const asked: string[] = []
  const send: Send = async ({ url }) => {
    asked.push(`${url.pathname}${url.search}`)
    const per = Number(url.searchParams.get('per_page'))
    const page = Number(url.searchParams.get('page'))
    const last = Math.max(1, Math.ceil(total / per))
    const targets: Record<string, number> = {
      ...(page > 1 ? { prev: page - 1, first: 1 } : {}),
      ...(page < last ? { next: page + 1, last } : {}),
    }
    const link = Object.entries(targets)
      .filter(([name]) => names.includes(name))
      .map(([name, number]) => `<${origin}/v1/x?per_page=${per}&page=${number}>; rel="${name}"`)
    const items = Array.from({ length: total }, (_, index) => index + 1).slice((page - 1) * per, page * per)
    return {
      status: 200,
      headers: new Headers(link.length > 0 ? { link: link.join(', ') } : {}),
      body: Buffer.from(JSON.stringify(items)),
    }
  }
  return { send, asked }
}

const connect = (send: Send, signal = new AbortController().signal): Upstream =>
  createHttpUpstream({ send, baseUrl: BASE, authorize: () => ({}), signal })

const answering = (...answers: { status?: number; headers?: Record<string, string>; body?: unknown }[]) => {
  const asked: string[] = []
  const send: Send = async ({ url }) => {
    asked.push(url.href)
    const { status = 200, headers = {}, body } = answers[asked.length - 1] ?? expect.fail('one request too many')
    return { status, headers: new Headers(headers), body: Buffer.from(body === undefined ? '' : JSON.stringify(body)) }
  }
  return { send, asked }
}

describe('one page of a list', () => {
  test('has page, limit, total and neighbours, whatever the numbers', async () => {
    const numbers = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }))
    await fc.assert(
      fc.asyncProperty(numbers, fc.integer({ min: 1, max: 80 }), async ([total, per_page], wanted) => {
        const pages = Math.max(1, Math.ceil(total / per_page))
        const page = ((wanted - 1) % pages) + 1
        const { send, asked } = paging(total)
        const { data, meta } = await connect(send).list(path`/x`, { page, per_page })
        expect(data).toHaveLength(Math.min(per_page, total - (page - 1) * per_page))
        expect(meta).toEqual({
          page,
          limit: per_page,
          total,
          total_page: Math.ceil(total / per_page),
          has_next: page < pages,
          has_prev: page > 1,
        })
        expect(asked).toHaveLength(page < pages ? 2 : 1)
      }),
    )
  })

  test('beyond the end has no items and no invented total', async () => {
    const { send } = paging(10)
    const { data, meta } = await connect(send).list(path`/x`, { page: 9, per_page: 5 })
    expect(data).toEqual([])
    expect(meta).toEqual({ page: 9, limit: 5, has_next: false, has_prev: true })
  })

  test('has no total if no last page is named', async () => {
    const { send, asked } = paging(100, { names: ['next', 'prev'] })
    const { meta } = await connect(send).list(path`/x`, { page: 2, per_page: 5 })
    expect(meta).toEqual({ page: 2, limit: 5, has_next: true, has_prev: true })
    expect(asked).toHaveLength(1)
  })

  test.each(['https://evil.example.com', 'http://api.example.com', 'https://api.example.com:444'])(
    'does not request a last page on %s',
    async (origin) => {
      const { send, asked } = paging(100, { origin })
      const { meta } = await connect(send).list(path`/x`, { page: 1, per_page: 5 })
      expect(meta).toEqual({ page: 1, limit: 5, has_next: true, has_prev: false })
      expect(asked).toHaveLength(1)
    },
  )

  test.each(['', 'zero', '0', '-1', '1.5', '1e400'])('does not request a last page called %j', async (number) => {
    const link = `</v1/x?page=${number}>; rel="last", </v1/x?page=2>; rel="next"`
    const { send } = answering({ headers: { link }, body: [1] })
    const { meta } = await connect(send).list(path`/x`, { page: 1, per_page: 1 })
    expect(meta).toEqual({ page: 1, limit: 1, has_next: true, has_prev: false })
  })

  test.each([{ status: 500 }, { status: 404 }, { body: { no: 'list' } }])(
    'lacks only the total if the last page cannot be read (%j)',
    async (second) => {
      const link = '</v1/x?page=7>; rel="last", </v1/x?page=2>; rel="next"'
      const { send, asked } = answering({ headers: { link }, body: [1, 2] }, second)
      const { data, meta } = await connect(send).list(path`/x`, { page: 1, per_page: 2 })
      expect(data).toEqual([1, 2])
      expect(meta).toEqual({ page: 1, limit: 2, total_page: 7, has_next: true, has_prev: false })
      expect(asked[1]).toBe('https://api.example.com/v1/x?page=7')
    },
  )

  test('is not returned to a caller that aborted', async () => {
    const controller = new AbortController()
    const reason = new Error('gone')
    const { send } = paging(100)
    const leaving: Send = async (request) => {
      const answer = await send(request)
      controller.abort(reason)
      return answer
    }
    const aborting: Send = async (request) => {
      if (request.signal?.aborted) throw request.signal.reason
      return leaving(request)
    }
    const listed = connect(aborting, controller.signal).list(path`/x`, { page: 1, per_page: 5 })
    await expect(listed).rejects.toBe(reason)
  })

  test('is empty for an empty answer, and for a status that means no items', async () => {
    const empty = { page: 1, limit: 5, total: 0, total_page: 0, has_next: false, has_prev: false }
    const none = await connect(answering({ status: 204 }).send).list(path`/x`, { page: 1, per_page: 5 })
    expect(none).toMatchObject({ data: [], meta: empty })
    const { send } = answering({ status: 409 }, { status: 409 })
    const upstream = connect(send)
    const known = await upstream.list(path`/x`, { page: 1, per_page: 5 }, { emptyStatus: 409 })
    expect(known).toMatchObject({ data: [], meta: empty })
    await expect(upstream.list(path`/x`, { page: 1, per_page: 5 })).rejects.toMatchObject({ code: 'UPSTREAM_REFUSED' })
  })

  test('takes the total of a wrapped list without a second request', async () => {
    const link = '</v1/x?page=2>; rel="next", </v1/x?page=500>; rel="last"'
    const body = { hits: [1], count: 4000, partial: true, other: 'x' }
    const { send, asked } = answering({ headers: { link }, body })
    const form = { items: 'hits', total: 'count', meta: ['partial', 'missing'] }
    const { data, meta } = await connect(send).list(path`/x`, { page: 1, per_page: 1 }, form)
    expect(data).toEqual([1])
    expect(meta).toEqual({
      page: 1,
      limit: 1,
      total: 4000,
      total_page: 500,
      has_next: true,
      has_prev: false,
      partial: true,
    })
    expect(asked).toHaveLength(1)
  })

  test.each([{}, { items: 'hits' }])('is an error if the answer is not a list (%j)', async (form) => {
    const { send } = answering({ body: { message: 'moved' } })
    const listed = connect(send).list(path`/x`, { page: 1, per_page: 1 }, form)
    await expect(listed).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

describe('collecting all pages', () => {
  const collect = async (total: number, from: 'start' | 'end', names?: string[]) => {
    const { send, asked } = paging(total, names ? { names } : {})
    const { items, truncated } = await connect(send).collect(path`/x`, { since: 's' }, { most: 300, from })
    return { first: items[0], last: items.at(-1), count: items.length, truncated, requests: asked.length, asked }
  }

  test.each(['start', 'end'] as const)('returns all items, from the %s', async (from) => {
    expect(await collect(0, from)).toMatchObject({ count: 0, truncated: false, requests: 1 })
    expect(await collect(1, from)).toMatchObject({ count: 1, truncated: false, requests: 1 })
    expect(await collect(250, from)).toMatchObject({ first: 1, last: 250, count: 250, truncated: false, requests: 3 })
    expect(await collect(300, from)).toMatchObject({ count: 300, truncated: false, requests: 3 })
  })

  test('returns the first items where there are too many', async () => {
    expect(await collect(301, 'start')).toMatchObject({ first: 1, last: 300, truncated: true, requests: 3 })
  })

  test('returns the last items where there are too many', async () => {
    expect(await collect(301, 'end')).toMatchObject({ first: 101, last: 301, truncated: true, requests: 4 })
    expect(await collect(1234, 'end')).toMatchObject({ first: 1001, last: 1234, truncated: true, requests: 4 })
  })

  test('returns the first items if the last page is not named', async () => {
    expect(await collect(1000, 'end', ['next'])).toMatchObject({ first: 1, last: 300, truncated: true, requests: 3 })
  })

  test('sends the query with each request', async () => {
    const { asked } = await collect(250, 'start')
    expect(asked).toEqual([1, 2, 3].map((page) => `/v1/x?since=s&per_page=100&page=${page}`))
  })
})
