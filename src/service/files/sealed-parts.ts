import type { KeptRow } from '../../store/kept-rows.js'
import type { Vault } from '../vault/vault.js'

/** The most that is sealed, stored or opened in one step. Bytes. */
export const PART_BYTES = 1024 * 1024

/** How many parts a content of this many bytes has; an empty one has none. */
export const partsOf = (size: number): number => Math.ceil(size / PART_BYTES)

/** The bytes of one part, numbered from 0, without a copy. */
export const partOf = (bytes: Uint8Array, number: number): Uint8Array =>
  bytes.subarray(number * PART_BYTES, (number + 1) * PART_BYTES)

/** What is known of a kept thing beside its content, as it is sealed. */
export interface KeptHead {
  filename: string | null
  contentType: string | null
}

/** What is bound to a kept thing as a whole: another user, size, number of parts or time does not open. */
type Bound = Omit<KeptRow, 'sealed'>

const headContext = ({ id, userId, kind, size, parts, createdAt, expiresAt }: Bound): string[] => [
  'kept',
  userId,
  id,
  kind,
  ...[size, parts, createdAt, expiresAt].map(String),
]

/** No part opens in place of another one, nor in a thing that has more or fewer of them. */
const partContext = ({ id, userId, parts }: Bound, number: number): string[] => [
  'kept part',
  userId,
  id,
  String(number),
  String(parts),
]

/** Seals name and media type. @throws INVALID_TOKEN when the client is gone */
export const sealHead = (vault: Vault, kept: Bound, head: KeptHead): Promise<string> =>
  vault.seal(kept.clientId, headContext(kept), JSON.stringify(head))

/** @throws MISCONFIGURED for what was not sealed here for this row */
export const openHead = async (vault: Vault, row: KeptRow): Promise<KeptHead> =>
  JSON.parse(await vault.open(row.clientId, headContext(row), row.sealed)) as KeptHead

/** Seals the bytes of one part. @throws INVALID_TOKEN when the client is gone */
export const sealPart = (vault: Vault, kept: Bound, number: number, bytes: Uint8Array): Promise<string> =>
  vault.seal(kept.clientId, partContext(kept, number), bytes)

/** @throws MISCONFIGURED for what was not sealed here as this part of this thing */
export const openPart = (vault: Vault, row: KeptRow, number: number, sealed: string): Promise<Uint8Array> =>
  vault.openBytes(row.clientId, partContext(row, number), sealed)
