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

test('an API key consists of id, name and secret', () => {
  expect(formatApiKey({ id: ID, name: 'default', secret: SECRET })).toBe(
    `sk-client-${base64(ID)}.ZGVmYXVsdA.${'A'.repeat(43)}`,
  )
  expect(formatUserSecret({ id: ID, identifier: 'ann@example.com', secret: SECRET })).toBe(
    `sk-user-${base64(ID)}.YW5uQGV4YW1wbGUuY29t.${'A'.repeat(43)}`,
  )
})

test('an API key without a given secret gets 32 random bytes', () => {
  const secrets = [formatApiKey({ id: ID, name: 'a' }), formatApiKey({ id: ID, name: 'a' })].map(
    (key) => key.split('.')[2],
  )
  expect(Buffer.from(secrets[0] ?? '', 'base64url')).toHaveLength(32)
  expect(secrets[0]).not.toBe(secrets[1])
})

test('a derived key can be the secret of an API key', () => {
  const secret = Buffer.from(deriveKey(new Uint8Array(32), 'default-client')).toString('base64url')
  expect(parseApiKey(formatApiKey({ id: ID, name: 'default', secret }))).toEqual({ id: ID })
})

test('an API key with any name can be parsed', () => {
  fc.assert(
    fc.property(fc.uuid(), name, (id, name) => {
      expect(parseApiKey(formatApiKey({ id, name }))).toEqual({ id })
      expect(parseUserSecret(formatUserSecret({ id, identifier: name }))).toEqual({ id, identifier: name })
    }),
  )
})

test('an API key is not accepted as a user secret, nor the reverse', () => {
  expect(parseApiKey(formatUserSecret({ id: ID, identifier: 'x' }))).toBeUndefined()
  expect(parseUserSecret(formatApiKey({ id: ID, name: 'x' }))).toBeUndefined()
})

test('text of another form is not parsed as an API key or a secret', () => {
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

test('parsing a key never throws, and accepts only the canonical spelling', () => {
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

test('the preview of a secret shows its last 8 characters', () => {
  expect(secretPreview(formatUserSecret({ id: ID, identifier: 'a', secret: `${'A'.repeat(35)}BCDEFGHI` }))).toBe(
    'sk-user-...BCDEFGHI',
  )
})

const nameOf = (key: string): string => Buffer.from(key.split('.')[1] ?? '', 'base64url').toString()
