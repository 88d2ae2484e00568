import { expect, test } from 'vitest'
import { ReadTexts } from '../../../src/database/sql/read-texts.js'
import { readStatement } from '../../../src/database/sql/statement.js'

/** Reads texts and notes which it had to read. */
function noting(mostTexts: number, mostCharacters: number) {
  const texts = new ReadTexts<string>(mostTexts, mostCharacters)
  let read: string[] = []
  return {
    texts,
    of(...asked: string[]): string[] {
      read = []
      for (const text of asked) {
        const made = texts.of(text, (given) => {
          read.push(given)
          return given.toUpperCase()
        })
        expect(made).toBe(text.toUpperCase())
      }
      return read
    },
  }
}

test('a text is read once', () => {
  expect(noting(3, 100).of('a', 'b', 'a', 'b', 'a')).toEqual(['a', 'b'])
})

test('the texts that are kept are so many at most, and those that are used stay', () => {
  const { texts, of } = noting(3, 100)
  of('a', 'b', 'c')
  expect(of('a', 'd', 'e')).toEqual(['d', 'e'])
  expect(texts.size).toBe(3)
  expect(of('a')).toEqual([])
  expect(of('b')).toEqual(['b'])
})

test('the texts that are kept have so many characters together at most', () => {
  const { texts, of } = noting(100, 10)
  of('aaaa', 'bbbb', 'cccc')
  expect(texts.size).toBe(2)
  expect(of('cccc', 'bbbb')).toEqual([])
  expect(of('d'.repeat(10))).toHaveLength(1)
  expect(texts.size).toBe(1)
  // What is longer than all may be together is not kept.
  of('e'.repeat(11))
  expect(of('e'.repeat(11))).toHaveLength(1)
  expect(of('d'.repeat(10))).toEqual([])
})

test('all of them in use does not keep new ones out', () => {
  const { texts, of } = noting(3, 100)
  for (let round = 0; round < 5; round += 1) of('a', 'b', 'c', 'd', 'e')
  expect(texts.size).toBe(3)
})

test('what is thrown is thrown each time', () => {
  const texts = new ReadTexts<string>()
  const fail = () => {
    throw new Error('no')
  }
  expect(() => texts.of('a', fail)).toThrow('no')
  expect(() => texts.of('a', fail)).toThrow('no')
  expect(texts.size).toBe(0)
})

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
