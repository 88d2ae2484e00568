/**
 * The entry of the process that reads one document: the file on standard input, the answer on the pipe. A document is a
 * program of a kind (unpack this, draw that), and one can be made so that reading it never ends or fills the memory.
 */
import { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { PIPE } from '../processes/pipe.js'
import { watchProcess } from '../processes/watch.js'
import { type DocumentAnswer, type DocumentFormat, Unreadable } from './protocol.js'
import { readDocument } from './read.js'

/** The most memory that reading a document takes. Bytes. */
const MEMORY = 384 * 1024 * 1024

async function answer(): Promise<DocumentAnswer> {
  try {
    return { kind: 'read', ...(await readDocument(process.argv[2] as DocumentFormat, await buffer(process.stdin))) }
  } catch (error) {
    if (error instanceof Unreadable) return { kind: 'unreadable', fault: error.fault }
    throw error
  }
}

watchProcess(MEMORY).begin()
// The PDF library forgets promises that fail for damaged objects, and goes on without these.
process.on('unhandledRejection', () => undefined)
const pipe = new Socket({ fd: PIPE })
// Says that the process runs; JSON may begin with it.
pipe.write('\n')
pipe.end(JSON.stringify(await answer()), () => process.exit(0))
