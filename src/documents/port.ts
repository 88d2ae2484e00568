import { documentEmpty, documentTooLarge, documentUnreadable } from './failures.js'
import { type DocumentFile, formatOf } from './format.js'
import { readInProcess } from './process.js'
import { type DocumentText, Unreadable } from './protocol.js'
import { readText } from './text.js'
import { Turns } from './turns.js'

export type { DocumentFile } from './format.js'
export type { DocumentText } from './protocol.js'

/** The largest file that is read. Bytes. */
export const MOST_DOCUMENT_BYTES = 64 * 1024 * 1024

/** How many documents are read at a time for all callers, and how many may wait for that. */
const turns = new Turns(4, 32)

/**
 * Reads a document as Markdown: PDF, DOCX, PPTX, and text files as they are. What has to be taken apart is read in a process
 * of its own, which is ended when it takes too long (20 s) or too much memory.
 * @param file its kind is found by content type, else by file name, else by its first bytes
 * @param signal ends the reading
 * @returns at most 8 MiB of Markdown, and whether the document goes on beyond that, or a PDF beyond what was read in 14 s.
 *   It has headings, lists, tables, links to http, https and mailto, bold and italic, and of pictures the alternative text
 * @throws ConnectorsError: INVALID_PARAMETERS (a kind that cannot be read, an empty, damaged or protected file, a PDF without
 *   text), TOO_LARGE (the file, or what reading it takes), UPSTREAM_TIMEOUT (more than 20 s, or the call was ended),
 *   UPSTREAM_ERROR (it made the reader fail), UNAVAILABLE (too many at a time; retryable); or what `signal` aborted
 *   with, if that is one
 */
export async function toMarkdown(file: DocumentFile, signal: AbortSignal): Promise<DocumentText> {
  const { bytes } = file
  if (bytes.byteLength === 0) throw documentEmpty()
  if (bytes.byteLength > MOST_DOCUMENT_BYTES) throw documentTooLarge(bytes.byteLength)
  const format = formatOf(file)
  if (format === 'text') return textOf(bytes)
  const endTurn = await turns.take(signal)
  try {
    return await readInProcess(format, bytes, signal)
  } finally {
    endTurn()
  }
}

function textOf(bytes: Uint8Array): DocumentText {
  try {
    return readText(bytes)
  } catch (error) {
    throw error instanceof Unreadable ? documentUnreadable(error.fault) : error
  }
}
