import type { Block } from '../markdown/blocks.js'
import { Unreadable } from '../protocol.js'
import { openPackage } from './package.js'
import { slideBlocks } from './slides.js'
import { wordBlocks } from './word/document.js'

/**
 * Reads a Word document or a PowerPoint presentation: which of them it is says its main part.
 * @throws Unreadable
 */
export function* officeBlocks(bytes: Uint8Array): Generator<Block, boolean> {
  const source = openPackage(bytes)
  const main = source.related('', 'officeDocument')
  const root = main === undefined ? undefined : source.part(main)
  if (main === undefined || !root) throw new Unreadable('damaged')
  if (root.name === 'document') yield* wordBlocks(source, main, root)
  else if (root.name === 'presentation') yield* slideBlocks(source, main, root)
  else throw new Unreadable('unknown-kind')
  return false
}
