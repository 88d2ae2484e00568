import { expect, test } from 'vitest'
import { ReportReader } from '../../../src/database/confined/report-reader.js'

const HEAD = { kind: 'rows', columns: [{ name: 'n', type: 'int4' }], truncated: false }
const rowsOf = (id: number, count: number) => JSON.stringify({ kind: 'rows', id, count, value: HEAD })

test('rows are the line after what is said of them, and stay text until they are looked at', () => {
  const reader = new ReportReader()
  expect(reader.read(rowsOf(7, 2))).toBeUndefined()
  const told = reader.read('[{"n":1},{"n":2}]')
  expect(told).toEqual({ kind: 'done', id: 7, value: { ...HEAD, rows: [{ n: 1 }, { n: 2 }] } })
  const { unread } = (told as { value: { unread: object } }).value
  expect(unread).toEqual({ json: '[{"n":1},{"n":2}]', count: 2 })
})

test('what is said before and after rows is read as it is', () => {
  const reader = new ReportReader()
  const lines = ['{"kind":"alive"}', rowsOf(1, 0), '[]', '{"kind":"done","id":2}', rowsOf(3, 1), '[{"n":3}]']
  const kinds = lines.map((line) => reader.read(line)).map((told) => told && [told.kind, 'id' in told && told.id])
  expect(kinds).toEqual([['alive', false], undefined, ['done', 1], ['done', 2], undefined, ['done', 3]])
})

test('rows that are not JSON fail where they are looked at', () => {
  const reader = new ReportReader()
  reader.read(rowsOf(1, 1))
  const told = reader.read('[{"n":') as { value: { rows: unknown } }
  expect(() => told.value.rows).toThrow(SyntaxError)
})
