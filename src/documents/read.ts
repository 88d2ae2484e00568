import type { Block } from './markdown/blocks.js'
import { MarkdownWriter } from './markdown/writer.js'
import { type DocumentFormat, type DocumentText, MOST_MARKDOWN, Unreadable } from './protocol.js'

/** What a reader yields: the blocks of a document in their order. A reader that ends early returns true. */
export type Blocks = Generator<Block, boolean> | AsyncGenerator<Block, boolean>

/**
 * Reads a document as Markdown, in this process.
 * @throws Unreadable for what is wrong with it; what a library throws is `damaged`
 */
export async function readDocument(
  format: DocumentFormat,
  bytes: Uint8Array,
  most = MOST_MARKDOWN,
): Promise<DocumentText> {
  try {
    return await written(await blocksOf(format, bytes), most)
  } catch (error) {
    throw error instanceof Unreadable ? error : new Unreadable('damaged', { cause: error })
  }
}

async function blocksOf(format: DocumentFormat, bytes: Uint8Array): Promise<Blocks> {
  if (format === 'pdf') return (await import('./pdf/pdf.js')).pdfBlocks(bytes)
  return (await import('./office/office.js')).officeBlocks(bytes)
}

async function written(blocks: Blocks, most: number): Promise<DocumentText> {
  const writer = new MarkdownWriter(most)
  for (;;) {
    const { done, value } = await blocks.next()
    if (done) return { markdown: writer.text, truncated: value }
    if (!writer.add(value)) return { markdown: writer.text, truncated: true }
  }
}
