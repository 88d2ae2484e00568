import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  deriveKey,
  formatApiKey,
  formatUserSecret,
  parseApiKey,
  parseUserSecret,
  secretPreview,
} from '../../src/crypto/index.js'

const ID = '0b6f8a52-6c3e-4d3a-9f0e-3a5a7d0c1b2e'
const SECRET = 'A'.repeat(43)
const base64 = (text: string): string => Buffer.from(text).toString('base64url')
const name = fc.string({ unit: 'grapheme', maxLength: 255 })

test('an API key is made of id, name and secret', () => {
  expect(formatApiKey({ id: ID, name: 'default', secret: SECRET })).toBe(
    `sk-client-${base64(ID)}.ZGVmYXVsdA.${'A'.repeat(43)}`,
  )
  expect(formatUserSecret({ id: ID, identifier: 'ann@example.com', secret: SECRET })).toBe(
    `sk-user-${base64(ID)}.YW5uQGV4YW1wbGUuY29t.${'A'.repeat(43)}`,
  )
})

test('without a given secret, 32 random bytes are taken', () => {
  const secrets = [formatApiKey({ id: ID, name: 'a' }), formatApiKey({ id: ID, name: 'a' })].map(
    (key) => key.split('.')[2],
  )
  expect(Buffer.from(secrets[0] ?? '', 'base64url')).toHaveLength(32)
  expect(secrets[0]).not.toBe(secrets[1])
})

test('a derived key may be the secret', () => {
  const secret = Buffer.from(deriveKey(new Uint8Array(32), 'default-client')).toString('base64url')
  expect(parseApiKey(formatApiKey({ id: ID, name: 'default', secret }))).toEqual({ id: ID })
})

test('any name is read back', () => {
  fc.assert(
    fc.property(fc.uuid(), name, (id, name) => {
      expect(parseApiKey(formatApiKey({ id, name }))).toEqual({ id })
      expect(parseUserSecret(formatUserSecret({ id, identifier: name }))).toEqual({ id, identifier: name })
    }),
  )
})

test('the one is not taken for the other', () => {
  expect(parseApiKey(formatUserSecret({ id: ID, identifier: 'x' }))).toBeUndefined()
  expect(parseUserSecret(formatApiKey({ id: ID, name: 'x' }))).toBeUndefined()
})

test('what does not have the form is not read', () => {
  const bad = [
    '',
    'connector',
    'sk-client-',
    'sk-client-wrong.key.value',
    `sk-client-${base64(ID)}.${base64('a')}`,
    `sk-client-${base64(ID)}.${base64('a')}.`,
    `sk-client-${base64(ID)}.${base64('a')}.${SECRET}.`,
    `sk-client-${base64(ID)}.${base64('a')}.${SECRET}A`,
    `sk-client-${base64(ID)}=.${base64('a')}.${SECRET}`,
    `sk-client-${base64('not-a-uuid')}.${base64('a')}.${SECRET}`,
    `sk-client-${base64(ID.toUpperCase())}.${base64('a')}.${SECRET}`,
    `sk-client-${base64(ID)}.YQ==.${SECRET}`,
    `sk-client-${base64(ID)}._w.${SECRET}`,
    `sk-client-${base64(`${ID}\n`)}.${base64('a')}.${SECRET}`,
    ` sk-client-${base64(ID)}.${base64('a')}.${SECRET}`,
    `sk-client-${base64(ID)}.${base64('a')}.${SECRET}\n`,
    `SK-CLIENT-${base64(ID)}.${base64('a')}.${SECRET}`,
  ]
  for (const text of bad) {
    expect(parseApiKey(text), text).toBeUndefined()
    expect(parseUserSecret(text.replace('client', 'user')), text).toBeUndefined()
  }
})

test('reading never throws, and only the one spelling is read', () => {
  const prefix = fc.constantFrom('', 'sk-client-', 'sk-user-')
  fc.assert(
    fc.property(prefix, fc.string({ unit: 'binary' }), (start, rest) => {
      expect(parseApiKey(start + rest)).toBeUndefined()
      expect(parseUserSecret(start + rest)).toBeUndefined()
    }),
  )
  const key = formatApiKey({ id: ID, name: 'team one' })
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (index, character) => {
      const changed = key.slice(0, index) + character + key.slice(index + 1)
      const read = parseApiKey(changed)
      if (read)
        expect(formatApiKey({ ...read, name: nameOf(changed), secret: changed.split('.')[2] ?? '' })).toBe(changed)
    }),
  )
})

test('a preview shows the last 8 characters', () => {
  expect(secretPreview(formatUserSecret({ id: ID, identifier: 'a', secret: `${'A'.repeat(35)}BCDEFGHI` }))).toBe(
    'sk-user-...BCDEFGHI',
  )
})

const nameOf = (key: string): string => Buffer.from(key.split('.')[1] ?? '', 'base64url').toString()
