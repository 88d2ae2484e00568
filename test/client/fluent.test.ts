import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ActionResponse, ClientFile, ConnectorsClient } from '../../src/client/index.js'
import { failureOf, inProcess, json, type Sent } from './scripted-service.js'

type Params = Record<string, unknown>

/** A connector whose one action answers by a function of its parameters. */
function answering(respond: (params: Params) => unknown) {
  const { fetch, sent } = inProcess(({ body }) => json(respond(JSON.parse(String(body)))))
  const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 'default' })
  return { call: connectors.connector('wiretest').action('list'), sent }
}

const paramsOf = ({ body }: Sent): Params => JSON.parse(String(body))

/** Numbers 1 to `total`, by page. */
const byPage =
  (total: number, limit: number) =>
  ({ page = 1 }: Params) => {
    const pages = Math.ceil(total / limit)
    const first = (Number(page) - 1) * limit
    const data = Array.from({ length: Math.max(0, Math.min(limit, total - first)) }, (_, index) => first + index + 1)
    return {
      data,
      meta: { page, limit, total, total_page: pages, has_next: Number(page) < pages, has_prev: Number(page) > 1 },
    }
  }

/** The same by cursors that carry their direction. */
const byCursor =
  (total: number, limit: number) =>
  ({ cursor }: Params) => {
    const first = cursor === undefined ? 0 : Number(String(cursor).split(':')[1])
    const next = first + limit
    const data = Array.from({ length: Math.max(0, Math.min(limit, total - first)) }, (_, index) => first + index + 1)
    return {
      data,
      meta: {
        has_next: next < total,
        has_prev: first > 0,
        forwards_cursor: next < total ? `f:${next}` : null,
        backwards_cursor: first > 0 ? `b:${Math.max(0, first - limit)}` : null,
      },
    }
  }

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

