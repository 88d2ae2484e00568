/**
 * Messages to the server as bytes, all of one statement in one buffer: `pg` makes a buffer of each, and a write of each.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

const [PARSE, BIND, EXECUTE] = ['P', 'B', 'E'].map((letter) => letter.charCodeAt(0)) as [number, number, number]

/** Asks for the columns of what was bound. */
const DESCRIBE_PORTAL = Buffer.from('D\0\0\0\x06P\0', 'latin1')
/** The end of the messages of one round trip. */
const SYNC = Buffer.from('S\0\0\0\x04', 'latin1')

/** The bytes that a message has before what it says: its letter, and its length. */
const HEAD = 5

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

/** Parse, Bind and Execute of statements without values and without a limit. Made once: they go with every query. */
export function ownStatements(...texts: string[]): OwnStatements {
  const bytes = texts.map((text) => {
    const writer = new Writer(sizeOf({ text, values: [], types: [], rows: 0 }, 0))
    writeParse(writer, text, [])
    writeBind(writer, [], [])
    writeExecute(writer, 0)
    return writer.bytes
  })
  return { bytes: Buffer.concat(bytes), count: texts.length }
}

/** Everything of one round trip. @param before statements of this service before it, and behind it */
export function roundTrip(sending: Sending, before: OwnStatements, behind: OwnStatements): Buffer {
  const { text, values, types, rows } = sending
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)))
  const own = before.bytes.length + DESCRIBE_PORTAL.length + behind.bytes.length + SYNC.length
  const valueBytes = lengths.reduce((sum, length) => sum + length, 0)
  const writer = new Writer(own + sizeOf(sending, valueBytes))
  writer.bytesOf(before.bytes)
  writeParse(writer, text, types)
  writeBind(writer, values, lengths)
  writer.bytesOf(DESCRIBE_PORTAL)
  writeExecute(writer, rows)
  writer.bytesOf(behind.bytes)
  writer.bytesOf(SYNC)
  return writer.bytes
}

/** Of Parse, Bind and Execute, in bytes. */
const sizeOf = ({ text, values, types }: Sending, valueBytes: number): number =>
  3 * HEAD + Buffer.byteLength(text) + 2 + 2 + 4 * types.length + 8 + 4 * values.length + valueBytes + 5

function writeParse(writer: Writer, text: string, types: readonly number[]): void {
  const from = writer.begin(PARSE)
  writer.zero()
  writer.utf8(text)
  writer.zero()
  writer.int16(types.length)
  for (const type of types) writer.int32(type)
  writer.end(from)
}

/** All values and all columns as text. */
function writeBind(writer: Writer, values: readonly (string | null)[], lengths: readonly number[]): void {
  const from = writer.begin(BIND)
  writer.zero()
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
