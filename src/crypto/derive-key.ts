import { hkdfSync } from 'node:crypto'
import { KEY_LENGTH } from './key-ring.js'

/**
 * Derives a key for one purpose from the root key: HKDF with SHA-256, no salt, the label as `info`. The same root and
 * label always lead to the same key, and no derived key reveals anything about the root or another one.
 * @returns 32 bytes
 * @see https://www.rfc-editor.org/rfc/rfc5869
 */
export function deriveKey(root: Uint8Array, label: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, new Uint8Array(), label, KEY_LENGTH))
}
