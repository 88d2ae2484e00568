import type { Readable } from 'node:stream'
import { ConnectorsError } from '../kit/index.js'
import type { Ending } from './ending.js'

/** The most a server may send for one statement, and the most its answer may take as JSON. Bytes. */
export const MOST = 64 * 1024 * 1024
/** The most it may send until it lets us in. Bytes. */
export const MOST_IN_GREETING = 1024 * 1024
/** How often it is looked. Milliseconds. */
const LOOK_EVERY = 20

/** What counts the bytes it received, as sockets do. */
interface Counting {
  readonly bytesRead: number
}

/**
 * Ends a query whose answer grows past 64 MiB. Drivers put an answer together in memory, and its rows may be of any
 * size, so that a count of rows is no limit; and the server is whoever linked it says it is.
 * @param stream where the answer arrives, already read by a driver
 * @returns ends the counting
 */
export function limitAnswer(stream: Readable, ending: Ending): () => void {
  let received = 0
  const count = (chunk: Buffer): void => {
    received += chunk.length
    if (received > MOST) ending.end(tooLarge())
  }
  stream.on('data', count)
  return () => stream.off('data', count)
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

export const tooLarge = (): ConnectorsError =>
  new ConnectorsError(
    'TOO_LARGE',
    `The answer of the database was stopped at ${MOST / 1024 / 1024} MiB; select fewer rows or columns.`,
  )
