import type { Run } from '../../markdown/blocks.js'
import type { Relation } from '../package.js'
import { attribute, chosen, descendants, type Element, elements, find, ownText, relationId } from '../xml.js'
import { type Style, toggle } from './styles.js'

/** What is needed of a document to read the text of a paragraph. */
export interface RunContext {
  style(id: string | undefined): Style
  relations: ReadonlyMap<string, Relation>
}

/** What a paragraph holds. */
export interface ParagraphText {
  runs: Run[]
  /** The contents of text boxes that are anchored in it. */
  boxes: Element[]
  /** The footnotes it refers to, in order. */
  notes: { kind: 'footnote' | 'endnote'; id: string }[]
}

/** What stands around text without being text of its own. */
const AROUND = new Set([
  'ins',
  'moveTo',
  'smartTag',
  'customXml',
  'sdt',
  'sdtContent',
  'bdo',
  'dir',
  'ruby',
  'rubyBase',
])

/** The text of a paragraph. What was deleted or hidden is left out. */
export function paragraphText(paragraph: Element, context: RunContext): ParagraphText {
  const reader = new RunReader(context)
  reader.read(paragraph, undefined)
  return reader.found
}

/** Fields go over several runs, so there is a state between them. */
class RunReader {
  readonly found: ParagraphText = { runs: [], boxes: [], notes: [] }
  readonly #context: RunContext
  /** The instructions of the fields that are open, the innermost last. */
  readonly #fields: { instruction: string; isShown: boolean }[] = []

  constructor(context: RunContext) {
    this.#context = context
  }

  /** @param link that the text leads to */
  read(parent: Element, link: string | undefined): void {
    for (const child of elements(parent)) {
      if (child.name === 'r') this.#run(child, link)
      else if (child.name === 'hyperlink') this.read(child, this.#targetOf(child) ?? link)
      else if (child.name === 'fldSimple') this.read(child, linkOfField(attribute(child, 'instr') ?? '') ?? link)
      else if (child.name === 'oMath' || child.name === 'oMathPara') this.#math(child)
      else if (child.name === 'AlternateContent') this.read(chosen(child), link)
      else if (AROUND.has(child.name)) this.read(child, link)
    }
  }

  #targetOf(hyperlink: Element): string | undefined {
    const id = relationId(hyperlink)
    return id === undefined ? undefined : this.#context.relations.get(id)?.target
  }

  #math(element: Element): void {
    this.found.runs.push({ text: descendants(element, 't').map(ownText).join('') })
  }

  #run(run: Element, link: string | undefined): void {
    const properties = find(run, 'rPr')
    if (toggle(properties, 'vanish')) return
    const style = this.#context.style(attribute(find(properties, 'rStyle'), 'val'))
    const form = {
      bold: toggle(properties, 'b') ?? style.bold ?? false,
      italic: toggle(properties, 'i') ?? style.italic ?? false,
    }
    this.#pieces(run, form, link)
  }

  #pieces(parent: Element, form: Pick<Run, 'bold' | 'italic'>, link: string | undefined): void {
    for (const piece of elements(parent)) {
      const text = TEXTS[piece.name]?.(piece)
      if (text !== undefined) this.#add({ text, ...form, link: link ?? this.#fieldLink() })
      else if (piece.name === 'fldChar') this.#fieldMark(attribute(piece, 'fldCharType'))
      else if (piece.name === 'instrText') this.#instruct(ownText(piece))
      else if (piece.name === 'drawing' || piece.name === 'pict' || piece.name === 'object') this.#drawing(piece)
      else if (piece.name === 'AlternateContent') this.#pieces(chosen(piece), form, link)
      else if (piece.name === 'footnoteReference' || piece.name === 'endnoteReference') this.#note(piece)
    }
  }

  #add(run: Run): void {
    if (this.#fields.every(({ isShown }) => isShown)) this.found.runs.push(run)
  }

  #note(reference: Element): void {
    const id = attribute(reference, 'id') ?? ''
    const kind = reference.name === 'footnoteReference' ? 'footnote' : 'endnote'
    this.found.notes.push({ kind, id })
    this.#add({ text: '', footnote: noteName(kind, id) })
  }

  /** Of a picture only its description is left, of a text box its text. */
  #drawing(drawing: Element): void {
    const [facts] = descendants(drawing, 'docPr')
    const description = attribute(facts, 'descr')
    if (description) this.#add({ text: `(image: ${description})` })
    this.found.boxes.push(...descendants(drawing, 'txbxContent'))
  }

  #fieldMark(type: string | undefined): void {
    if (type === 'begin') this.#fields.push({ instruction: '', isShown: false })
    else if (type === 'end') this.#fields.pop()
    else if (type === 'separate') {
      const field = this.#fields.at(-1)
      if (field) field.isShown = true
    }
  }

  #instruct(text: string): void {
    const field = this.#fields.at(-1)
    if (field && !field.isShown) field.instruction += text
  }

  #fieldLink(): string | undefined {
    return this.#fields.map(({ instruction }) => linkOfField(instruction)).find((link) => link !== undefined)
  }
}

/** The pieces of a run that are text. */
const TEXTS: Readonly<Record<string, (piece: Element) => string | undefined>> = Object.assign(Object.create(null), {
  t: ownText,
  tab: () => ' ',
  ptab: () => ' ',
  noBreakHyphen: () => '-',
  cr: () => '\n',
  br: (piece: Element) => (attribute(piece, 'type') === 'page' ? '' : '\n'),
})

const linkOfField = (instruction: string): string | undefined => /^\s*HYPERLINK\s+"([^"]*)"/i.exec(instruction)?.[1]

export const noteName = (kind: 'footnote' | 'endnote', id: string): string =>
  `${kind === 'endnote' ? 'e' : ''}${id.replace(/\W/g, '')}`
