import { describe, expect, test } from 'vitest'
import { connectionPage, connectionVariables } from '../../../src/kit/index.js'

const info = { has_next_page: true, has_previous_page: true, start_cursor: 'S', end_cursor: 'E' }
const connection = (page_info: object = info) => ({
  nodes: [{ id: 1 }, null],
  total_count: 5,
  page_info: { ...page_info },
})

describe('the part of a connection', () => {
  test.each<[object, object]>([
    [{}, { first: 2 }],
    [{ cursor: 'X' }, { first: 2, after: 'X' }],
    [{ from_last: true }, { last: 2 }],
    [
      { from_last: true, cursor: 'X' },
      { last: 2, before: 'X' },
    ],
    [{ cursor: 'before:X' }, { last: 2, before: 'X' }],
    [
      { from_last: true, cursor: 'after:X' },
      { first: 2, after: 'X' },
    ],
  ])('%j is asked for as %j', (part, variables) => {
    expect(connectionVariables({ per_page: 2, ...part })).toEqual(variables)
  })
})

describe('a page of a connection', () => {
  const page = (part: object = {}, page_info: object = info) =>
    connectionPage(connection(page_info), { per_page: 2, ...part }, (node) => ({ made: node }))

  test('has the nodes themselves by default, and none of a connection that is not there', () => {
    expect(connectionPage(connection(), { per_page: 2 }).data).toEqual([{ id: 1 }])
    for (const missing of [undefined, null]) {
      const { data, meta } = connectionPage(missing, { per_page: 2 })
      expect([data, meta]).toEqual([
        [],
        { has_next: false, has_prev: false, forwards_cursor: null, backwards_cursor: null },
      ])
    }
  })

  test('has its items, and cursors that lead on and back by themselves', () => {
    const { data, meta } = page()
    expect(data).toEqual([{ made: { id: 1 } }])
    const cursors = { forwards_cursor: 'E', backwards_cursor: 'before:S' }
    expect(meta).toEqual({ total: 5, total_page: 3, has_next: true, has_prev: true, ...cursors })
    expect(page({ from_last: true }).meta).toMatchObject({ forwards_cursor: 'after:E', backwards_cursor: 'before:S' })
  })

  test('at the end has no cursor, and one that began at a cursor has what lies before it', () => {
    const alone = { ...info, has_next_page: false, has_previous_page: false }
    expect(page({}, alone).meta).toMatchObject({
      has_next: false,
      has_prev: false,
      forwards_cursor: null,
      backwards_cursor: null,
    })
    expect(page({ cursor: 'X' }, alone).meta).toMatchObject({
      has_next: false,
      has_prev: true,
      backwards_cursor: 'before:S',
    })
    expect(page({ cursor: 'before:X' }, alone).meta).toMatchObject({
      has_next: true,
      forwards_cursor: 'E',
      has_prev: false,
    })
  })

  test('invents no total and no items', () => {
    expect(connectionPage({ nodes: null }, { per_page: 2 }, (node) => node)).toEqual({
      data: [],
      meta: { has_next: false, has_prev: false, forwards_cursor: null, backwards_cursor: null },
    })
  })
})
