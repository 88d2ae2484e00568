import { type Run, textOf } from '../markdown/blocks.js'
import type { PdfPage, Piece } from './page.js'

/** Text on one base line. */
export interface PdfLine {
  runs: Run[]
  text: string
  left: number
  right: number
  y: number
  /** That of most of its characters. */
  size: number
}

/** The lines of a page in the order in which they are drawn, which is the one for reading in nearly all documents. */
export function linesOf({ pieces }: PdfPage): PdfLine[] {
  const lines: PdfLine[] = []
  let current: Piece[] = []
  const end = (): void => {
    const line = lineOf(current)
    if (line) lines.push(line)
    current = []
  }
  for (const piece of pieces) {
    if (piece.isArtifact) continue
    const last = current.at(-1)
    if (last && piece.text.trim() !== '' && Math.abs(piece.y - last.y) > 0.6 * Math.max(piece.size, last.size)) end()
    if (piece.text !== '') current.push(piece)
    if (piece.endsLine) end()
  }
  end()
  return lines
}

function lineOf(pieces: readonly Piece[]): PdfLine | undefined {
  const runs = pieces.map(({ text, link }): Run => ({ text, link }))
  const text = textOf(runs).trim()
  const words = pieces.filter((piece) => piece.text.trim() !== '')
  const [first] = words
  if (text === '' || !first) return undefined
  return {
    runs,
    text,
    left: words.reduce((least, { x }) => Math.min(least, x), first.x),
    right: words.reduce((most, { x, width }) => Math.max(most, x + width), first.x),
    y: first.y,
    size: commonSize(words.map((piece) => [piece.size, piece.text.length])),
  }
}

/** The size that most characters have. */
export function commonSize(sizes: readonly (readonly [size: number, characters: number])[]): number {
  const counts = new Map<number, number>()
  for (const [size, characters] of sizes) {
    const rounded = Math.round(size * 2) / 2
    counts.set(rounded, (counts.get(rounded) ?? 0) + characters)
  }
  let best = 0
  for (const [size, count] of counts) if (count > (counts.get(best) ?? 0)) best = size
  return best
}
