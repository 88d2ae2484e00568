import fc from 'fast-check'
import { expect, test } from 'vitest'
import { deriveKey, hashOfBytes, hashSecret, sameHash, sign, verifySignature } from '../../src/crypto/index.js'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))

/** FIPS 180-4, the example "abc". */
const SHA256_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('hashes are SHA-256', () => {
  expect(hashOfBytes('abc')).toBe(SHA256_ABC)
  expect(hashOfBytes(Buffer.from('abc'))).toBe(SHA256_ABC)
  expect(hashSecret('abc')).toBe(Buffer.from(SHA256_ABC, 'hex').toString('base64url'))
})

test('hashes are compared correctly, whatever their length', () => {
  expect(sameHash(hashSecret('a'), hashSecret('a'))).toBe(true)
  expect(sameHash(hashSecret('a'), hashSecret('b'))).toBe(false)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(sameHash(a, b)).toBe(a === b)
      expect(sameHash(a, a)).toBe(true)
    }),
  )
})

/** RFC 5869 test case 3: no salt, no info; its 42 bytes begin with our 32. */
test('keys are derived by HKDF with SHA-256', () => {
  expect(Buffer.from(deriveKey(hex('0b'.repeat(22)), '')).toString('hex')).toBe(
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
  )
})

test('each label derives a key of its own, always the same', () => {
  const root = hex('07'.repeat(32))
  expect(deriveKey(root, 'user-token')).toEqual(deriveKey(root, 'user-token'))
  expect(deriveKey(root, 'user-token')).not.toEqual(deriveKey(root, 'administrator'))
  expect(deriveKey(hex('08'.repeat(32)), 'user-token')).not.toEqual(deriveKey(root, 'user-token'))
  expect(deriveKey(root, 'user-token')).toHaveLength(32)
})

/** RFC 4231 test case 2. */
test('signatures are HMAC with SHA-256', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  expect(sign(Buffer.from('Jefe'), 'what do ya want for nothing?')).toBe(
    Buffer.from(expected, 'hex').toString('base64url'),
  )
})

test('a signature is valid for one text and one key only', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, other) => {
      const key = hex('01'.repeat(32))
      const signature = sign(key, text)
      expect(verifySignature(key, text, signature)).toBe(true)
      expect(verifySignature(key, other, signature)).toBe(other === text)
      expect(verifySignature(hex('02'.repeat(32)), text, signature)).toBe(false)
      expect(verifySignature(key, text, other)).toBe(false)
      expect(verifySignature(key, text, `${signature}A`)).toBe(false)
    }),
  )
})
