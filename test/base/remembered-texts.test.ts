import { expect, test, vi } from 'vitest'
import { RememberedTexts } from '../../src/base/remembered-texts.js'

/** Reads texts and notes which it had to read. */
function noting(most: number, longest: number) {
  const texts = new RememberedTexts<string>({ most, longest })
  const of = (...asked: string[]): string[] => {
    const read: string[] = []
    for (const text of asked) {
      const made = texts.of(text, (given) => {
        read.push(given)
        return given.toUpperCase()
      })
      expect(made).toBe(text.toUpperCase())
    }
    return read
  }
  return { texts, of }
}

test('a text is read once, also where nothing comes of it', () => {
  expect(noting(3, 100).of('a', 'b', 'a', 'b', 'a')).toEqual(['a', 'b'])
  const texts = new RememberedTexts<undefined>({ most: 3, longest: 100 })
  const read = vi.fn(() => undefined)
  for (let time = 0; time < 3; time += 1) texts.of('a', read)
  expect(read).toHaveBeenCalledOnce()
})

test('the texts that are kept are so many at most, and those that are used stay', () => {
  const { texts, of } = noting(3, 100)
  of('a', 'b', 'c')
  expect(of('a', 'd', 'e')).toEqual(['d', 'e'])
  expect(texts.size).toBe(3)
  expect(of('a', 'b')).toEqual(['b'])
})

test('a long text is read each time, and all of them once more after they were forgotten', () => {
  const { texts, of } = noting(3, 10)
  expect(of('a'.repeat(11), 'a'.repeat(11), 'a'.repeat(10), 'a'.repeat(10))).toHaveLength(3)
  texts.clear()
  expect(of('a'.repeat(10))).toHaveLength(1)
})

test('what is thrown is thrown each time', () => {
  const texts = new RememberedTexts<string>({ most: 3, longest: 10 })
  const fail = () => {
    throw new Error('no')
  }
  for (let time = 0; time < 2; time += 1) expect(() => texts.of('a', fail)).toThrow('no')
  expect(texts.size).toBe(0)
})
