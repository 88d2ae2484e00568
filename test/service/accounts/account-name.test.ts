import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountName, accountTitle, formerName, isAccountName } from '../../../src/service/accounts/account-name.js'

/** Texts of every kind: any script, lone surrogates, what the path forbids, long ones. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('a', 'b', '/', '.', '?', '#', '%', '\\', ' ', '_', 'ü', '日', '\ud800', '😀', '*'),
  }),
  fc.string({ minLength: 240, maxLength: 300 }),
)
const runs = { numRuns: 2_000 }

describe('the name of an account', () => {
  test('is always one that clients can paste into a path', () => {
    fc.assert(
      fc.property(text, (original) => {
        expect(isAccountName(accountName(original))).toBe(true)
      }),
      runs,
    )
  })

  test('that is good already stays as it is, a made one too', () => {
    fc.assert(
      fc.property(text, (original) => {
        const name = accountName(original)
        if (isAccountName(original)) expect(name).toBe(original)
        expect(accountName(name)).toBe(name)
      }),
      runs,
    )
  })

  test('is another one for another text', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        if (one !== other) expect(accountName(one)).not.toBe(accountName(other))
      }),
      runs,
    )
  })

  test.each([
    ['日本.db', '東京.db'],
    ['büro.db', 'bäro.db'],
    ['a%b.db', 'a#b.db'],
    ['\ud800', '\ud801'],
    [`${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`],
    ['', '/'],
    ['*', ' *'],
  ])('is different for %j and %j', (one, other) => {
    expect(accountName(one)).not.toBe(accountName(other))
  })

  test.each([
    ['ünï/../?#%', '_n_/_/___-78831957'],
    ['日本', expect.stringMatching(/^__-[0-9a-f]{8}$/)],
    ['*', expect.stringMatching(/^\*-[0-9a-f]{8}$/)],
    ['', expect.stringMatching(/^_-[0-9a-f]{8}$/)],
    [' / ', expect.stringMatching(/^_\/_-[0-9a-f]{8}$/)],
    ['octocat', 'octocat'],
  ])('made of %j is %s', (original, name) => expect(accountName(original)).toEqual(name))
})

describe('the title of an account', () => {
  test.each([
    ['日本.db', '日本.db'],
    ['  Büro \u202e\u200f\u0000Datenbank\n', 'Büro Datenbank'],
    // Persian writes some words with a joiner, and so do families of emoji.
    ['می‌خواهم', 'می‌خواهم'],
    ['\u202e\u0007', null],
  ])('of %j is %j', (original, title) => expect(accountTitle(original, accountName(original))).toBe(title))

  test('is none where it is the name, and is cut where it is long, but not within a character', () => {
    expect(accountTitle('octocat', 'octocat')).toBeNull()
    const title = accountTitle('😀'.repeat(500), 'x') ?? ''
    expect(Array.from(title)).toHaveLength(200)
    expect(title.endsWith('😀…')).toBe(true)
  })
})

test.each([
  ['büro.db', 'b_ro.db'],
  ['😀', '__'],
  ['*', '*'],
  ['', '_'],
  ['octocat', undefined],
])('an earlier release called %j %j', (original, name) => expect(formerName(original)).toBe(name))
