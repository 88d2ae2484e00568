import type { Block } from '../markdown/blocks.js'
import { MOST_MARKDOWN, Unreadable } from '../protocol.js'
import { layoutBlocks } from './layout.js'
import { linesOf, type PdfLine } from './lines.js'
import { type PdfDocument, type PdfPage, readPage } from './page.js'
import { structureBlocks } from './structure.js'

/** How long pages are read; what is read by then is the answer. Milliseconds. */
const READING_TIME = 14_000

/** A page as it is read: by the structure that its author gave it, or by where its lines are. */
type ReadPage = { kind: 'blocks'; blocks: Block[] } | { kind: 'lines'; lines: PdfLine[] }

/**
 * Reads the text of a PDF.
 * @returns true if the time was over before the last page
 * @throws Unreadable
 * @see https://pdfa.org/resource/iso-32000-2/
 */
export async function* pdfBlocks(bytes: Uint8Array): AsyncGenerator<Block, boolean> {
  const started = performance.now()
  const document = await open(bytes)
  const pages: ReadPage[] = []
  let size = 0
  let number = 1
  for (; number <= document.numPages; number += 1) {
    if (performance.now() - started > READING_TIME || size > MOST_MARKDOWN) break
    const page = await readPage(document, number)
    size += page.pieces.reduce((sum, { text }) => sum + text.trim().length, 0)
    pages.push(read(page))
  }
  if (size === 0) throw new Unreadable('no-text')
  const lines = pages.map((page) => (page.kind === 'lines' ? page.lines : []))
  const laidOut = layoutBlocks(lines)
  for (const [at, page] of pages.entries()) yield* page.kind === 'blocks' ? page.blocks : (laidOut[at] ?? [])
  return number <= document.numPages
}

function read(page: PdfPage): ReadPage {
  const blocks = structureBlocks(page)
  return blocks ? { kind: 'blocks', blocks } : { kind: 'lines', lines: linesOf(page) }
}

async function open(bytes: Uint8Array): Promise<PdfDocument> {
  const { getDocument, VerbosityLevel } = await import('unpdf/pdfjs')
  try {
    return await getDocument({
      // The library keeps the array, and takes no Buffer.
      data: new Uint8Array(bytes),
      verbosity: VerbosityLevel.ERRORS,
      // Text is all that is asked for: no fonts of this machine, no code made of a document, nothing fetched.
      useSystemFonts: false,
      disableFontFace: true,
      isEvalSupported: false,
      useWorkerFetch: false,
      useWasm: false,
    }).promise
  } catch (error) {
    const isLocked = error instanceof Error && error.name === 'PasswordException'
    throw new Unreadable(isLocked ? 'protected' : 'damaged', { cause: error })
  }
}
