import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutTrailingSlashes } from '../../src/base/trailing-slashes.js'

test('the slashes at the end are removed, and nothing else', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(50), (text, count) => {
      const cut = withoutTrailingSlashes(text + '/'.repeat(count))
      expect(cut.endsWith('/')).toBe(false)
      expect(`${cut}${text.slice(cut.length)}`).toBe(text)
      expect(text.slice(cut.length)).toMatch(/^\/*$/)
    }),
  )
})

test('many slashes that do not stand at the end are no more work than other text', () => {
  const text = `${'/'.repeat(1_000_000)}x`
  // A regular expression takes hours for this.
  expect(withoutTrailingSlashes(text)).toBe(text)
})
