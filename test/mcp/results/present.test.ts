import { describe, expect, test } from 'vitest'
import type { Json, JsonObject } from '../../../src/base/json.js'
import { MemoryKeeping } from '../../../src/mcp/kept/memory.js'
import { present, type Wanted } from '../../../src/mcp/results/present.js'
import { estimateTokens } from '../../../src/mcp/results/tokens.js'

const keeping = new MemoryKeeping()
const show = (data: Json, meta: JsonObject | null, wanted: Partial<Wanted> = {}) =>
  present(
    { data, meta, actedAs: null },
    { maxTokens: 6_000, format: 'columns', areUsual: false, ...wanted },
    { keeping },
  )

describe('the position of a page', () => {
  test.each([40, 400, 4_000])('stays whole, however small the budget: a cursor of %d characters', async (length) => {
    const position = { has_next: true, page: 3, forwards_cursor: 'Zm9vYmFy_-'.repeat(length / 10) }
    const { shown } = await show([{ id: 1 }], { ...position, note: 'A note. '.repeat(9_000) }, { maxTokens: 200 })
    expect(shown.meta).toMatchObject(position)
    expect(shown.data).toEqual([{ id: 1 }])
  })

  test('is cut only where it is longer than any cursor', async () => {
    const { shown } = await show([{ id: 1 }], { forwards_cursor: 'Zm9vYmFy_-'.repeat(100_000) })
    expect(estimateTokens(JSON.stringify(shown))).toBeLessThanOrEqual(6_000)
  })
})

describe('fields that would fit', () => {
  const wide = Object.fromEntries(Array.from({ length: 14 }, (_, at) => [`field_${at}`, 'word '.repeat(20)]))
  const items = Array.from({ length: 100 }, () => wide)

  test('are proposed where the budget was too small, and not where the call asked for no more items', async () => {
    expect((await show(items, null)).shown.meta).toHaveProperty('fitting_fields')
    const { shown, notes } = await show(items, null, { limit: 3 })
    expect(shown.meta).toMatchObject({ items_shown: 3, items_total: 100 })
    expect(shown.meta).not.toHaveProperty('fitting_fields')
    expect(notes?.join()).not.toContain('fitting_fields')
  })
})

test('the path to what is shown is cut where it is long', async () => {
  const { shown } = await show({ ['x'.repeat(5_000)]: Array.from({ length: 9_000 }, (_, id) => id) }, null)
  expect(String(shown.meta?.shown_at).length).toBeLessThanOrEqual(201)
})
