import type { Readable } from 'node:stream'
import { ConnectorsError } from '../../base/errors.js'
import type { JsonObject } from '../../base/json.js'
import type { Cancellation } from '../cancellation.js'
import type { QueryResult } from '../port.js'
import type { AnswerText } from './unread-rows.js'

/** The most a server may send for one statement, and the most its answer may take as JSON. Bytes. */
export const MOST_ANSWER_BYTES = 64 * 1024 * 1024
/** An answer beyond this is a large one, of which there may only be so many at a time. Bytes. */
const LARGE = 1024 * 1024
/** The most it may send until it lets us in. Bytes. */
export const MOST_IN_GREETING = 1024 * 1024
/** The most it may send between two statements: notices, changed settings. Bytes. */
const MOST_IDLE = 1024 * 1024
/** How often it is looked. Milliseconds. */
const LOOK_EVERY = 20

/** What counts the bytes it received, as sockets do. */
interface Counting {
  readonly bytesRead: number
}

/** Counts what arrives on one connection, for as long as it lives. */
export class Meter {
  readonly #stream: Readable
  #received = 0
  #cancellation: Cancellation | undefined
  #asked = false
  /** The most that may arrive between two queries. Bytes. */
  #idle = MOST_IDLE

  /** @param stream where answers arrive, already read by a driver */
  constructor(stream: Readable) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#count(chunk.length))
  }

  /** What arrived since `begin`. Bytes. */
  get received(): number {
    return this.#received
  }

  /**
   * Counts for a query from now on: ends one whose answer grows past 64 MiB, and lets one past 1 MiB wait until there is room
   * for it. Drivers put an answer together in memory, and its rows may be of any size, so that a count of rows does not limit
   * it; and the user who linked it chose the server. Between queries the connection is closed by more than 1 MiB that was not
   * asked for.
   */
  begin(cancellation: Cancellation): void {
    this.#received = 0
    this.#asked = false
    this.#cancellation = cancellation
    cancellation.answer?.begun()
  }

  /** Ends the counting for a query. @param rest where the rest of the answer is still to come: until it has */
  end(rest?: Promise<void>): void {
    this.#received = 0
    this.#cancellation = undefined
    if (rest !== undefined) this.#expect(rest)
  }

  #expect(rest: Promise<void>): void {
    this.#idle = MOST_ANSWER_BYTES
    void rest.then(() => {
      this.#received = 0
      this.#idle = MOST_IDLE
    })
  }

  #count(bytes: number): void {
    this.#received += bytes
    if (!this.#cancellation) {
      if (this.#received > this.#idle) this.#stream.destroy()
    } else if (this.#received > MOST_ANSWER_BYTES) {
      this.#cancellation.end(tooLarge())
    } else if (this.#received > LARGE && !this.#asked) {
      this.#asked = true
      this.#askForRoom(this.#cancellation)
    }
  }

  /** The server is kept waiting until there is room. */
  #askForRoom({ answer }: Cancellation): void {
    if (!answer) return
    this.#stream.pause()
    // Without room the query ends, and with it the connection.
    answer.room().then(
      () => this.#stream.resume(),
      () => undefined,
    )
  }
}

/**
 * Calls `exceeded` once, when more than `most` bytes arrived from now on. By a timer, since listening to a stream that no
 * driver reads yet would take from it what comes first.
 * @returns ends the looking
 */
export function watchSize(stream: Counting, most: number, exceeded: () => void): () => void {
  const before = stream.bytesRead
  const timer = setInterval(() => {
    if (stream.bytesRead - before <= most) return
    clearInterval(timer)
    exceeded()
  }, LOOK_EVERY)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * A result as JSON. The text may be much longer than what the server sent: each row repeats the names of the columns.
 * @param cancellation of the query; its `answer` is asked for room
 * @param received what the server sent for it, in bytes, if that is known
 * @throws TOO_LARGE beyond 64 MiB, before it is put together
 */
export function answerText(
  result: QueryResult,
  cancellation: Cancellation,
  received?: number,
): AnswerText | Promise<AnswerText> {
  if (result.kind !== 'rows') return { head: JSON.stringify(result), rows: undefined }
  const { rows, columns } = result
  if (received !== undefined && rows.length * namesSize(columns) + received * MOST_OF_BYTE < LARGE)
    return answerOf(result, JSON.stringify(rows))
  return largeAnswerText(result, cancellation)
}

const answerOf = ({ rows, columns, truncated }: QueryResult & { kind: 'rows' }, json: string): AnswerText => ({
  head: JSON.stringify({ kind: 'rows', columns, truncated }),
  rows: { json, count: rows.length },
})

/** The most bytes of JSON that a byte of a server becomes: `\u0000`, and `null` of a length of -1 is less. */
const MOST_OF_BYTE = 6

/** The most that the names of the columns take in one row as JSON, with what is around them. Bytes. */
const namesSize = (columns: readonly JsonObject[]): number =>
  columns.reduce((sum, { name }) => sum + String(name).length * MOST_OF_BYTE + 4, 2)

async function largeAnswerText(
  result: QueryResult & { kind: 'rows' },
  cancellation: Cancellation,
): Promise<AnswerText> {
  const texts: string[] = []
  let bytes = 0
  let isLarge = false
  for (const row of result.rows) {
    const text = rowText(row)
    bytes += Buffer.byteLength(text) + 1
    if (bytes > MOST_ANSWER_BYTES) throw tooLarge()
    if (bytes > LARGE && !isLarge) {
      isLarge = true
      // An answer that waits for room must not outlast the call.
      await cancellation.guard(cancellation.answer?.room() ?? Promise.resolve(), () => undefined)
    }
    texts.push(text)
  }
  return answerOf(result, `[${texts.join(',')}]`)
}

/** @throws TOO_LARGE for a row that is longer than a text can be */
function rowText(row: unknown): string {
  try {
    return JSON.stringify(row)
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : error
  }
}

/** The answer grew past `MOST_ANSWER_BYTES`. */
export const tooLarge = (): ConnectorsError =>
  new ConnectorsError(
    'TOO_LARGE',
    `The result from the database was stopped at ${MOST_ANSWER_BYTES / 1024 / 1024} MiB; select fewer rows or columns.`,
  )
