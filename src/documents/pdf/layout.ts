import type { Block, Run } from '../markdown/blocks.js'
import { commonSize, type PdfLine } from './lines.js'

/** A heading is so much larger than most of the text, and no longer than this. */
const LARGER = 1.12
const LONGEST_HEADING = 200
/** From one line to the next of its paragraph it is so much more than in the closest quarter of all lines, at most. */
const LOOSER = 1.15
/** The same in sizes of the font, whatever the other lines are. */
const WIDEST_PITCH = 1.75
/** A line that ends so far left of the longest one ended on purpose. */
const SHORT = 0.75
/** A line that is at the edge of so many pages is part of the pages and not of the text. */
const REPEATED = 3

const BULLET = /^[•◦▪▫‣⁃●○■□–—*-]\s+/
const NUMBER = /^(\d{1,3})[.)]\s+/

/**
 * Finds headings, lists and paragraphs by size and place of lines, for pages whose authors say nothing of them.
 * @returns the blocks of each page
 */
export function layoutBlocks(pages: readonly (readonly PdfLine[])[]): Block[][] {
  const kept = withoutFurniture(pages)
  const all = kept.flat()
  const body = commonSize(all.map(({ size, text }) => [size, text.length]))
  const sizes = [...new Set(all.map(({ size }) => size).filter((size) => size > body * LARGER))].sort((a, b) => b - a)
  const facts = { body, headings: sizes, pitch: linePitch(kept) }
  return kept.map((lines) => new PageLayout(lines, facts).blocks())
}

interface LayoutFacts {
  /** The size of most of the text. */
  body: number
  /** The sizes of headings, the largest first. */
  headings: readonly number[]
  /** How far below a line the next one of its paragraph is at most, in sizes of the font. */
  pitch: number
}

class PageLayout {
  readonly #lines: readonly PdfLine[]
  readonly #facts: LayoutFacts
  readonly #right: number
  readonly #blocks: Block[] = []
  #open: { lines: PdfLine[]; runs: Run[] } | undefined
  /** Where the bullets of the lists that are open stand, the outermost first. */
  #bullets: number[] = []

  constructor(lines: readonly PdfLine[], facts: LayoutFacts) {
    this.#lines = lines
    this.#facts = facts
    this.#right = lines.reduce((most, { right }) => Math.max(most, right), 0)
  }

  blocks(): Block[] {
    for (const line of this.#lines) {
      const last = this.#open?.lines.at(-1)
      if (
        this.#open &&
        last &&
        !BULLET.test(line.text) &&
        !NUMBER.test(line.text) &&
        isNext(last, line, this.#facts.pitch)
      ) {
        this.#open.runs.push(...this.#joint(last, line), ...line.runs)
        this.#open.lines.push(line)
      } else {
        this.#close()
        this.#open = { lines: [line], runs: [...line.runs] }
      }
    }
    this.#close()
    return this.#blocks
  }

  /** What stands between two lines of one paragraph. A word that was divided is one again. */
  #joint(last: PdfLine, line: PdfLine): Run[] {
    if (/\p{Ll}-$/u.test(last.text) && /^\p{Ll}/u.test(line.text)) {
      const run = this.#open?.runs.findLast(({ text }) => text.trim() !== '')
      if (run) run.text = run.text.trimEnd().slice(0, -1)
      return []
    }
    return [{ text: last.right < this.#right * SHORT ? '\n' : ' ' }]
  }

  #close(): void {
    const open = this.#open
    this.#open = undefined
    const [first] = open?.lines ?? []
    if (open && first) this.#blocks.push(this.#blockOf(first, open.runs))
  }

  #blockOf(first: PdfLine, runs: Run[]): Block {
    const length = runs.reduce((sum, { text }) => sum + text.length, 0)
    const rank = length <= LONGEST_HEADING ? this.#facts.headings.indexOf(first.size) : -1
    const [bullet] = BULLET.exec(first.text) ?? []
    const [mark, number] = NUMBER.exec(first.text) ?? []
    if (rank === -1 && bullet !== undefined)
      return { kind: 'item', depth: this.#depthOf(first), runs: without(bullet, runs) }
    if (rank === -1 && mark !== undefined)
      return { kind: 'item', depth: this.#depthOf(first), number: Number(number), runs: without(mark, runs) }
    this.#bullets = []
    return rank === -1 ? { kind: 'paragraph', runs } : { kind: 'heading', level: Math.min(rank + 1, 6), runs }
  }

  #depthOf({ left, size }: PdfLine): number {
    this.#bullets = this.#bullets.filter((other) => other < left - size / 2)
    this.#bullets.push(left)
    return this.#bullets.length - 1
  }
}

/** Whether a line goes on with the paragraph of the line before. */
const isNext = (last: PdfLine, line: PdfLine, pitch: number): boolean =>
  last.size === line.size && pitchOf(last, line) > 0 && pitchOf(last, line) <= pitch

const pitchOf = (last: PdfLine, line: PdfLine): number => (last.y - line.y) / line.size

function linePitch(pages: readonly (readonly PdfLine[])[]): number {
  const pitches = pages
    .flatMap((lines) => lines.slice(1).map((line, at) => pitchOf(lines[at] ?? line, line)))
    .filter((pitch) => pitch > 0.9 && pitch <= WIDEST_PITCH)
    .sort((a, b) => a - b)
  return Math.min((pitches[Math.floor(pitches.length / 4)] ?? WIDEST_PITCH) * LOOSER, WIDEST_PITCH)
}

/** Runs without the mark of a list at their beginning. */
function without(mark: string, runs: readonly Run[]): Run[] {
  let left = mark.trimEnd().length
  return runs.map((run, at) => {
    const text = at === 0 || left > 0 ? run.text.trimStart() : run.text
    const cut = Math.min(left, text.length)
    left -= cut
    return { ...run, text: text.slice(cut) }
  })
}

/** The lines without those that each page repeats, page numbers aside. The first of them stays if it says anything. */
function withoutFurniture(pages: readonly (readonly PdfLine[])[]): PdfLine[][] {
  const counts = new Map<string, number>()
  for (const lines of pages)
    for (const shape of new Set(lines.filter((_, at) => isAtEdge(lines, at)).map(shapeOf)))
      counts.set(shape, (counts.get(shape) ?? 0) + 1)
  const seen = new Set<string>()
  const isKept = (line: PdfLine): boolean => {
    const shape = shapeOf(line)
    if ((counts.get(shape) ?? 0) < REPEATED) return true
    const isFirst = !seen.has(shape)
    seen.add(shape)
    return isFirst && /\p{L}/u.test(line.text)
  }
  return pages.map((lines) => lines.filter((line, at) => !isAtEdge(lines, at) || isKept(line)))
}

const isAtEdge = (lines: readonly PdfLine[], at: number): boolean => at < 2 || at >= lines.length - 2

const shapeOf = ({ text, y }: PdfLine): string => `${Math.round(y / 4)} ${text.replace(/\d+/g, '#')}`
