import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ConnectorsError } from '../base/errors.js'

const ALGORITHM = 'aes-256-gcm'
const VERSION = 'v1'
/** In bytes, as NIST SP 800-38D sections 5.2.1.1 and 5.2.1.2 recommend. */
const IV_LENGTH = 12
const TAG_LENGTH = 16
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/
/** All but the ciphertext, which may be too long for a regular expression. */
const HEAD = /^v1\.([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{16})\./

/**
 * Encrypts and authenticates, by AES-256-GCM with a new random IV. A key may seal about 2^32 times.
 * @param key 32 bytes
 * @param keyId says which key opens it; letters, digits, `-` and `_`; not secret
 * @param plaintext text is taken as UTF-8
 * @param associatedData what the result is bound to, in order: it opens only with the same list; not part of the result
 * @returns `v1.<keyId>.<iv>.<ciphertext and tag>`, the last two in base64url
 * @see https://doi.org/10.6028/NIST.SP.800-38D
 */
export function seal(
  key: Uint8Array,
  keyId: string,
  plaintext: string | Uint8Array,
  associatedData: readonly string[],
): string {
  if (!KEY_ID.test(keyId)) throw new TypeError('A key id must be 1 to 64 letters, digits, "-" or "_".')
  const iv = randomBytes(IV_LENGTH)
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
  cipher.setAAD(encodeAssociatedData(keyId, associatedData))
  const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext
  const sealed = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  return `${VERSION}.${keyId}.${iv.toString('base64url')}.${sealed.toString('base64url')}`
}

/**
 * Opens what `seal` returned.
 * @returns the plaintext as bytes
 * @throws MISCONFIGURED, the same for a wrong key, other associated data, a changed or malformed text
 * @see https://doi.org/10.6028/NIST.SP.800-38D section 7.2
 */
export function open(key: Uint8Array, text: string, associatedData: readonly string[]): Uint8Array {
  const { keyId, iv, sealed } = parse(text)
  try {
    const decipher = createDecipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH })
    decipher.setAAD(encodeAssociatedData(keyId, associatedData))
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH))
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_LENGTH)), decipher.final()])
  } catch {
    throw cannotBeOpened()
  }
}

/** The id of the key that a text was sealed with. @throws MISCONFIGURED when it is not a sealed text */
export const sealedKeyId = (text: string): string => parse(text).keyId

/** The one error for everything that does not open: it must not tell a forger what was wrong. */
export function cannotBeOpened(): ConnectorsError {
  return new ConnectorsError(
    'MISCONFIGURED',
    'A stored secret cannot be opened: the key file does not belong to this store, or the keys set in its place do not; start again with those that do.',
  )
}

function parse(text: string): { keyId: string; iv: Buffer; sealed: Buffer } {
  const [head = '', keyId, iv] = HEAD.exec(text) ?? []
  if (keyId === undefined || iv === undefined) throw cannotBeOpened()
  const sealed = text.slice(head.length)
  const bytes = Buffer.from(sealed, 'base64url')
  // Decoding drops what is not base64url, and bits that the last character may carry; only one spelling of the bytes is accepted.
  if (bytes.byteLength < TAG_LENGTH || bytes.toString('base64url') !== sealed) throw cannotBeOpened()
  return { keyId, iv: Buffer.from(iv, 'base64url'), sealed: bytes }
}

/** Each part follows its length, so that no two lists have the same bytes. */
function encodeAssociatedData(keyId: string, parts: readonly string[]): Buffer {
  return Buffer.concat(
    [VERSION, keyId, ...parts].flatMap((part) => {
      const bytes = Buffer.from(part, 'utf8')
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}
