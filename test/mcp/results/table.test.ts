import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asTable } from '../../../src/mcp/results/table.js'
import { cpuTimeOf } from '../../cpu-time.js'

const STRICT = { emptyMayGo: false }
const times = (count: number, make: (index: number) => unknown) => Array.from({ length: count }, (_, at) => make(at))

describe('a list becomes a table', () => {
  test('if it has four items of one shape', () => {
    const items = times(4, (id) => ({ id, title: `Issue ${id}` }))
    expect(asTable(items, STRICT)).toEqual({
      columns: ['id', 'title'],
      rows: [
        [0, 'Issue 0'],
        [1, 'Issue 1'],
        [2, 'Issue 2'],
        [3, 'Issue 3'],
      ],
    })
    expect(asTable(items.slice(1), STRICT)).toBeUndefined()
  })

  test('with the members of objects as columns of their own, null where the object is null', () => {
    const items = times(5, (id) => ({ id, user: id === 2 ? null : { login: 'ada', team: { name: 'core' } } }))
    expect(asTable(items, STRICT)?.columns).toEqual(['id', 'user.login', 'user.team.name'])
    expect(asTable(items, STRICT)?.rows[2]).toEqual([2, null, null])
  })

  test('with lists as they are', () => {
    const table = asTable(
      times(4, (id) => ({ identifier: id, labels: [{ name: 'bug' }] })),
      STRICT,
    )
    expect(table?.rows[0]).toEqual([0, [{ name: 'bug' }]])
  })

  test.each([
    ['has another member', { id: 9, name: 'a', more: 1 }],
    ['has a member less', { id: 9 }],
    ['has an object in place of a value', { id: 9, name: { first: 'a' } }],
    ['is a text', 'a'],
    ['is null', null],
    ['is a list', [1, 2]],
  ])('but not if one item %s', (_what, item) => {
    const items = [...times(5, (id) => ({ id, name: 'a' })), item]
    expect(asTable(items, STRICT)).toBeUndefined()
  })

  test('but not if two members have the same path', () => {
    expect(
      asTable(
        times(5, () => ({ 'a.b': 1, a: { b: 2 } })),
        STRICT,
      ),
    ).toBeUndefined()
    expect(
      asTable(
        times(5, () => ({ 'sum(a.b)': 1 })),
        STRICT,
      )?.columns,
    ).toEqual(['sum(a.b)'])
  })

  test('but not if it is wider than two hundred columns, or a map', () => {
    const wide = Object.fromEntries(times(201, (at) => [`field_${at}`, at]) as [string, number][])
    expect(asTable([wide, wide, wide, wide], STRICT)).toBeUndefined()
    expect(
      asTable(
        times(500, (at) => ({ [`key_${at}`]: 1 })),
        { emptyMayGo: true },
      ),
    ).toBeUndefined()
  })

  test('exactly if it is shorter: rows of a database, whose names are all that they can save', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant({}), fc.array(fc.integer()))
    const columns = fc.uniqueArray(fc.stringMatching(/^[a-z"é]{1,3}$/), { minLength: 1, maxLength: 4 })
    const lists = columns.chain((names) =>
      fc.array(fc.tuple(...names.map(() => value)), { minLength: 4, maxLength: 12 }).map((rows) => ({ names, rows })),
    )
    fc.assert(
      fc.property(lists, ({ names, rows }) => {
        const items = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])))
        const table = { columns: names, rows }
        const isShorter = JSON.stringify(table).length < JSON.stringify(items).length
        expect(asTable(items, STRICT)).toEqual(isShorter ? table : undefined)
      }),
      { numRuns: 2000 },
    )
  })

  test('without members that are empty everywhere, and with null for those that are missing, where these may go', () => {
    const items = times(6, (id) => ({ id, body: '', closed_at: null, ...(id === 1 ? {} : { assignee: 'ada' }) }))
    expect(asTable(items, STRICT)).toBeUndefined()
    expect(asTable(items, { emptyMayGo: true })).toMatchObject({ columns: ['id', 'assignee'] })
    expect(asTable(items, { emptyMayGo: true })?.rows[1]).toEqual([1, null])
  })
})

test('a table holds every value of its items, and is shorter', () => {
  const item = fc.record({
    id: fc.integer(),
    name: fc.string(),
    user: fc.record({ login: fc.string(), tags: fc.array(fc.string()) }),
  })
  fc.assert(
    fc.property(fc.array(item, { minLength: 4 }), (items) => {
      const table = asTable(items, STRICT)
      if (table === undefined) return expect.fail('a list of one shape must become a table')
      const cells = items.map(({ id, name, user }) => [id, name, user.login, user.tags])
      expect(table).toEqual({ columns: ['id', 'name', 'user.login', 'user.tags'], rows: cells })
      expect(JSON.stringify(table).length).toBeLessThan(JSON.stringify(items).length)
    }),
  )
})

describe('a table takes time and memory in proportion to its items', () => {
  test('however long the names in them are', () => {
    const inner = Object.fromEntries(times(190, (at) => [`a${at}`, at]) as [string, number][])
    const items = times(40, () => ({ ['k'.repeat(100_000)]: inner }))
    expect(cpuTimeOf(() => expect(asTable(items, STRICT)).toBeUndefined())).toBeLessThan(1_000)
  })

  test.each([{ emptyMayGo: true }, STRICT])('however few of its members most of them have, %j', (options) => {
    let deep: unknown = Object.fromEntries(times(190, (at) => [`a${at}`, at]) as [string, number][])
    for (let level = 0; level < 100; level += 1) deep = { a: deep }
    const items = [...times(100_000, () => ({ a: null })), deep]
    expect(cpuTimeOf(() => expect(asTable(items, options)).toBeUndefined())).toBeLessThan(1_000)
  })
})
