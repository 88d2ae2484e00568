import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

/** SHA-256 of a secret that is itself random, in base64url: what the store keeps in its place. */
export const hashSecret = (secret: string): string => hash('sha256', secret, 'base64url')

/** SHA-256 of content, in hex. */
export const hashOfBytes = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Compares two hashes in a time that depends only on their lengths. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * Signs text, for self-authorising addresses: HMAC with SHA-256, in base64url.
 * @see https://www.rfc-editor.org/rfc/rfc2104
 */
export const sign = (key: Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('base64url')

/** Whether `signature` is that of `text`; compared in constant time, and never throws. */
export const verifySignature = (key: Uint8Array, text: string, signature: string): boolean =>
  sameHash(sign(key, text), signature)
