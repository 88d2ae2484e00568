import { KEY_LENGTH, type KeyRing, randomKey } from './key-ring.js'
import { cannotBeOpened, open, seal, sealedKeyId } from './seal.js'

/** Precedes the associated data, so that a wrapped key can never be taken for another sealed text. */
const PURPOSE = 'wrapped key'

/** A new data key: 32 random bytes. */
export const newDataKey = (): Uint8Array => randomKey()

/**
 * Seals a data key under the current key of the ring.
 * @param associatedData what the key is bound to, such as the tenant's id
 */
export function wrapKey(ring: KeyRing, dataKey: Uint8Array, associatedData: readonly string[]): string {
  return seal(ring.currentKey, ring.currentId, dataKey, [PURPOSE, ...associatedData])
}

/** Opens a data key with the key of the ring that sealed it. @throws MISCONFIGURED when none did */
export function unwrapKey(ring: KeyRing, wrapped: string, associatedData: readonly string[]): Uint8Array {
  const key = ring.find(sealedKeyId(wrapped))
  if (!key) throw cannotBeOpened()
  const dataKey = open(key, wrapped, [PURPOSE, ...associatedData])
  if (dataKey.length !== KEY_LENGTH) throw cannotBeOpened()
  return dataKey
}

/**
 * Wraps a data key again, with the current key of the ring; what the data key sealed stays as it is.
 * @returns the new text, or undefined when the current key wraps it already
 * @throws MISCONFIGURED when no key of the ring opens it
 */
export function rewrapKey(ring: KeyRing, wrapped: string, associatedData: readonly string[]): string | undefined {
  if (sealedKeyId(wrapped) === ring.currentId) return undefined
  return wrapKey(ring, unwrapKey(ring, wrapped, associatedData), associatedData)
}
