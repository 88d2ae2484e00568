import { randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { ConnectorsError } from '../base/errors.js'
import { readJson } from '../base/json.js'
import type { Secret } from '../base/secret.js'
import { KEY_LENGTH } from './key-ring.js'
import { open, seal, sealedKeyId } from './seal.js'

/** About a second and 128 MB for each guess. @see https://www.rfc-editor.org/rfc/rfc7914#section-2 */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1 } as const
const MEMORY_LIMIT = 256 * 2 ** 20
const SALT_LENGTH = 16
/** Replaces the key's id in each line: whether it is a record or the last line. */
const RECORD = 'record'
const END = 'end'

/** Other numbers are refused: a header is not authenticated until its key is derived, and could ask for any amount of memory. */
const headerForm = z.strictObject({
  format: z.literal('connectors-mcp export'),
  version: z.literal(1),
  kdf: z.strictObject({
    name: z.literal('scrypt'),
    N: z.literal(SCRYPT.N),
    r: z.literal(SCRYPT.r),
    p: z.literal(SCRYPT.p),
    salt: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  }),
})

/** The key of one archive, with the header that every line is bound to. Derived once, it opens the archive many times. */
export interface ArchiveKey {
  readonly header: string
  readonly key: Uint8Array
}

/**
 * Derives the key of an existing archive.
 * @param header its first line
 * @throws INVALID_PARAMETERS when that is not the header of an archive
 */
export async function archiveKey(header: string, passphrase: Secret): Promise<ArchiveKey> {
  return { header, key: await derive(passphrase, Buffer.from(saltOf(header), 'base64url')) }
}

/** Checks the first line of a file. @throws INVALID_PARAMETERS when that is not the header of an archive */
export function checkArchiveHeader(header: string): void {
  saltOf(header)
}

function saltOf(header: string): string {
  const { version } = z.object({ version: z.number() }).safeParse(readJson(header)).data ?? {}
  const parsed = headerForm.safeParse(readJson(header))
  if (!parsed.success) {
    throw refused(
      version !== undefined && version > 1
        ? 'The file was written by a newer version of connectors-mcp; import it with that version.'
        : 'The file is not an export of connectors-mcp, or its first line was changed; export it again.',
    )
  }
  return parsed.data.kdf.salt
}

/**
 * Writes an archive: a header, each record sealed by AES-256-GCM and bound to the header and its position, and a last line
 * that says how many records there are.
 * @param records texts
 * @returns the lines, without line ends
 * @see https://www.rfc-editor.org/rfc/rfc7914
 */
export async function* sealArchive(passphrase: Secret, records: AsyncIterable<string>): AsyncGenerator<string> {
  const salt = randomBytes(SALT_LENGTH)
  const header = JSON.stringify({
    format: 'connectors-mcp export',
    version: 1,
    kdf: { name: 'scrypt', ...SCRYPT, salt: salt.toString('base64url') },
  })
  const key = await derive(passphrase, salt)
  yield header
  let place = 0
  for await (const record of records) yield seal(key, RECORD, record, [header, String(++place)])
  yield seal(key, END, String(place), [header, String(place + 1)])
}

/**
 * Reads an archive, record by record. Every record is exactly as it was sealed; that nothing is missing is certain only
 * when the generator has ended.
 * @param lines all of them, the header too
 * @throws INVALID_PARAMETERS, naming the line, when one was changed, moved, added or is missing
 */
export async function* openArchive(archive: ArchiveKey, lines: AsyncIterable<string>): AsyncGenerator<string> {
  let number = 0
  let ended = false
  for await (const line of lines) {
    number += 1
    if (number === 1 && line === archive.header) continue
    if (number === 1 || ended) throw damaged(number)
    const place = number - 1
    const { kind, text } = openLine(archive, line, place)
    if (kind === RECORD) yield text
    else if (kind === END && text === String(place - 1)) ended = true
    else throw damaged(number)
  }
  if (!ended) throw refused('The end of the file is missing; copy it again from the machine it was exported on.')
}

/** @param place counts the records from 1; the header comes before the first */
function openLine({ key, header }: ArchiveKey, line: string, place: number) {
  try {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(open(key, line, [header, String(place)]))
    return { kind: sealedKeyId(line), text }
  } catch (error) {
    if (!(error instanceof ConnectorsError)) throw error
    throw place === 1
      ? refused(
          'The passphrase does not belong to this file, or the beginning of the file was changed; try the passphrase again.',
        )
      : damaged(place + 1)
  }
}

/** The passphrase in one spelling, whatever keyboard it was typed on. @see https://pages.nist.gov/800-63-4/sp800-63b.html */
function derive(passphrase: Secret, salt: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const text = passphrase.reveal().normalize('NFKC')
    scrypt(text, salt, KEY_LENGTH, { ...SCRYPT, maxmem: MEMORY_LIMIT }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}

const damaged = (line: number): ConnectorsError =>
  refused(
    `Line ${line} of the file was changed, moved or added; copy the file again from the machine it was exported on.`,
  )

const refused = (sentence: string): ConnectorsError => new ConnectorsError('INVALID_PARAMETERS', sentence)
