import { expect, test } from 'vitest'
import { readStatement } from '../../../src/database/sql/statement.js'

test('a text that was read keeps nothing of its values, and is read for itself in each dialect', () => {
  const sql = 'select "a:b", :a'
  const read = (a: string | number[], quoting?: { ansiQuotes: boolean; backslashes: boolean; brackets: boolean }) =>
    readStatement(sql, { a }, quoting ? { engine: 'mysql', quoting } : { engine: 'postgresql' }, true)
  for (const value of ['x', 'y']) expect(read(value).values).toEqual([value])
  expect(() => read([1])).toThrow('list')
  expect(read('z').text).toBe('select "a:b", $1')
  expect(read('z', { ansiQuotes: true, backslashes: true, brackets: false }).text).toBe('select "a:b", ?')
  const escaped = String.raw`select "a\", :a -- "`
  const inDialect = (ansiQuotes: boolean) => () =>
    readStatement(
      escaped,
      { a: 1 },
      { engine: 'mysql', quoting: { ansiQuotes, backslashes: true, brackets: false } },
      false,
    )
  expect(inDialect(true)().values).toEqual([1])
  expect(inDialect(false)).toThrow('no :a')
  expect(inDialect(true)().values).toEqual([1])
  // What only a read-only account is refused is not kept from the other one.
  const write = (readOnly: boolean) => () => readStatement('delete from a', {}, { engine: 'postgresql' }, readOnly)
  expect(write(false)().words[0]).toBe('delete')
  expect(write(true)).toThrow('read-only')
  expect(write(false)().words[0]).toBe('delete')
})
