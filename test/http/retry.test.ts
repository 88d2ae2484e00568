import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { retryAfterSeconds, waitSeconds } from '../../src/http/retry.js'

const NOW = Date.parse('1994-11-06T08:49:00Z')
const after = (value: string): number | undefined => retryAfterSeconds(new Headers({ 'retry-after': value }), NOW)

describe('Retry-After', () => {
  test.each([
    ['120', 120],
    ['0', 0],
    [' 7 ', 7],
    // The three forms of RFC 9110 §5.6.7.
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37],
    ['Sun Nov  6 08:49:37 1994', 37],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['99999999999999', 99_999_999_999_999],
    ['2000', 2000],
    ['Sun, 99 Foo 1994', undefined],
  ])('%j', (value, expected) => {
    expect(after(value)).toBe(expected)
  })

  test('is undefined if the header is missing', () => {
    expect(retryAfterSeconds(new Headers(), NOW)).toBeUndefined()
  })

  test('given as a date is at most a second off', () => {
    const seconds = fc.integer({ min: 0, max: 100_000_000 })
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999 }), (wait, millisecond) => {
        const now = NOW + millisecond
        const value = new Date(NOW + wait * 1000).toUTCString()
        const got = retryAfterSeconds(new Headers({ 'retry-after': value }), now)
        expect(got).toBe(Math.max(0, Math.ceil((NOW + wait * 1000 - now) / 1000)))
      }),
    )
  })
})

describe('how long an answer asks to wait', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const inNinety = String(now / 1000 + 90)
  test.each<[Record<string, string>, number | undefined]>([
    [{ 'retry-after': '7', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inNinety }, 7],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inNinety }, 90],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${inNinety}.25` }, 91],
    [{ 'x-rate-limit-remaining': '0', 'x-rate-limit-reset': inNinety }, 90],
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': inNinety }, 90],
    // The draft of the standard counts from now.
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '30' }, 30],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(now / 1000 - 5) }, 0],
    [{ 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': inNinety }, undefined],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9'.repeat(400) }, undefined],
    [{ 'x-ratelimit-remaining': '0' }, undefined],
    [{ 'x-ratelimit-reset': inNinety }, undefined],
  ])('%j: %j', (fields, seconds) => {
    expect(waitSeconds(new Headers(fields), now)).toBe(seconds)
  })
})
