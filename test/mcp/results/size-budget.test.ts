import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitToBudget } from '../../../src/mcp/results/size-budget.js'

const size = (value: unknown) => JSON.stringify(value).length
const items = (count: number, text = 'x'.repeat(90)) => Array.from({ length: count }, (_, id) => ({ id, text }))

describe('an answer within the budget', () => {
  test('is returned unchanged', () => {
    const value = { items: items(10) }
    expect(fitToBudget(value, 10_000)).toEqual({ value })
    expect(fitToBudget(value, 10_000).value).toBe(value)
  })
})

describe('an answer beyond the budget', () => {
  test('keeps the first whole items, as many as fit', () => {
    const list = items(100)
    const { value, cut } = fitToBudget(list, 2_000)
    const shown = value as unknown[]
    expect(value).toEqual(list.slice(0, shown.length))
    expect(size(value)).toBeLessThanOrEqual(2_000)
    expect(size(list.slice(0, shown.length + 1))).toBeGreaterThan(2_000)
    expect(cut).toEqual({ list: { path: [], shown: shown.length, total: 100 }, within: false })
  })

  test('cuts the largest list inside an object and leaves the rest whole', () => {
    const answer = { total: 100, tags: ['a', 'b'], result: { files: items(100) } }
    const { value, cut } = fitToBudget(answer, 2_000)
    expect(value).toMatchObject({ total: 100, tags: ['a', 'b'] })
    expect(cut?.list).toMatchObject({ path: ['result', 'files'], total: 100 })
    expect(size(value)).toBeLessThanOrEqual(2_000)
  })

  test('shows a first item that is too long with its texts cut', () => {
    const { value, cut } = fitToBudget([{ id: 1, body: 'y'.repeat(5_000) }, { id: 2 }], 1_000)
    expect(value).toEqual([{ id: 1, body: expect.stringMatching(/^y{500,}…$/) }])
    expect(cut).toEqual({ list: { path: [], shown: 1, total: 2 }, within: true })
  })

  test('cuts a single long text, never in the middle of a character', () => {
    const { value, cut } = fitToBudget({ name: 'a', body: '\u{1F600}'.repeat(5_000) }, 1_000)
    const { body } = value as { body: string }
    expect(body).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/)
    expect(size(value)).toBeLessThanOrEqual(1_000)
    expect(size(value)).toBeGreaterThan(900)
    expect(cut).toEqual({ within: true })
  })

  test('omits fields if texts are not the largest part', () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`field_${index}`, index]))
    const { value, cut } = fitToBudget(wide, 1_000)
    expect(Object.keys(value as object)[0]).toBe('field_0')
    expect(size(value)).toBeGreaterThan(800)
    expect(size(value)).toBeLessThanOrEqual(1_000)
    expect(cut).toEqual({ within: true })
  })
})

test('shortening a large and deeply nested answer takes linear time', () => {
  let deep: unknown = Array.from({ length: 100_000 }, (_, id) => [id])
  for (let level = 0; level < 900; level++) deep = level % 2 ? { a: deep } : [deep]
  // Counted again on each level, these would be a GB of JSON.
  expect(size(fitToBudget(deep, 4_000).value)).toBeLessThanOrEqual(4_000)
})

test('every shortened answer fits, and one that fitted is unchanged', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.integer({ min: 60, max: 400 }), (value, budget) => {
      const fitted = fitToBudget(value, budget)
      expect(size(fitted.value)).toBeLessThanOrEqual(budget)
      expect(fitted.cut === undefined).toBe(size(value) <= budget)
    }),
    { numRuns: 2_000 },
  )
})
