import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fanOut, gather } from '../../../src/kit/paging/gather.js'
import { cursorMeta, offsetIn, pageOf } from '../../../src/kit/paging/local.js'

test('the pages of a list are the list', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 50 }), fc.integer({ min: 1, max: 12 }), (items, size) => {
      const seen: unknown[] = []
      for (let page = 1; ; page++) {
        const { data, meta } = pageOf({ items, truncated: false }, page, size)
        seen.push(...(data as unknown[]))
        expect(meta).toMatchObject({ page, limit: size, total: items.length, has_prev: page > 1 })
        if (meta.has_next !== true) break
      }
      expect(seen).toEqual(items)
    }),
  )
})

test('no total is told of what was not gathered whole', () => {
  expect(pageOf({ items: [1, 2], truncated: true }, 1, 1).meta).toEqual({
    page: 1,
    limit: 1,
    truncated: true,
    has_next: true,
    has_prev: false,
  })
})

test('a cursor wins over an offset, and is one', () => {
  expect(offsetIn({ cursor: '30', offset: 5 })).toBe(30)
  expect(offsetIn({ offset: 5 })).toBe(5)
  expect(cursorMeta(30)).toEqual({ has_next: true, forwards_cursor: '30' })
  expect(cursorMeta(null, { total: 3 })).toEqual({ has_next: false, forwards_cursor: null, total: 3 })
})
test.each(['', '-1', '1.5', '1e3', ' 1', '9999999999', 'x'])('%j is not a cursor', (cursor) => {
  expect(() => offsetIn({ cursor, offset: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_PARAMETERS' }))
})

describe('gather', () => {
  const pagesOf = (count: number) => (next: number | undefined) =>
    Promise.resolve({ items: [next ?? 0], next: (next ?? 0) + 1 < count ? (next ?? 0) + 1 : undefined })
  test.each([
    [3, 10, { items: [0, 1, 2], truncated: false }],
    [3, 3, { items: [0, 1, 2], truncated: false }],
    [3, 2, { items: [0, 1], truncated: true }],
  ])('of %d pages, at most %d items', async (pages, most, expected) => {
    expect(await gather(pagesOf(pages), most)).toEqual(expected)
  })
  test('cuts a page that is longer than what is wanted', async () => {
    expect(await gather(async () => ({ items: [1, 2, 3], next: undefined }), 2)).toEqual({
      items: [1, 2],
      truncated: true,
    })
  })
})

describe('fanOut', () => {
  test('keeps the order, and works on at most four at a time', async () => {
    const running: (() => void)[] = []
    const done = fanOut([0, 1, 2, 3, 4, 5], async (item) => {
      await new Promise<void>((resolve) => running.push(resolve))
      return item
    })
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    await turn()
    expect(running).toHaveLength(4)
    for (const finish of running.splice(0).reverse()) finish()
    await turn()
    expect(running).toHaveLength(2)
    for (const finish of running) finish()
    expect(await done).toEqual([0, 1, 2, 3, 4, 5])
  })
  test('begins nothing more after a failure', async () => {
    const begun: number[] = []
    const work = fanOut(
      [0, 1, 2, 3, 4],
      async (item) => {
        begun.push(item)
        if (item === 1) throw new Error('no')
      },
      { atOnce: 1 },
    )
    await expect(work).rejects.toThrow('no')
    expect(begun).toEqual([0, 1])
  })
  test('ends with the call', async () => {
    const controller = new AbortController()
    const work = fanOut([1, 2], () => new Promise(() => undefined), { signal: controller.signal })
    controller.abort(new Error('gone'))
    await expect(work).rejects.toThrow('gone')
  })
})
