import type { KeyRing } from './key-ring.js'
import { cannotBeOpened, open, seal, sealedKeyId } from './seal.js'

/** Seals text under the current key of the ring, bound to `associatedData`. */
export const sealWithRing = (ring: KeyRing, text: string, associatedData: readonly string[]): string =>
  seal(ring.currentKey, ring.currentId, text, associatedData)

/** Opens what `sealWithRing` returned, with the key of the ring that sealed it. @throws MISCONFIGURED when none did */
export function openWithRing(ring: KeyRing, sealed: string, associatedData: readonly string[]): string {
  const key = ring.find(sealedKeyId(sealed))
  if (!key) throw cannotBeOpened()
  return new TextDecoder().decode(open(key, sealed, associatedData))
}
