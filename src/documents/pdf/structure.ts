import { type Block, isBlank, type Run } from '../markdown/blocks.js'
import type { PdfPage, Piece, StructureNode } from './page.js'

/** How much of a page its structure must cover to be believed. */
const COVERED = 0.9

/** Elements that are parts of a line. */
const INLINE = new Set([
  ...[
    'Span',
    'Link',
    'Em',
    'Strong',
    'Reference',
    'Annot',
    'Quote',
    'Code',
    'Formula',
    'Sub',
    'Ruby',
    'RB',
    'WP',
    'WT',
  ],
  ...['Lbl', 'NonStruct', 'BibEntry'],
])
const OF_TABLE = new Set(['THead', 'TBody', 'TFoot'])

type Marks = ReadonlyMap<string, Run[]>

/**
 * The blocks of a page as its author marked them: headings, lists, tables.
 * @returns undefined when the page has no structure, or one that leaves much of its text out
 * @see https://pdfa.org/resource/iso-32000-2/ section 14.8
 */
export function structureBlocks({ pieces, structure }: PdfPage): Block[] | undefined {
  if (!structure) return undefined
  const marks = runsByMark(pieces)
  const all = count(pieces.filter(({ isArtifact }) => !isArtifact))
  const reached = new Set(marksIn(structure))
  const covered = count(pieces.filter(({ mark }) => mark !== undefined && reached.has(mark)))
  return all > 0 && covered >= all * COVERED ? blocksIn(structure, marks, 0) : undefined
}

const count = (pieces: readonly { text: string }[]): number =>
  pieces.reduce((sum, { text }) => sum + text.trim().length, 0)

function runsByMark(pieces: readonly Piece[]): Marks {
  const marks = new Map<string, Run[]>()
  for (const { mark, text, link, endsLine } of pieces) {
    if (mark === undefined) continue
    const runs = marks.get(mark) ?? []
    marks.set(mark, runs)
    runs.push({ text: endsLine ? `${text} ` : text, link })
  }
  return marks
}

const marksIn = ({ id, children = [] }: StructureNode): string[] => [
  ...(id === undefined ? [] : [id]),
  ...children.flatMap(marksIn),
]

const isInline = ({ role, children = [] }: StructureNode): boolean =>
  role === undefined || (INLINE.has(role) && children.every(isInline))

/** @param depth of the list that the elements are in */
function blocksIn({ children = [] }: StructureNode, marks: Marks, depth: number): Block[] {
  const blocks: Block[] = []
  let line: Run[] = []
  const end = (): void => {
    if (!isBlank(line)) blocks.push({ kind: 'paragraph', runs: tidy(line) })
    line = []
  }
  for (const child of children) {
    if (isInline(child)) {
      line.push(...runsIn(child, marks))
      continue
    }
    end()
    blocks.push(...blocksOf(child, marks, depth))
  }
  end()
  return blocks
}

function blocksOf(node: StructureNode, marks: Marks, depth: number): Block[] {
  const role = node.role ?? ''
  const [, level] = /^H([1-6])$/.exec(role) ?? []
  if (level !== undefined || role === 'H' || role === 'Title')
    return [{ kind: 'heading', level: Number(level ?? 1), runs: tidy(runsIn(node, marks)) }]
  if (role === 'L') return (node.children ?? []).flatMap((item) => itemBlocks(item, marks, depth))
  if (role === 'Table') return [{ kind: 'table', rows: rowsIn(node, marks) }]
  if (role === 'Figure' && node.alt) return [{ kind: 'paragraph', runs: [{ text: `(image: ${node.alt})` }] }]
  return blocksIn(node, marks, depth)
}

/** An item with the lists inside it. */
function itemBlocks(item: StructureNode, marks: Marks, depth: number): Block[] {
  if (item.role === 'L') return (item.children ?? []).flatMap((inner) => itemBlocks(inner, marks, depth + 1))
  const parts = (item.children ?? []).flatMap((part) => (part.role === 'LBody' ? (part.children ?? []) : [part]))
  const label = parts.filter(({ role }) => role === 'Lbl').flatMap((part) => runsIn(part, marks))
  const inner = parts.filter(({ role }) => role === 'L')
  const own = parts.filter(({ role }) => role !== 'Lbl' && role !== 'L').flatMap((part) => runsIn(part, marks))
  const [, number] = /(\d{1,6})\D*$/.exec(label.map(({ text }) => text).join('')) ?? []
  const runs = tidy(own)
  return [
    ...(isBlank(runs)
      ? []
      : [{ kind: 'item', depth, number: number === undefined ? undefined : Number(number), runs } as const]),
    ...inner.flatMap((list) => (list.children ?? []).flatMap((each) => itemBlocks(each, marks, depth + 1))),
  ]
}

function rowsIn({ children = [] }: StructureNode, marks: Marks): Run[][][] {
  return children.flatMap((row) => {
    if (OF_TABLE.has(row.role ?? '')) return rowsIn(row, marks)
    if (row.role !== 'TR') return []
    return [(row.children ?? []).map((cell) => tidy(runsIn(cell, marks)))]
  })
}

/** All text of an element, as one line. */
function runsIn(node: StructureNode, marks: Marks, form: Pick<Run, 'bold' | 'italic'> = {}): Run[] {
  if (node.id !== undefined) return (marks.get(node.id) ?? []).map((run) => ({ ...run, ...form }))
  const inner = { ...form, ...(node.role === 'Strong' && { bold: true }), ...(node.role === 'Em' && { italic: true }) }
  return (node.children ?? []).flatMap((child) => runsIn(child, marks, inner))
}

/** Runs without the spaces that are left of the ends of lines. */
function tidy(runs: readonly Run[]): Run[] {
  let endsWithSpace = true
  return runs.map((run) => {
    const text = run.text.replace(/\s+/g, ' ')
    const kept = endsWithSpace ? text.trimStart() : text
    if (kept !== '') endsWithSpace = kept.endsWith(' ')
    return { ...run, text: kept }
  })
}
