import { describe, expect, test } from 'vitest'
import { defineAction } from '../../../src/kit/action.js'
import { z } from '../../../src/kit/index.js'
import { cursorPage } from '../../../src/kit/paging/cursor.js'
import { nextLinkPage } from '../../../src/kit/paging/next-link.js'
import { countedPage, numberedPage } from '../../../src/kit/paging/numbered-page.js'
import type { AnswerForm } from '../../../src/kit/request/answers.js'
import { request } from '../../../src/kit/request/request.js'
import { testCall } from '../../connectors/harness.js'
import { scripted } from '../scripted.js'

const page = z.number().default(1)
const per_page = z.number().default(2)
const cursor = z.string().optional()

/** Asks for one page of `/items`. */
async function asked(answer: AnswerForm, input: object, json: unknown, call = testCall()) {
  const action = defineAction({
    name: 'list',
    description: 'Lists.',
    effect: 'read',
    input: { page, per_page, cursor, filter: cursor, delta_token: cursor },
    run: request('GET /items', { answer }),
  })
  const { upstream, left } = scripted([{ json }])
  const result = await action.prepare(input)(upstream, call)
  return { ...('data' in result ? result : expect.fail('a file')), url: new URL(left[0]?.line.slice(4) ?? '') }
}

describe('a cursor of the vendor', () => {
  const form = cursorPage({ items: 'files', next: 'response.next' })
  test('leads to the next page', async () => {
    const { data, meta } = await asked(form, {}, { files: [1], response: { next: 'abc' } })
    expect([data, meta]).toEqual([[1], { has_next: true, forwards_cursor: 'abc' }])
    expect((await asked(form, { cursor: 'abc' }, { files: [] })).url.searchParams.get('cursor')).toBe('abc')
  })
  test.each([{ files: [1] }, { files: [1], response: { next: '' } }, { files: [1], response: { next: 7 } }])(
    'that %j does not name is the end',
    async (json) => {
      expect((await asked(form, {}, json)).meta).toEqual({ has_next: false, forwards_cursor: null })
    },
  )
})

describe('a total in the answer', () => {
  const form = countedPage({ items: 'found.matches', total: 'found.total', lastPage: 100 })
  const found = (total: unknown, matches: unknown[] = [1, 2]) => ({ found: { total, matches } })
  test.each<[object, unknown, object]>([
    [{}, found(5), { page: 1, limit: 2, total: 5, total_page: 3, has_next: true, has_prev: false }],
    [{ page: 3 }, found(5, [5]), { page: 3, limit: 2, total: 5, total_page: 3, has_next: false, has_prev: true }],
    [{}, found(0, []), { page: 1, limit: 2, total: 0, total_page: 0, has_next: false, has_prev: false }],
    [
      { page: 100 },
      found(1000),
      { page: 100, limit: 2, total: 1000, total_page: 500, has_next: false, has_prev: true },
    ],
    [{}, found(undefined), { page: 1, limit: 2, has_next: true, has_prev: false }],
    [{}, found(undefined, [1]), { page: 1, limit: 2, has_next: false, has_prev: false }],
  ])('of %j with %j', async (input, json, meta) => {
    expect((await asked(form, input, json)).meta).toEqual(meta)
  })
})

describe('a link to the next page', () => {
  const form = nextLinkPage({
    next: 'nextLink',
    delta: { link: 'deltaLink', parameter: 'delta_token' },
  })
  const NEXT = 'https://elsewhere.example/other/path?$skiptoken=a%20b&$top=2&x=1&x=2'

  test('becomes a cursor of which only the query is used: the path stays that of the call', async () => {
    const first = await asked(form, { filter: 'f' }, { value: [1], nextLink: NEXT })
    expect(first.meta).toMatchObject({ has_next: true, forwards_cursor: expect.stringMatching(/^sealed-/) })
    const second = await asked(form, { filter: 'f', cursor: first.meta?.forwards_cursor }, { value: [2] })
    expect(second.url.origin + second.url.pathname).toBe('https://api.example/v1/items')
    expect([...second.url.searchParams]).toEqual([
      ['$skiptoken', 'a b'],
      ['$top', '2'],
      ['x', '1'],
      ['x', '2'],
    ])
    expect(second.meta).toEqual({ has_next: false, forwards_cursor: null })
  })

  test('to later changes becomes a token', async () => {
    const last = await asked(form, {}, { value: [], deltaLink: NEXT })
    expect(last.meta).toMatchObject({ has_next: false, delta_token: expect.stringMatching(/^sealed-/) })
    const later = await asked(form, { delta_token: last.meta?.delta_token }, { value: [] })
    expect(later.url.searchParams.get('$skiptoken')).toBe('a b')
  })

  test.each(['https://elsewhere.example/?a=b', '?a=b', 'sealed'])('cannot be invented: %s', async (invented) => {
    await expect(asked(form, { cursor: invented }, { value: [] })).rejects.toMatchObject({
      code: 'INVALID_PARAMETERS',
      details: { errors: [{ field: 'cursor' }] },
    })
  })

  test.each(['not an address', `https://x.example/?${'a'.repeat(9000)}`])('that is none is an error', async (link) => {
    await expect(asked(form, {}, { value: [], nextLink: link })).rejects.toMatchObject({ code: 'UPSTREAM_ERROR' })
  })
})

describe('pages linked by the answer', () => {
  test('keep what else the request has, and may call their numbers otherwise', async () => {
    const action = defineAction({
      name: 'list',
      description: 'Lists.',
      effect: 'read',
      input: { page, count: per_page },
      run: request('GET other:/items', {
        rename: { count: 'limit' },
        headers: { 'x-version': '2' },
        answer: numberedPage({ size: 'count' }),
      }),
    })
    const { upstream, left } = scripted([{ json: [1, 2] }], { hosts: { other: 'https://other.example' } })
    const result = await action.prepare({ page: 2, count: 3 })(upstream, testCall())
    expect(result).toMatchObject({ meta: { page: 2, limit: 3, total: 5, total_page: 2, has_next: false } })
    expect(left[0]).toMatchObject({
      line: 'GET https://other.example/items?page=2&limit=3',
      headers: { 'x-version': '2' },
    })
  })
})
