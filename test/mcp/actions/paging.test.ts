import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConnectorsError } from '../../../src/base/errors.js'
import type { ActionResult } from '../../../src/client/index.js'
import { pageParameters, walkPages, withPage } from '../../../src/mcp/actions/paging.js'

const number = { type: 'integer', maximum: 100 }
const text = { type: 'string' }

describe('the parameters for a part of a list', () => {
  test.each([
    [
      { per_page: number, page: { type: 'integer' } },
      { limit: { name: 'per_page', most: 100 }, page: 'page' },
    ],
    [
      { page_size: { anyOf: [number, { type: 'null' }] }, page_token: text },
      { limit: { name: 'page_size', most: 100 }, cursor: 'page_token' },
    ],
    [
      { limit: { type: 'integer' }, cursor: text, page_token: text },
      { limit: { name: 'limit', most: Number.MAX_SAFE_INTEGER }, cursor: 'cursor' },
    ],
    [{ count: { type: 'boolean' }, query: text }, {}],
  ])('of %j are found by the names that vendors use', (properties, found) => {
    expect(pageParameters(properties)).toEqual(found)
  })
})

describe('the arguments for a part of a list', () => {
  const names = pageParameters({ per_page: number, page: number, page_token: text })

  test('become the parameters of the action, within its limits', () => {
    expect(withPage({ q: 'a' }, { limit: 20, page: 2 }, names)).toEqual({
      params: { q: 'a', per_page: 20, page: 2 },
      limitHere: undefined,
    })
    expect(withPage({}, { limit: 500, cursor: 'c' }, names).params).toEqual({ per_page: 100, page_token: 'c' })
  })

  test('leave the limit to the caller where the action has none', () => {
    expect(withPage({ q: 'a' }, { limit: 20 }, {})).toEqual({ params: { q: 'a' }, limitHere: 20 })
  })

  test.each([
    [{ cursor: 'c' }, {}, {}],
    [{ page: 2 }, {}, {}],
    [{ page: 2 }, names, { page: 3 }],
    [{ limit: 2 }, names, { per_page: 3 }],
  ])('are refused where they have no parameter or two values: %j', (args, of, params) => {
    expect(() => withPage(params, args, of)).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETERS' }))
  })

  test('may repeat what params says', () => {
    expect(withPage({ per_page: 3 }, { limit: 3 }, names).params).toEqual({ per_page: 3 })
  })
})

const names = { cursor: 'page_token', page: 'page' }
const never = () => 0

/** A list of so many items, as a third party with pages of that size answers it. */
function list(count: number, size: number) {
  const all = Array.from({ length: count }, (_, at) => at)
  const at = (page: number): ActionResult => ({
    data: all.slice((page - 1) * size, page * size),
    meta: { page, has_next: page * size < count },
    actedAs: 'ada',
  })
  const asked: number[] = []
  const ask = async ({ page }: Record<string, unknown>) => {
    asked.push(page as number)
    return at(page as number)
  }
  return { all, first: at(1), ask, asked }
}

describe('a walk along the pages', () => {
  test('has every item once, in order, and the meta of the last page', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 2, max: 20 }), async (count, size) => {
        const { all, first, ask, asked } = list(count, size)
        const walked = await walkPages({ first, names, most: 1_000, elapsed: never, ask })
        const pages = Math.max(Math.ceil(count / size), 1)
        expect(walked).toEqual({ data: all, meta: { page: pages, pages, has_next: false }, actedAs: 'ada' })
        expect(asked).toEqual(Array.from({ length: pages - 1 }, (_, at) => at + 2))
      }),
    )
  })

  test('ends when there are enough items, when the time is over, and after fifty pages', async () => {
    const { first, ask } = list(1_000, 10)
    const walk = (more: object) => walkPages({ first, names, most: 1_000, elapsed: never, ask, ...more })
    expect((await walk({ most: 25 })).data).toHaveLength(30)
    expect((await walk({ elapsed: () => 60_000 })).data).toHaveLength(10)
    expect((await walk({})).data).toHaveLength(500)
    expect((await walk({ most: 25 })).meta).toMatchObject({ has_next: true, page: 3, pages: 3 })
  })

  test('takes a page of any length', async () => {
    const first = { data: [1], meta: { has_next: true, page: 1 }, actedAs: null }
    const long = { data: Array.from({ length: 300_000 }, () => 2), meta: { has_next: false, page: 2 }, actedAs: null }
    const walked = await walkPages({ first, names, most: 1_000, elapsed: never, ask: async () => long })
    expect(walked.data).toHaveLength(300_001)
  })

  test('ends where a page leads to itself', async () => {
    const first = { data: [1], meta: { has_next: true, forwards_cursor: 'again' }, actedAs: null }
    const walked = await walkPages({ first, names, most: 1_000, elapsed: never, ask: async () => first })
    expect(walked.data).toEqual([1, 1])
  })

  test('keeps what is there when a later page fails, and says why', async () => {
    const { first } = list(100, 10)
    const ask = async () => {
      throw new ConnectorsError('RATE_LIMITED', 'Too many.')
    }
    const walked = await walkPages({ first, names, most: 1_000, elapsed: never, ask })
    expect(walked).toMatchObject({
      data: first.data,
      meta: { page: 1, has_next: true, stopped_by: { code: 'RATE_LIMITED', message: 'Too many.' } },
    })
  })

  test('keeps what is there when a later page is not a list', async () => {
    const { first } = list(100, 10)
    const ask = async () => ({ data: 'gone', meta: null, actedAs: null })
    const walked = await walkPages({ first, names, most: 1_000, elapsed: never, ask })
    expect(walked).toMatchObject({
      data: first.data,
      meta: { page: 1, has_next: true, stopped_by: { code: 'UPSTREAM_ERROR' } },
    })
  })

  test('does not begin for what is not a list', async () => {
    const first = { data: { a: 1 }, meta: { has_next: true, page: 1 }, actedAs: null }
    const ask = () => expect.fail('there is no other page')
    expect(await walkPages({ first, names, most: 1_000, elapsed: never, ask })).toBe(first)
  })
})
