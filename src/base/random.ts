import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** A random UUID, version 4. @see https://www.rfc-editor.org/rfc/rfc9562#section-5.4 */
export const uuid = (): string => randomUUID()

/** `bytes` random bytes (32 by default: 256 bits) as base64url text. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url')

/** `length` random characters of an alphabet, all equally likely. */
export const randomText = (alphabet: string, length: number): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('')
