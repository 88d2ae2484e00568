import { type Block, isBlank, type Run, textOf } from '../../markdown/blocks.js'
import type { OfficePackage } from '../package.js'
import { attribute, chosen, type Element, elements, find } from '../xml.js'
import { Numbering } from './numbering.js'
import { noteName, type ParagraphText, paragraphText, type RunContext } from './runs.js'
import { listOf, outlineLevel, readStyles } from './styles.js'

/** What stands around paragraphs and tables without being one. */
const AROUND = new Set(['sdt', 'sdtContent', 'customXml', 'ins', 'moveTo', 'smartTag'])
/** A cell goes over no more columns in Word. */
const MOST_SPANNED = 63

/**
 * Reads the text of a Word document: body, footnotes and text boxes; headers, footers, comments and deletions are left out.
 * @param part its name
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-376/ part 1, WordprocessingML
 */
export function* wordBlocks(source: OfficePackage, part: string, root: Element): Generator<Block> {
  const parts = (type: string): Element | undefined => {
    const name = source.related(part, type)
    return name === undefined ? undefined : source.part(name)
  }
  const reader = new DocumentReader(
    { style: readStyles(parts('styles')), relations: source.relations(part) },
    new Numbering(parts('numbering')),
  )
  yield* reader.blocks(find(root, 'body'))
  for (const kind of ['footnote', 'endnote'] as const) yield* reader.notes(elements(parts(`${kind}s`), kind), kind)
}

class DocumentReader {
  readonly #context: RunContext
  readonly #numbering: Numbering
  /** The names of the notes that the text refers to. */
  readonly #noted = new Set<string>()

  constructor(context: RunContext, numbering: Numbering) {
    this.#context = context
    this.#numbering = numbering
  }

  *blocks(parent: Element | undefined): Generator<Block> {
    for (const child of elements(parent)) {
      if (child.name === 'p') yield* this.#paragraph(child)
      else if (child.name === 'tbl') yield { kind: 'table', rows: this.#rows(child) }
      else if (child.name === 'AlternateContent') yield* this.blocks(chosen(child))
      else if (AROUND.has(child.name)) yield* this.blocks(child)
    }
  }

  /** The notes that were referred to. */
  *notes(all: readonly Element[], kind: 'footnote' | 'endnote'): Generator<Block> {
    for (const note of all) {
      const name = noteName(kind, attribute(note, 'id') ?? '')
      if (this.#noted.has(name)) yield { kind: 'footnote', name, runs: this.#flat(note) }
    }
  }

  *#paragraph(paragraph: Element): Generator<Block> {
    const text = this.#textOf(paragraph)
    if (!isBlank(text.runs)) yield this.#blockOf(find(paragraph, 'pPr'), text.runs)
    for (const box of text.boxes) yield* this.blocks(box)
  }

  #textOf(paragraph: Element): ParagraphText {
    const text = paragraphText(paragraph, this.#context)
    for (const { kind, id } of text.notes) this.#noted.add(noteName(kind, id))
    return text
  }

  #blockOf(properties: Element | undefined, runs: Run[]): Block {
    const style = this.#context.style(attribute(find(properties, 'pStyle'), 'val'))
    const level = outlineLevel(properties) ?? style.level
    if (level !== undefined) return { kind: 'heading', level, runs: runs.map((run) => ({ ...run, bold: false })) }
    const list = listOf(properties) ?? style.list
    if (list === undefined || list.id === '0') return { kind: 'paragraph', runs }
    return { kind: 'item', depth: list.depth, number: this.#numbering.next(list), runs }
  }

  #rows(table: Element): Run[][][] {
    return contents(table, 'tr').map((row) => contents(row, 'tc').flatMap((cell) => this.#cell(cell)))
  }

  /** A cell and the empty ones that it covers; one that another covers from above is empty. */
  #cell(cell: Element): Run[][] {
    const properties = find(cell, 'tcPr')
    const merge = find(properties, 'vMerge')
    const isCovered = merge !== undefined && attribute(merge, 'val') !== 'restart'
    const span = Number(attribute(find(properties, 'gridSpan'), 'val') ?? 1)
    const covered = Number.isInteger(span) && span > 1 ? Math.min(span, MOST_SPANNED) - 1 : 0
    return [isCovered ? [] : this.#flat(cell), ...Array.from({ length: covered }, () => [])]
  }

  /** The text of what may hold blocks, where only lines have room. */
  #flat(parent: Element): Run[] {
    const lines: Run[][] = []
    for (const block of this.blocks(parent)) {
      if (block.kind === 'table') lines.push(...block.rows.map((cells) => [{ text: cells.map(textOf).join(' ') }]))
      else if (block.kind === 'item')
        lines.push([{ text: block.number === undefined ? '• ' : `${block.number}. ` }, ...block.runs])
      else lines.push([...block.runs])
    }
    return lines.flatMap((runs, at) => (at === 0 ? runs : [{ text: '\n' }, ...runs]))
  }
}

/** The rows of a table or the cells of a row, also those that something stands around. */
function contents(parent: Element, name: string): Element[] {
  return elements(parent).flatMap((child) =>
    child.name === name ? [child] : AROUND.has(child.name) ? contents(child, name) : [],
  )
}
