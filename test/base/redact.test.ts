import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactor } from '../../src/base/redact.js'
import { replaceText } from '../../src/base/replace-text.js'

describe('replaceText', () => {
  test('does what the platform does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })
    const pieces = fc.array(letters, { maxLength: 8 })
    fc.assert(
      fc.property(letters, pieces, fc.nat(80), (core, around, length) => {
        const needle = `${'a'.repeat(length)}b${core}`
        const text = around.join(needle)
        expect(replaceText(text, needle, '$&')).toBe(text.replaceAll(needle, () => '$&'))
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
