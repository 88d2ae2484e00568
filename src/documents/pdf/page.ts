import type { getDocument } from 'unpdf/pdfjs'

export type PdfDocument = Awaited<ReturnType<typeof getDocument>['promise']>
type Page = Awaited<ReturnType<PdfDocument['getPage']>>
type Items = Awaited<ReturnType<Page['getTextContent']>>['items']

/** A piece of text and where it is: left end of its base line, from the lower left corner of the page. */
export interface Piece {
  text: string
  x: number
  y: number
  width: number
  /** Of the font, in the units of the page. */
  size: number
  endsLine: boolean
  /** The marked content that it is in, which the structure refers to. */
  mark: string | undefined
  /** True for what its author marked as no part of the text: page numbers, running heads. */
  isArtifact: boolean
  link: string | undefined
}

/** An element of the structure of a page, or a reference to a mark. */
export interface StructureNode {
  role?: string
  alt?: string
  children?: StructureNode[]
  type?: string
  id?: string
}

export interface PdfPage {
  pieces: Piece[]
  /** What its author says of it; undefined for a PDF without structure. */
  structure: StructureNode | undefined
}

interface Link {
  url: string
  rectangle: readonly number[]
}

/** A page with more links is read without the others. */
const MOST_LINKS = 500

export async function readPage(document: PdfDocument, number: number): Promise<PdfPage> {
  const page = await document.getPage(number)
  const { items } = await page.getTextContent({ includeMarkedContent: true })
  const structure: StructureNode | null = await page.getStructTree().catch(() => null)
  const links = await page.getAnnotations().then(linksOf, () => [])
  page.cleanup()
  return { pieces: piecesOf(items, links), structure: structure ?? undefined }
}

function linksOf(annotations: readonly { subtype?: string; url?: string; rect?: number[] }[]): Link[] {
  return annotations
    .flatMap(({ subtype, url, rect }) => (subtype === 'Link' && url && rect ? [{ url, rectangle: rect }] : []))
    .slice(0, MOST_LINKS)
}

function piecesOf(items: Items, links: readonly Link[]): Piece[] {
  const pieces: Piece[] = []
  // Marked content is nested; an inner one without a name of its own belongs to the outer one.
  const marks: { mark: string | undefined; isArtifact: boolean }[] = []
  for (const item of items) {
    const outer = marks.at(-1)
    if ('str' in item) {
      const [, , c, d, x, y] = item.transform as number[]
      const size = Math.hypot(c ?? 0, d ?? 0)
      const place = { x: x ?? 0, y: y ?? 0, width: item.width, size }
      const marked = { mark: outer?.mark, isArtifact: outer?.isArtifact ?? false }
      pieces.push({ text: item.str, endsLine: item.hasEOL, ...place, ...marked, link: linkAt(place, links) })
    } else if (item.type === 'endMarkedContent') marks.pop()
    else {
      // Its types say nothing of the tag.
      const isArtifact = ('tag' in item && item.tag === 'Artifact') || (outer?.isArtifact ?? false)
      marks.push({ mark: item.id ?? outer?.mark, isArtifact })
    }
  }
  return pieces
}

/** The link whose area has the middle of a piece. */
function linkAt(
  { x, y, width, size }: Pick<Piece, 'x' | 'y' | 'width' | 'size'>,
  links: readonly Link[],
): string | undefined {
  const [middleX, middleY] = [x + width / 2, y + size / 3]
  return links.find(({ rectangle: [left = 0, bottom = 0, right = 0, top = 0] }) => {
    return left <= middleX && middleX <= right && bottom <= middleY && middleY <= top
  })?.url
}