describe('a call builder', () => {
  test('sends everything that was set', async () => {
    const { fetch, sent } = inProcess(() => json({ data: { ok: true } }, { headers: { 'x-acted-as': 'work' } }))
    const { signal } = new AbortController()
    const response = await new ConnectorsClient({ baseUrl: 'http://x', fetch })
      .connector('github')
      .action('list_commits')
      .params({ owner: 'octocat' })
      .responseFields(['sha'])
      .responseFilters([{ type: 'string', field_name: 'sha', value: 'x' }])
      .userToken('token')
      .identifier('work')
      .readOnly()
      .maxAttempts(3)
      .replayUnsafe()
      .timeout(0)
      .signal(signal)
      .run()
    expect(response).toMatchObject({ data: { ok: true }, meta: null, isList: false, actedAs: 'work' })
    expect(sent[0]).toMatchObject({
      url: 'http://x/connectors/github/list_commits',
      headers: { authorization: 'Bearer token', 'x-integration': 'work', 'x-read-only': 'true' },
      signal,
    })
    expect(paramsOf(sent[0] as Sent)).toEqual({
      owner: 'octocat',
      response_fields: ['sha'],
      response_filters: [{ type: 'string', field_name: 'sha', value: 'x' }],
    })
  })

  test('returns a new builder from every step and leaves the old one unchanged', async () => {
    const { call, sent } = answering(() => ({ data: {} }))
    const one = call.params({ n: 1 })
    const two = one.params({ n: 2 }).identifier('other').userToken('mine')
    expect(new Set([call, one, two]).size).toBe(3)
    await two.run()
    await one.run()
    await call.run()
    expect(sent.map(paramsOf)).toEqual([{ n: 2 }, { n: 1 }, {}])
    expect(sent.map(({ headers }) => headers['x-integration'])).toEqual(['other', undefined, undefined])
    expect(sent.every(({ headers }) => headers['x-read-only'] === undefined)).toBe(true)
    expect(sent.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer mine',
      'Bearer default',
      'Bearer default',
    ])
  })

  test('ignores later changes to the parameters object', async () => {
    const { call, sent } = answering(() => ({ data: {} }))
    const params: Params = { n: 1 }
    const kept = call.params(params)
    params.n = 2
    await kept.run()
    expect(sent.map(paramsOf)).toEqual([{ n: 1 }])
  })

  test('sends a form after form()', async () => {
    const { fetch, sent } = inProcess(() => json({ data: {} }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    await connectors.connector('a').action('b').params({ x: 1 }).form().run()
    expect(sent[0]).toMatchObject({ body: 'x=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  })

  test('returns a file as the data', async () => {
    const { fetch } = inProcess(() => new Response('bytes', { headers: { 'content-type': 'text/plain' } }))
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    const response = await connectors.connector('drive').action('download').run()
    expect(response.data).toBeInstanceOf(ClientFile)
    expect([response.isList, response.hasNext(), await response.nextPage()]).toEqual([false, false, undefined])
    expect(await collect(response.items())).toEqual([response.data])
  })
})

describe('the pages of a result', () => {
  test.each([
    ['by number', byPage],
    ['by cursor', byCursor],
  ])('%s: contain every item once, in order, whatever the total and the page size', async (_, paging) => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 20 }), async (total, limit) => {
        const { call, sent } = answering(paging(total, limit))
        const items = await collect((await call.params({ limit }).run()).items())
        expect(items).toEqual(Array.from({ length: total }, (_, index) => index + 1))
        expect(sent).toHaveLength(Math.max(1, Math.ceil(total / limit)))
        expect(sent.every((request) => paramsOf(request).limit === limit)).toBe(true)
      }),
    )
  })

  test.each([
    ['by number', byPage],
    ['by cursor', byCursor],
  ])('%s: can be read to the end and back', async (_, paging) => {
    const { call } = answering(paging(25, 10))
    const first = await call.run()
    const seen: unknown[] = []
    let page: ActionResponse | undefined = first
    let last = first
    while (page) {
      seen.push(page.data)
      last = page
      page = await page.nextPage()
    }
    const back: unknown[] = []
    for (page = last; page; page = await page.prevPage()) back.unshift(page.data)
    expect(back).toEqual(seen)
    expect(seen.map((data) => (data as unknown[]).length)).toEqual([10, 10, 5])
    expect([first.hasPrev(), first.hasNext(), last.hasPrev(), last.hasNext()]).toEqual([false, true, true, false])
  })

  test('follow a cursor rather than a page number', async () => {
    const { call, sent } = answering(({ cursor }) => ({
      data: [1],
      meta: { has_next: cursor === undefined, forwards_cursor: 'c', page: 1 },
    }))
    await collect((await call.params({ q: 'x' }).run()).pages())
    expect(sent.map(paramsOf)).toEqual([{ q: 'x' }, { q: 'x', cursor: 'c' }])
  })

  test.each([
    { has_next: true },
    { has_next: true, forwards_cursor: '' },
    { has_next: true, forwards_cursor: null, page: 0 },
    { has_next: true, page: '1' },
    { has_next: true, page: 1.5 },
    { has_next: 'true', page: 1 },
    { has_next: 1, page: 1 },
    null,
  ])('end if the service gives no next page: %j', async (meta) => {
    const { call, sent } = answering(() => ({ data: [1], meta }))
    const response = await call.run()
    expect([response.hasNext(), await response.nextPage()]).toEqual([false, undefined])
    expect(await collect(response.items())).toEqual([1])
    expect(sent).toHaveLength(1)
  })

  test('have none before the first', async () => {
    const { call } = answering(() => ({ data: [1], meta: { has_prev: true, page: 1 } }))
    const response = await call.run()
    expect([response.hasPrev(), await response.prevPage()]).toEqual([false, undefined])
  })

  test('do not exist for a single object', async () => {
    const { call } = answering(() => ({ data: { id: 1 }, meta: { has_next: true, page: 1 } }))
    const response = await call.run()
    expect(response.hasNext()).toBe(false)
    expect(await collect(response.items())).toEqual([{ id: 1 }])
  })

  test.each([
    ['the same cursor for ever', { has_next: true, forwards_cursor: 'same' }],
    ['the same page for ever', { has_next: true, page: 1 }],
  ])('end with an error instead of an endless loop for %s', async (_, meta) => {
    const { call, sent } = answering(() => ({ data: [1], meta }))
    const error = await failureOf(call.run().then((response) => collect(response.items())))
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', message: expect.stringContaining('in a circle') })
    expect(sent).toHaveLength(2)
  })

  test('end with an error for cursors that repeat after several pages, too', async () => {
    const next: Record<string, string> = { undefined: 'a', a: 'b', b: 'c', c: 'a' }
    const { call, sent } = answering(({ cursor }) => ({
      data: [1],
      meta: { has_next: true, forwards_cursor: next[String(cursor)] },
    }))
    await failureOf(call.run().then((response) => collect(response.pages())))
    expect(sent).toHaveLength(4)
  })

  test('are fetched one at a time, on demand', async () => {
    const { call, sent } = answering(byPage(100, 10))
    for await (const item of (await call.run()).items()) if (item === 15) break
    expect(sent).toHaveLength(2)
  })

  test('throw a failure in the middle', async () => {
    const { fetch, sent } = inProcess(() =>
      sent.length === 1 ? json(byPage(20, 10)({})) : json({ detail: 'x' }, { status: 500 }),
    )
    const connectors = new ConnectorsClient({ baseUrl: 'http://x', fetch, userToken: 't' })
    const response = await connectors.connector('a').action('b').run()
    expect(await failureOf(collect(response.items()))).toMatchObject({ name: 'ApiError', status: 500 })
  })
})
