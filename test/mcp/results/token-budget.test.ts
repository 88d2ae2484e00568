import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Form, fitAnswer } from '../../../src/mcp/results/token-budget.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'
import { cpuTimeOf } from '../../cpu-time.js'

const COLUMNS: Form = { format: 'columns', emptyMayGo: false }
const OBJECTS: Form = { format: 'objects', emptyMayGo: false }
const tokensOf = (value: unknown) => estimateTokens(JSON.stringify(value))
const items = (count: number) => Array.from({ length: count }, (_, id) => ({ id, text: `Item ${id} of the list` }))

/** All parts of an answer, one after the other. */
function pages(data: unknown, form: Form, tokens: number) {
  const parts = []
  for (let offset = 0, end = Number.POSITIVE_INFINITY; offset < end; ) {
    const fitted = fitAnswer(data, form, { tokens, offset })
    parts.push(fitted)
    if (fitted.part === undefined) break
    if (fitted.part.shown === 0) return expect.fail('a page must show something')
    end = fitted.part.total
    offset = fitted.part.offset + fitted.part.shown
  }
  return parts
}

describe('an answer that fits', () => {
  test('is whole, its lists as tables', () => {
    const table = { columns: ['id', 'text'], rows: items(4).map(({ id, text }) => [id, text]) }
    expect(fitAnswer({ files: items(4) }, COLUMNS, { tokens: 500 })).toEqual({
      data: { files: table },
      json: JSON.stringify({ files: table }),
      isCutWithin: false,
    })
    const asObjects = { data: items(4), json: JSON.stringify(items(4)), isCutWithin: false }
    expect(fitAnswer(items(4), OBJECTS, { tokens: 500 })).toEqual(asObjects)
  })
})

describe('an answer that does not fit', () => {
  test('keeps the first whole items of its largest list', () => {
    const { data, part, isCutWithin } = fitAnswer({ total: 300, files: items(300), tags: ['a'] }, COLUMNS, {
      tokens: 400,
    })
    const { files, ...rest } = data as { files: { rows: unknown[] } }
    expect(rest).toEqual({ total: 300, tags: ['a'] })
    expect(part).toEqual({ of: 'items', path: ['files'], offset: 0, shown: files.rows.length, total: 300 })
    expect(files.rows.length).toBeGreaterThan(20)
    expect(isCutWithin).toBe(false)
  })

  test('keeps the beginning of a long text, to the end of a line', () => {
    const text = 'A line of this text.\n'.repeat(500)
    const { data, part } = fitAnswer({ id: 1, text }, COLUMNS, { tokens: 300 })
    const shown = (data as { text: string }).text
    expect(shown.endsWith('.\n')).toBe(true)
    expect(part).toEqual({ of: 'characters', path: ['text'], offset: 0, shown: shown.length, total: text.length })
  })

  test('of which a single item is too long has that cut, and says so', () => {
    const { data, part, isCutWithin } = fitAnswer([{ body: 'word '.repeat(5_000) }, { body: '' }], COLUMNS, {
      tokens: 300,
    })
    expect(data).toEqual([{ body: expect.stringMatching(/^(word )+/) }])
    expect([part?.shown, part?.total, isCutWithin]).toEqual([1, 2, true])
  })

  test('of many members loses the last ones', () => {
    const wide = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`field_${at}`, at]))
    const { data, isCutWithin } = fitAnswer(wide, COLUMNS, { tokens: 300 })
    expect(Object.keys(data as object)[0]).toBe('field_0')
    expect(isCutWithin).toBe(true)
  })

  test('is shown in parts that have everything, in order', () => {
    const all = items(500)
    const shown = pages(all, OBJECTS, 700).flatMap(({ data }) => data as unknown[])
    expect(shown).toEqual(all)
    const rows = pages(all, COLUMNS, 700).flatMap(
      ({ data }) => (data as { rows?: unknown[] }).rows ?? (data as unknown[]),
    )
    expect(rows).toHaveLength(500)
    const text = 'Some words, and more of them. '.repeat(900)
    expect(
      pages({ text }, COLUMNS, 700)
        .map(({ data }) => (data as { text: string }).text)
        .join(''),
    ).toBe(text)
  })

  test('may be asked for a few items', () => {
    const { data, part } = fitAnswer(items(50), COLUMNS, { tokens: 5_000, offset: 10, most: 5 })
    expect((data as { rows: unknown[] }).rows.map((row) => (row as number[])[0])).toEqual([10, 11, 12, 13, 14])
    expect(part).toEqual({ of: 'items', path: [], offset: 10, shown: 5, total: 50 })
  })
})

test('whatever is shown fits', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 5 }),
      fc.integer({ min: 60, max: 400 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 5 }),
      (data, tokens, emptyMayGo, offset) => {
        const fitted = fitAnswer(data, { format: 'columns', emptyMayGo }, { tokens, offset })
        expect(tokensOf(fitted.data)).toBeLessThanOrEqual(tokens)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a text is never cut inside a character', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }),
      fc.integer({ min: 40, max: 80 }),
      fc.nat({ max: 90 }),
      (text, tokens, offset) => {
        const { data } = fitAnswer({ text }, OBJECTS, { tokens, offset })
        expect((data as { text: string }).text).not.toMatch(/[\uD800-\uDBFF]$|^[\uDC00-\uDFFF]/)
      },
    ),
  )
})

test('fitting a large and deeply nested answer takes linear time', () => {
  let deep: unknown = Array.from({ length: 100_000 }, (_, id) => [id])
  for (let level = 0; level < 900; level++) deep = level % 2 ? { a: deep } : [deep]
  expect(tokensOf(fitAnswer(deep, COLUMNS, { tokens: 2_000 }).data)).toBeLessThanOrEqual(2_000)
})

test('fitting a map of many members takes linear time, and little of it', () => {
  const map = Object.fromEntries(Array.from({ length: 200_000 }, (_, at) => [`key_${at}`, { at }]))
  const fit = () => expect(fitAnswer(map, COLUMNS, { tokens: 2_000 }).isCutWithin).toBe(true)
  expect(cpuTimeOf(fit)).toBeLessThan(5_000)
})

test('a member of any name is shown', () => {
  const data = JSON.parse('{"__proto__": {"texts": ["a"]}, "constructor": 1, "": {"a.b": [1]}}') as object
  const { data: shown } = fitAnswer(data, COLUMNS, { tokens: 500 })
  expect(JSON.stringify(shown)).toBe(JSON.stringify(data))
  const table = Array.from({ length: 5 }, () => JSON.parse('{"__proto__": 1, "constructor": 2}') as object)
  const long = { ...JSON.parse('{"__proto__": 1}'), list: table, text: 'word '.repeat(400) }
  const cut = fitAnswer(long, COLUMNS, { tokens: 300 })
  expect(JSON.stringify(cut.data)).toContain('"__proto__":1,"list":{"columns":["__proto__","constructor"]')
})
