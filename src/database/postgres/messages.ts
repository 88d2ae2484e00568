/**
 * Messages to the server as bytes, all of one statement in one buffer: `pg` makes a buffer of each, and a write of each.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

const [PARSE, BIND, EXECUTE, CLOSE] = [0x50, 0x42, 0x45, 0x43]

/** Asks for the columns of what was bound. */
const DESCRIBE_PORTAL = Buffer.from('D\0\0\0\x06P\0', 'latin1')
/** The end of the messages of one round trip. */
const SYNC = Buffer.from('S\0\0\0\x04', 'latin1')

/** The bytes that a message has before what it says: its letter, and its length. */
const HEAD = 5

/** A column as the server describes it. */
export interface PostgresField {
  name: string
  dataTypeID: number
}

/** How much of a statement the server has already. */
export interface Naming {
  /** Under which it keeps the statement; empty for none. */
  name: string
  /** False for one that it has parsed. */
  parse: boolean
  /** False where its columns are known. */
  describe: boolean
  /** Another one that it is to forget. */
  close?: string | undefined
}

export const UNNAMED: Naming = { name: '', parse: true, describe: true }

/** A statement with its values as text, and how many of its rows are wanted at most; 0 for all. */
export interface Sending {
  text: string
  values: readonly (string | null)[]
  /** The type of each value. */
  types: readonly number[]
  rows: number
}

/** Statements of this service that go with another one, as `ownStatements` makes them. */
export interface OwnStatements {
  bytes: Buffer
  count: number
}

/**
 * Parse, Bind and Execute of statements without values and without a limit. Made once: they go with every query.
 * @param kept under which names the server keeps them, and whether it has yet to parse them
 */
export function ownStatements(
  texts: readonly string[],
  kept?: { names: readonly string[]; parse: boolean },
): OwnStatements {
  const bytes = texts.map((text, index) => {
    const name = kept?.names[index] ?? ''
    return statementBytes(
      { text, values: [], types: [], rows: 0 },
      { name, parse: kept?.parse ?? true, describe: false },
    )
  })
  return { bytes: Buffer.concat(bytes), count: texts.length }
}

/** One after the other. */
export const joined = (first: OwnStatements, second: OwnStatements): OwnStatements =>
  first.count === 0 ? second : { bytes: Buffer.concat([first.bytes, second.bytes]), count: first.count + second.count }

/** Everything of one round trip. @param before statements of this service before it, and behind it */
export function roundTrip(sending: Sending, naming: Naming, before: OwnStatements, behind: OwnStatements): Buffer {
  const own = statementBytes(sending, naming)
  const parts = [before.bytes, own, behind.bytes, SYNC]
  return Buffer.concat(naming.close === undefined ? parts : [closeBytes(naming.close), ...parts])
}

function closeBytes(name: string): Buffer {
  const writer = new Writer(HEAD + 1 + name.length + 1)
  const from = writer.begin(CLOSE)
  writer.utf8(`S${name}`)
  writer.zero()
  writer.end(from)
  return writer.bytes
}

function statementBytes(sending: Sending, { name, parse, describe }: Naming): Buffer {
  const { text, values, types, rows } = sending
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)))
  const parseSize = parse ? HEAD + name.length + Buffer.byteLength(text) + 4 + 4 * types.length : 0
  const bindSize = HEAD + name.length + 8 + 4 * values.length + lengths.reduce((sum, length) => sum + length, 0)
  const writer = new Writer(parseSize + bindSize + (describe ? DESCRIBE_PORTAL.length : 0) + EXECUTE_SIZE)
  if (parse) writeParse(writer, name, text, types)
  writeBind(writer, name, values, lengths)
  if (describe) writer.bytesOf(DESCRIBE_PORTAL)
  writeExecute(writer, rows)
  return writer.bytes
}

/** Of Execute, in bytes. */
const EXECUTE_SIZE = HEAD + 5

function writeParse(writer: Writer, name: string, text: string, types: readonly number[]): void {
  const from = writer.begin(PARSE)
  writer.utf8(name)
  writer.zero()
  writer.utf8(text)
  writer.zero()
  writer.int16(types.length)
  for (const type of types) writer.int32(type)
  writer.end(from)
}

/** All values and all columns as text. */
function writeBind(writer: Writer, name: string, values: readonly (string | null)[], lengths: readonly number[]): void {
  const from = writer.begin(BIND)
  writer.zero()
  writer.utf8(name)
  writer.zero()
  writer.int16(0)
  writer.int16(values.length)
  for (const [index, value] of values.entries()) {
    writer.int32(value === null ? -1 : (lengths[index] ?? 0))
    if (value !== null) writer.utf8(value)
  }
  writer.int16(0)
  writer.end(from)
}

function writeExecute(writer: Writer, rows: number): void {
  const from = writer.begin(EXECUTE)
  writer.zero()
  writer.int32(rows)
  writer.end(from)
}

/** Writes into one buffer of a known size. */
class Writer {
  readonly bytes: Buffer
  #at = 0

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  /** Begins a message. @returns what `end` takes */
  begin(letter: number): number {
    const from = this.#at
    this.bytes[from] = letter
    this.#at += HEAD
    return from
  }

  /** Ends a message: writes its length, which counts itself but not the letter. */
  end(from: number): void {
    this.bytes.writeInt32BE(this.#at - from - 1, from + 1)
  }

  zero(): void {
    this.bytes[this.#at] = 0
    this.#at += 1
  }

  int16(value: number): void {
    this.#at = this.bytes.writeUInt16BE(value, this.#at)
  }

  /** Object identifiers are unsigned, and -1 stands for null; both are these bytes. */
  int32(value: number): void {
    this.#at = this.bytes.writeInt32BE(value | 0, this.#at)
  }

  utf8(text: string): void {
    this.#at += this.bytes.write(text, this.#at, 'utf8')
  }

  bytesOf(bytes: Buffer): void {
    this.bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }
}
