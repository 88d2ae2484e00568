import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { path } from '../../src/http/path.js'

const BASE = 'https://api.example.com'
const refusal = (make: () => unknown): unknown => {
  try {
    make()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  return undefined
}

/** Text that tries: whole strings of what has a meaning in a URL, besides arbitrary text. */
const value = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom('.', '..', '/', '\\', '%', '%2e', '%2F', '%5c', '?', '#', ';', ':', '@', '//', ' ', '\t', '\n'),
    )
    .map((parts) => parts.join('')),
)

describe('path', () => {
  test('keeps a value in its segment, as the URL parser sees it', () => {
    fc.assert(
      fc.property(value, value, (owner, repo) => {
        if (refusal(() => path`/repos/${owner}/${repo}/issues`) === 'INVALID_PARAMETERS') return
        const url = new URL(path`/repos/${owner}/${repo}/issues`.value, BASE)
        expect(url.origin).toBe(BASE)
        expect(url.search + url.hash).toBe('')
        const segments = url.pathname.split('/')
        expect(segments).toHaveLength(5)
        expect(segments.map(decodeURIComponent)).toEqual(['', 'repos', owner, repo, 'issues'])
      }),
      { numRuns: 2000 },
    )
  })

  test('refuses only empty values, dots and ill-formed text', () => {
    fc.assert(
      fc.property(value, (text) => {
        const refused = refusal(() => path`/${text}`) === 'INVALID_PARAMETERS'
        expect(refused).toBe(text === '' || text === '.' || text === '..' || !isWellFormed(text))
      }),
      { numRuns: 1000 },
    )
  })

  test.each(['', '.', '..', '\ud800'])('refuses %j', (text) => {
    expect(refusal(() => path`/x/${text}`)).toBe('INVALID_PARAMETERS')
  })

  test.each([
    ['%2e%2e', '/x/%252e%252e'],
    ['../../user', '/x/..%2F..%2Fuser'],
    ['a?b#c', '/x/a%3Fb%23c'],
    ['C++', '/x/C%2B%2B'],
    ['name with space', '/x/name%20with%20space'],
  ])('writes %j', (text, expected) => {
    expect(path`/x/${text}`.value).toBe(expected)
  })

  test('accepts numbers', () => {
    expect(path`/issues/${12}/comments`.value).toBe('/issues/12/comments')
  })
})

/** ES2024's `String.prototype.isWellFormed`, by its definition. */
const isWellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text)
