import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { ByteCollector } from '../base/byte-collector.js'
import { type Deadline, startDeadline } from '../base/deadline.js'
import { workerEntry } from '../processes/entry.js'
import { PIPE } from '../processes/pipe.js'
import { exitCauseOf, startProcess } from '../processes/start.js'
import {
  documentTookTooLong,
  documentTooLarge,
  documentUnreadable,
  readerCrashed,
  readerUnstarted,
  readingStopped,
} from './failures.js'
import { type DocumentAnswer, type DocumentFormat, type DocumentText, MOST_MARKDOWN } from './protocol.js'

/** How long reading one document may take, its process's start included. Milliseconds. */
export const READING_TIME = 20_000
/** The most heap of such a process. Megabytes. */
const HEAP = 384
/** JSON escapes a character by six at most. */
const MOST_ANSWER_BYTES = 7 * MOST_MARKDOWN

/**
 * Reads a document in a process of its own, which is gone when this resolves or rejects.
 * @throws what is wrong with the document, what `signal` aborted with, or that the process failed
 */
export async function readInProcess(
  format: DocumentFormat,
  bytes: Uint8Array,
  signal: AbortSignal,
  readingTime = READING_TIME,
): Promise<DocumentText> {
  const deadline = startDeadline(readingTime, signal)
  try {
    const entry = workerEntry('document-worker', new URL('./worker.ts', import.meta.url))
    const child = startProcess(entry, { heap: HEAP, readsInput: true }, [format])
    const answer = await answerOf(child, bytes, deadline)
    if (answer.kind === 'unreadable') throw documentUnreadable(answer.fault)
    const { markdown, truncated } = answer
    return { markdown, truncated }
  } catch (error) {
    if (deadline.expired()) throw documentTookTooLong(readingTime)
    if (signal.aborted) throw readingStopped(signal.reason)
    throw error
  } finally {
    deadline.end()
  }
}

function answerOf(child: ChildProcess, bytes: Uint8Array, deadline: Deadline): Promise<DocumentAnswer> {
  const kill = (): void => {
    child.kill('SIGKILL')
  }
  const answer = new ByteCollector()
  // Where the system has no pipes left, there is none.
  const pipe = child.stdio?.[PIPE] as Readable | undefined
  pipe?.on('error', () => undefined)
  pipe?.on('data', (piece: Uint8Array) => {
    if (answer.size + piece.byteLength > MOST_ANSWER_BYTES) kill()
    else answer.push(piece)
  })
  // It may end before it has read everything.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(bytes)
  if (deadline.signal.aborted) kill()
  else deadline.signal.addEventListener('abort', kill, { once: true })
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => reject(readerUnstarted(cause)))
    child.once('close', (code, killedBy) => {
      if (code === 0) resolve(parsed(answer.whole()))
      else reject(processEnded(code, killedBy, answer.size > 0))
    })
  })
}

function processEnded(code: number | null, killedBy: NodeJS.Signals | null, wasAlive: boolean): Error {
  const fate = exitCauseOf(code, killedBy, wasAlive)
  if (fate === 'memory') return documentTooLarge()
  return fate === 'crashed' ? readerCrashed() : readerUnstarted()
}

function parsed(answer: Buffer): DocumentAnswer {
  try {
    return JSON.parse(answer.toString('utf8')) as DocumentAnswer
  } catch (cause) {
    throw readerCrashed(cause)
  }
}
