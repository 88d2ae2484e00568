import { type Block, isBlank, type Run } from './blocks.js'
import { escapeLineMark } from './escape.js'
import { inlineMarkdown } from './inline.js'

const INDENT = '    '
const LINE_BREAK = '\\\n'

/** Writes blocks as Markdown, up to so many bytes. */
export class MarkdownWriter {
  #parts: string[] = []
  #room: number
  /** The depth of the item before; -1 outside of a list. */
  #depth = -1
  #wasItem = false

  /** @param most bytes of text */
  constructor(most: number) {
    this.#room = most
  }

  get text(): string {
    return this.#parts.join('')
  }

  /** @returns false when the block did not fit, or only its beginning; no other may follow */
  add(block: Block): boolean {
    const text = this.#markdownOf(block)
    if (text === '') return true
    const isNextItem = block.kind === 'item' && this.#wasItem
    this.#wasItem = block.kind === 'item'
    const part = `${this.#parts.length === 0 ? '' : isNextItem ? '\n' : '\n\n'}${text}`
    const size = Buffer.byteLength(part)
    if (size > this.#room) {
      this.#parts.push(beginning(part, this.#room))
      return false
    }
    this.#room -= size
    this.#parts.push(part)
    return true
  }

  #markdownOf(block: Block): string {
    if (block.kind !== 'item') this.#depth = -1
    if (block.kind === 'table') return tableOf(block.rows)
    if (isBlank(block.runs)) return ''
    switch (block.kind) {
      case 'heading':
        return `${'#'.repeat(Math.min(Math.max(block.level, 1), 6))} ${onOneLine(block.runs)}`
      case 'item':
        return this.#item(block.depth, block.number, block.runs)
      case 'footnote':
        return `[^${block.name}]: ${onOneLine(block.runs)}`
      default:
        return paragraphOf(block.runs)
    }
  }

  /** An item can be one step deeper than the one before it, otherwise Markdown takes it for code. */
  #item(depth: number, number: number | undefined, runs: readonly Run[]): string {
    this.#depth = Math.min(depth, this.#depth + 1)
    const indent = INDENT.repeat(this.#depth)
    const lines = paragraphOf(runs).replaceAll('\n', `\n${indent}  `)
    return `${indent}${number === undefined ? '-' : `${number}.`} ${lines}`
  }
}

/** The lines of what was escaped, those that say nothing left out. */
const linesOf = (runs: readonly Run[]): string[] =>
  inlineMarkdown(runs)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')

const paragraphOf = (runs: readonly Run[]): string => linesOf(runs).map(escapeLineMark).join(LINE_BREAK)

const onOneLine = (runs: readonly Run[]): string => linesOf(runs).join(' ')

const cellOf = (runs: readonly Run[]): string => linesOf(runs).join('<br>').replace(/\|/g, '\\|')

/** Only the head has a cell for each column: a table of one long row and many short ones would grow out of bounds. */
function tableOf(rows: readonly (readonly (readonly Run[])[])[]): string {
  const filled = rows.filter((cells) => cells.some((runs) => !isBlank(runs)))
  const [head = [], ...body] = filled
  const columns = filled.reduce((most, { length }) => Math.max(most, length), 0)
  if (columns === 0) return ''
  const heads = Array.from({ length: columns }, (_, at) => cellOf(head[at] ?? []))
  return [rowOf(heads), rowOf(heads.map(() => '---')), ...body.map((cells) => rowOf(cells.map(cellOf)))].join('\n')
}

const rowOf = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

/** The beginning of a text that takes so many bytes at most, cut between two characters. */
function beginning(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
}
