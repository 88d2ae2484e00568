import { expect, test } from 'vitest'
import { KeyRing, newDataKey, open, rewrapKey, seal, sealedKeyId, unwrapKey, wrapKey } from '../../src/crypto/index.js'

const TENANT_A = ['data_key', 'tenant-a']
const TENANT_B = ['data_key', 'tenant-b']
const cannotBeOpened = expect.objectContaining({
  code: 'MISCONFIGURED',
  message: expect.stringContaining('cannot be opened'),
})

test('a data key is 32 random bytes', () => {
  expect(newDataKey()).toHaveLength(32)
  expect(newDataKey()).not.toEqual(newDataKey())
})

test('a wrapped data key is unwrapped only with its own associated data', () => {
  const { ring } = KeyRing.generate()
  const dataKey = newDataKey()
  const wrapped = wrapKey(ring, dataKey, TENANT_A)
  expect(unwrapKey(ring, wrapped, TENANT_A)).toEqual(dataKey)
  expect(sealedKeyId(wrapped)).toBe(ring.currentId)
  expect(() => unwrapKey(ring, wrapped, TENANT_B)).toThrow(cannotBeOpened)
})

test('a wrapped data key cannot be unwrapped with another key ring', () => {
  const wrapped = wrapKey(KeyRing.generate().ring, newDataKey(), TENANT_A)
  const other = KeyRing.generate().ring
  expect(() => unwrapKey(other, wrapped, TENANT_A)).toThrow(cannotBeOpened)
  expect(() => rewrapKey(other, wrapped, TENANT_A)).toThrow(cannotBeOpened)
  const forged = wrapped.replace(sealedKeyId(wrapped), other.currentId)
  expect(() => unwrapKey(other, forged, TENANT_A)).toThrow(cannotBeOpened)
})

test('text that is not a wrapped key is refused', () => {
  const { ring } = KeyRing.generate()
  const credential = seal(ring.currentKey, ring.currentId, newDataKey(), TENANT_A)
  expect(() => unwrapKey(ring, credential, TENANT_A)).toThrow(cannotBeOpened)
  expect(() => unwrapKey(ring, wrapKey(ring, new Uint8Array(16), TENANT_A), TENANT_A)).toThrow(cannotBeOpened)
  expect(() => unwrapKey(ring, 'nonsense', TENANT_A)).toThrow(cannotBeOpened)
})

test('after a rotation old keys still open, the new one seals, and rewrapping keeps the data key', () => {
  const old = KeyRing.generate().ring
  const dataKey = newDataKey()
  const wrapped = wrapKey(old, dataKey, TENANT_A)
  const credential = seal(dataKey, 'data', 'token', ['tenant-a'])

  const { ring } = old.rotate()
  expect(unwrapKey(ring, wrapped, TENANT_A)).toEqual(dataKey)
  expect(sealedKeyId(wrapKey(ring, dataKey, TENANT_A))).toBe(ring.currentId)

  const again = rewrapKey(ring, wrapped, TENANT_A)
  expect(again && sealedKeyId(again)).toBe(ring.currentId)
  const opened = unwrapKey(ring, again ?? '', TENANT_A)
  expect(Buffer.from(open(opened, credential, ['tenant-a'])).toString()).toBe('token')
  expect(() => unwrapKey(old, again ?? '', TENANT_A)).toThrow(cannotBeOpened)
  expect(rewrapKey(ring, again ?? '', TENANT_A)).toBeUndefined()
  expect(() => rewrapKey(ring, wrapped, TENANT_B)).toThrow(cannotBeOpened)
})
