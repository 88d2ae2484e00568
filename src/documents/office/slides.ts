import { type Block, isBlank, type Run, textOf } from '../markdown/blocks.js'
import type { OfficePackage, Relation } from './package.js'
import { attribute, chosen, type Element, elements, find, ownText, relationId } from './xml.js'

/** Placeholders that are the same on each slide. */
const FURNITURE = new Set(['sldNum', 'dt', 'ftr', 'hdr'])
/** Placeholders whose paragraphs are bulleted where nothing else is said; one without a type is such. */
const BULLETED = new Set([undefined, 'body', 'obj'])

type Relations = ReadonlyMap<string, Relation>

/**
 * Reads a PowerPoint presentation: slide by slide its title, its text and tables in the order of the shapes, and the notes of the
 * speaker.
 * @param part its name
 * @see https://ecma-international.org/publications-and-standards/standards/ecma-376/ part 1, PresentationML
 */
export function* slideBlocks(source: OfficePackage, part: string, root: Element): Generator<Block> {
  const relations = source.relations(part)
  let number = 0
  for (const entry of elements(find(root, 'sldIdLst'), 'sldId')) {
    const name = relations.get(relationId(entry) ?? '')?.target
    const slide = name === undefined ? undefined : source.part(name)
    if (name === undefined || slide?.name !== 'sld') continue
    number += 1
    yield* slideOf(slide, number, source.relations(name))
    const notes = source.related(name, 'notesSlide')
    if (notes !== undefined) yield* notesOf(source.part(notes), source.relations(notes))
  }
}

function* slideOf(slide: Element, number: number, relations: Relations): Generator<Block> {
  const shapes = shapesOf(find(slide, 'cSld', 'spTree'))
  const title = shapes.find((shape) => ['title', 'ctrTitle'].includes(placeholderOf(shape)?.type ?? ''))
  const words = title === undefined ? '' : textOf(onOneLine(title, relations)).trim()
  const hidden = attribute(slide, 'show') === '0' ? ' (hidden)' : ''
  const heading = `Slide ${number}${hidden}${words === '' ? '' : `: ${words}`}`
  yield { kind: 'heading', level: 2, runs: [{ text: heading }] }
  for (const shape of shapes) if (shape !== title) yield* shapeBlocks(shape, relations)
}

function* notesOf(notes: Element | undefined, relations: Relations): Generator<Block> {
  const body = shapesOf(find(notes, 'cSld', 'spTree')).find((shape) => placeholderOf(shape)?.type === 'body')
  if (!body) return
  const paragraphs = paragraphsOf(body, relations).map(({ runs }) => runs)
  if (paragraphs.every(isBlank)) return
  yield { kind: 'paragraph', runs: [{ text: 'Notes:', bold: true }, ...joined([[{ text: '' }], ...paragraphs])] }
}

/** The shapes of a slide, those in groups too. */
function shapesOf(tree: Element | undefined): Element[] {
  return elements(tree).flatMap((child) => {
    if (child.name === 'grpSp') return shapesOf(child)
    if (child.name === 'AlternateContent') return shapesOf(chosen(child))
    return ['sp', 'graphicFrame', 'pic'].includes(child.name) ? [child] : []
  })
}

function placeholderOf(shape: Element): { type: string | undefined } | undefined {
  const placeholder = find(shape, 'nvSpPr', 'nvPr', 'ph')
  return placeholder && { type: attribute(placeholder, 'type') }
}

function* shapeBlocks(shape: Element, relations: Relations): Generator<Block> {
  const placeholder = placeholderOf(shape)
  if (placeholder && FURNITURE.has(placeholder.type ?? '')) return
  const table = find(shape, 'graphic', 'graphicData', 'tbl')
  if (table) {
    yield { kind: 'table', rows: elements(table, 'tr').map((row) => rowOf(row, relations)) }
    return
  }
  const description = attribute(find(shape, 'nvPicPr', 'cNvPr') ?? find(shape, 'nvGraphicFramePr', 'cNvPr'), 'descr')
  if (description) yield { kind: 'paragraph', runs: [{ text: `(image: ${description})` }] }
  const isBulleted = placeholder !== undefined && BULLETED.has(placeholder.type)
  const counts: number[] = []
  for (const { runs, properties } of paragraphsOf(shape, relations)) {
    if (isBlank(runs)) continue
    yield blockOf(runs, properties, isBulleted, counts)
  }
}

/** @param counts of the numbered items of the shape so far, by depth */
function blockOf(runs: Run[], properties: Element | undefined, isBulleted: boolean, counts: number[]): Block {
  const level = Number(attribute(properties, 'lvl') ?? 0)
  const depth = level >= 1 && level <= 8 ? Math.floor(level) : 0
  const has = (name: string): boolean => find(properties, name) !== undefined
  const isCounted = has('buAutoNum')
  const isItem = isCounted || has('buChar') || has('buBlip') || (isBulleted && !has('buNone'))
  if (!isItem) {
    counts.length = 0
    return { kind: 'paragraph', runs }
  }
  counts.length = Math.min(counts.length, depth + 1)
  if (!isCounted) return { kind: 'item', depth, runs }
  counts[depth] = (counts[depth] ?? 0) + 1
  return { kind: 'item', depth, number: counts[depth], runs }
}

function rowOf(row: Element, relations: Relations): Run[][] {
  return elements(row, 'tc').map((cell) => {
    const isCovered = ['hMerge', 'vMerge'].some((name) => /^(?:1|true)$/.test(attribute(cell, name) ?? ''))
    return isCovered ? [] : joined(paragraphsOf(cell, relations).map(({ runs }) => runs))
  })
}

const onOneLine = (shape: Element, relations: Relations): Run[] =>
  joined(paragraphsOf(shape, relations).map(({ runs }) => runs)).map(({ text }) => ({ text: text.replace(/\n/g, ' ') }))

const joined = (paragraphs: readonly Run[][]): Run[] =>
  paragraphs.flatMap((runs, at) => (at === 0 ? runs : [{ text: '\n' }, ...runs]))

function paragraphsOf(shape: Element, relations: Relations): { runs: Run[]; properties: Element | undefined }[] {
  return elements(find(shape, 'txBody'), 'p').map((paragraph) => ({
    runs: elements(paragraph).flatMap((child) => runOf(child, relations)),
    properties: find(paragraph, 'pPr'),
  }))
}

function runOf(element: Element, relations: Relations): Run[] {
  if (element.name === 'br') return [{ text: '\n' }]
  if (element.name !== 'r' && element.name !== 'fld') return []
  const properties = find(element, 'rPr')
  const isOn = (name: string): boolean => /^(?:1|true)$/.test(attribute(properties, name) ?? '')
  const target = find(properties, 'hlinkClick')
  const link = target && relations.get(relationId(target) ?? '')?.target
  return elements(element, 't').map((text) => ({ text: ownText(text), bold: isOn('b'), italic: isOn('i'), link }))
}
