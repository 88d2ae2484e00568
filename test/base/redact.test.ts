import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonChecker, redactor } from '../../src/base/redact.js'
import { includesText, replaceText } from '../../src/base/replace-text.js'

describe('replaceText', () => {
  test('does what the platform does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })
    const pieces = fc.array(letters, { maxLength: 8 })
    fc.assert(
      fc.property(letters, pieces, fc.nat(80), (core, around, length) => {
        const needle = `${'a'.repeat(length)}b${core}`
        const text = around.join(needle)
        expect(replaceText(text, needle, '$&')).toBe(text.replaceAll(needle, () => '$&'))
        expect(includesText(text, needle)).toBe(text.includes(needle))
      }),
      { numRuns: 3000 },
    )
  })

  test('takes linear time for a needle and a text that are made for each other', () => {
    const length = 16_384
    const needle = `${'a'.repeat(length)}b${'a'.repeat(length)}`
    const text = 'a'.repeat(5_000_000)
    // The platform's search takes half a minute for each.
    expect(replaceText(text, needle, 'x')).toBe(text)
    expect(replaceText(text + needle, needle, 'x')).toBe(`${text}x`)
    expect(includesText(text, needle)).toBe(false)
    expect(includesText(text + needle, needle)).toBe(true)
  })
})

describe('redactor', () => {
  const secret = 'correct horse battery staple'

  test('blacks out every form of a secret, in texts and keys', () => {
    const clean = redactor([secret])
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]
    expect(clean(forms.map((form) => `<${form}>`))).toEqual(forms.map(() => '<***>'))
    expect(clean({ [secret]: 1 })).toEqual({ '***': 1 })
  })

  test('a secret that is not well-formed text is blacked out like any other', () => {
    expect(redactor(['secret \ud800 of nobody'])('is it secret \ud800 of nobody?')).toBe('is it ***?')
  })

  test('what is nested too deep for a walk is an error and no exhausted stack', () => {
    const deep = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`)
    expect(() => redactor([secret])(deep)).toThrow(expect.objectContaining({ code: 'UPSTREAM_ERROR' }))
  })
})

describe('jsonChecker', () => {
  /** Pieces that JSON writes differently, or that become another character side by side. */
  const piece = fc.constantFrom('a', 'b', 'é', ' ', '/', '"', '\\', '\n', '\u0001', '\ud83d', '\ude00', '😀', ',', ':')
  /** Values with many of the secrets, whole and in parts, as they are and as a third party may quote them. */
  const valueWith = (secrets: readonly string[], pieces: fc.Arbitrary<string>) => {
    const quoted = fc.constantFrom(
      ...secrets.flatMap((each) => [each, JSON.stringify(each), Buffer.from(each).toString('base64')]),
    )
    const text = fc.array(fc.oneof(pieces, quoted), { maxLength: 6 }).map((parts) => parts.join(''))
    return fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    })).value
  }
  const secretOf = (pieces: fc.Arbitrary<string>) => fc.string({ unit: pieces, minLength: 1, maxLength: 5 })
  const scene = (pieces: fc.Arbitrary<string>) =>
    fc
      .array(secretOf(pieces), { minLength: 1, maxLength: 2 })
      .chain((secrets) => fc.tuple(fc.constant(secrets), valueWith(secrets, pieces)))

  test('never calls a text clean whose value the walk would change', () => {
    fc.assert(
      fc.property(scene(piece), fc.constantFrom(0, 2), ([secrets, value], indentation) => {
        const isClean = jsonChecker(secrets, 1)(JSON.stringify(value, null, indentation))
        if (redactor(secrets, 1)(value) !== value) expect(isClean).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  test('agrees with the walk where secrets could not be taken for the signs of JSON', () => {
    const plain = fc.constantFrom('p', 'q', 'é', ' ', '/', '\n', '😀')
    fc.assert(
      fc.property(scene(plain), ([secrets, value]) => {
        const long = secrets.map((secret) => `p/${secret}`)
        expect(jsonChecker(long)(JSON.stringify(value))).toBe(redactor(long)(value) === value)
      }),
      { numRuns: 5000 },
    )
  })

  test('finds every form of a secret, in texts and keys, and leaves out those that are too short', () => {
    const secret = 'a "password"\nof two lines'
    const isClean = jsonChecker([secret, 'abc'])
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64'), JSON.stringify(secret)]
    for (const form of forms) {
      expect(isClean(JSON.stringify([{ text: `<${form}>` }]))).toBe(false)
      expect(isClean(JSON.stringify({ [form]: 1 }))).toBe(false)
    }
    expect(isClean(JSON.stringify({ text: 'abc and a password\nof two lines' }))).toBe(true)
  })

  test('a secret with half a surrogate pair is left to the walk, which finds it within the whole pair', () => {
    const [half, value] = ['secret \ud83d', { text: 'my secret \u{1f600}' }]
    expect(redactor([half])(value)).toEqual({ text: 'my ***\ude00' })
    expect(jsonChecker([half])(JSON.stringify(value))).toBe(false)
  })

  test('without secrets every text is clean', () => {
    expect(jsonChecker([])('{"a":1}')).toBe(true)
  })
})
