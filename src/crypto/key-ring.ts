import { createHash, randomBytes } from 'node:crypto'
import { ConnectorsError } from '../base/errors.js'

/** The length of every key here, in bytes: 256 bits. */
export const KEY_LENGTH = 32

const ID_LABEL = 'connectors-mcp key-encryption key'
const LINE = /^([0-9a-f]{16})[ \t]+([A-Za-z0-9_-]{43})$/
const HEADER = [
  '# The keys that open the store of connectors-mcp. Keep this file secret, and keep a copy: without it the store cannot be opened.',
  '# One key per line. The first one is used from now on; the others still open what they sealed.',
]

/** A ring together with the text to write into the key file. The text is a secret. */
export interface NewKeyRing {
  ring: KeyRing
  text: string
}

/**
 * The key-encryption keys of a store. The first is the current one and seals; all of them open. Printing or
 * serialising a ring shows no key.
 * @see https://doi.org/10.6028/NIST.SP.800-57pt1r5 section 5.3 on why keys are replaced
 */
export class KeyRing {
  readonly #current: { id: string; key: Uint8Array }
  readonly #keys: ReadonlyMap<string, Uint8Array>

  private constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#current = { id: keyId(keys[0]), key: keys[0] }
    this.#keys = new Map(keys.map((key) => [keyId(key), key]))
  }

  /**
   * Reads the text of a key file: a line `<id> <base64url of 32 bytes>` for each key, the current one first. Empty
   * lines and lines that begin with `#` are skipped. A comma separates keys, too, for settings of a single line.
   * @param subject the source of the text, as errors call it
   * @throws MISCONFIGURED naming the line at fault, never quoting it
   */
  static parse(text: string, subject = 'The key file'): KeyRing {
    const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
    try {
      const keys = lines.flatMap((line, index) =>
        /^\s*#/.test(line) ? [] : line.split(',').flatMap((key) => parseLine(key.trim(), index + 1)),
      )
      const [first, ...rest] = keys
      if (!first) throw new Fault('it holds no key')
      if (new Set(keys.map(keyId)).size < keys.length) throw new Fault('it holds the same key twice')
      return new KeyRing([first, ...rest])
    } catch (error) {
      throw error instanceof Fault ? badKeyText(subject, error.message) : error
    }
  }

  /** A ring with one new random key. */
  static generate(): NewKeyRing {
    return write([randomKey()])
  }

  /** Puts a new random key in front: returns a new ring, which seals with the new key and still opens with the old ones. */
  rotate(): NewKeyRing {
    return write([randomKey(), ...this.#keys.values()])
  }

  /** The ring without some keys. @throws TypeError when the current one is among them */
  without(ids: readonly string[]): NewKeyRing {
    if (ids.includes(this.currentId)) throw new TypeError('The current key of a ring cannot be left out.')
    return write([this.currentKey, ...this.#others(ids)])
  }

  #others(left: readonly string[]): Uint8Array[] {
    return [...this.#keys].flatMap(([id, key]) => (id === this.currentId || left.includes(id) ? [] : [key]))
  }

  /** The id of the key that seals. */
  get currentId(): string {
    return this.#current.id
  }

  /** The ids of all keys, the current one first. */
  get ids(): string[] {
    return [...this.#keys.keys()]
  }

  /** The key that seals. For `envelope.ts`. */
  get currentKey(): Uint8Array {
    return this.#current.key
  }

  /** The key with that id, if it is on the ring. For `envelope.ts`. */
  find(id: string): Uint8Array | undefined {
    return this.#keys.get(id)
  }
}

/** The id of a key: the first 8 bytes of SHA-256 over a fixed label and the key, in hex. It does not reveal the key. */
export function keyId(key: Uint8Array): string {
  return createHash('sha256').update(ID_LABEL).update(key).digest('hex').slice(0, 16)
}

/** A new key as a line of a key file, and its id. The line is a secret. */
export function newKeyLine(): { id: string; line: string } {
  const key = randomKey()
  return { id: keyId(key), line: lineOf(key) }
}

const lineOf = (key: Uint8Array): string => `${keyId(key)} ${Buffer.from(key).toString('base64url')}`

/** 32 random bytes. */
export const randomKey = (): Uint8Array => randomBytes(KEY_LENGTH)

function write(keys: readonly [Uint8Array, ...Uint8Array[]]): NewKeyRing {
  const text = `${[...HEADER, ...keys.map(lineOf)].join('\n')}\n`
  return { ring: KeyRing.parse(text), text }
}

/** What is wrong with a text; the error that callers see adds where the text came from. */
class Fault extends Error {}

/** Returns [] for an empty line. */
function parseLine(line: string, number: number): Uint8Array[] {
  if (line === '') return []
  const [, id, encoded] = LINE.exec(line) ?? []
  if (id === undefined || encoded === undefined) {
    throw new Fault(`line ${number} is not an id of 16 hex digits and a key of 43 base64url characters`)
  }
  const key = Buffer.from(encoded, 'base64url')
  if (key.toString('base64url') !== encoded || keyId(key) !== id) {
    throw new Fault(`the id on line ${number} does not belong to the key beside it`)
  }
  return [key]
}

function badKeyText(subject: string, fault: string): ConnectorsError {
  return new ConnectorsError(
    'MISCONFIGURED',
    `${subject} cannot be used: ${fault}; restore ${subject === 'The key file' ? 'the file' : 'it'} from its copy, since no other key opens the store.`,
  )
}
