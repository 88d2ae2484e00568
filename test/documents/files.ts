import { zipSync } from 'fflate'

/** A zip archive of texts by name. */
export const archive = (parts: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [
        name,
        typeof part === 'string' ? new TextEncoder().encode(part) : part,
      ]),
    ),
  )

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const NAMESPACES =
  'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'

export interface Relationship {
  type: string
  target: string
  external?: boolean
}

export const relationships = (entries: Readonly<Record<string, Relationship>>): string =>
  `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${Object.entries(entries)
    .map(
      ([id, { type, target, external }]) =>
        `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`,
    )
    .join('')}</Relationships>`

const main = (target: string): string => relationships({ r1: { type: 'officeDocument', target } })

/** The parts of a Word document. @param body what is in its body */
export const wordParts = (
  body: string,
  related: Readonly<Record<string, Relationship>> = {},
): Record<string, string | Uint8Array> => ({
  '_rels/.rels': main('word/document.xml'),
  'word/document.xml': `<?xml version="1.0" encoding="UTF-8"?><w:document ${NAMESPACES}><w:body>${body}</w:body></w:document>`,
  'word/_rels/document.xml.rels': relationships({
    styles: { type: 'styles', target: 'styles.xml' },
    numbering: { type: 'numbering', target: '/word/numbering.xml' },
    notes: { type: 'footnotes', target: 'footnotes.xml' },
    ...related,
  }),
  'word/styles.xml': `<w:styles ${NAMESPACES}>
    <w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
    <w:style w:styleId="own"><w:name w:val="Our Own"/><w:basedOn w:val="sub"/></w:style>
    <w:style w:styleId="sub"><w:name w:val="heading 2"/></w:style>
    <w:style w:styleId="Strong"><w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style>
    <w:style w:styleId="circle"><w:name w:val="a"/><w:basedOn w:val="circle2"/></w:style>
    <w:style w:styleId="circle2"><w:name w:val="b"/><w:basedOn w:val="circle"/></w:style></w:styles>`,
  'word/numbering.xml': `<w:numbering ${NAMESPACES}>
    <w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
    <w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum>
    <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>`,
})

export const word = (body: string, related: Readonly<Record<string, Relationship>> = {}): Uint8Array =>
  archive(wordParts(body, related))

/** A paragraph of a Word document. @param properties what is in its `pPr` */
export const paragraph = (text: string, properties = ''): string =>
  `<w:p><w:pPr>${properties}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`

export const styled = (text: string, style: string): string => paragraph(text, `<w:pStyle w:val="${style}"/>`)

export const item = (text: string, list: number, depth = 0): string =>
  paragraph(text, `<w:numPr><w:ilvl w:val="${depth}"/><w:numId w:val="${list}"/></w:numPr>`)

export interface Slide {
  /** What is in its tree of shapes. */
  shapes: string
  notes?: string
  hidden?: boolean
}

/** A PowerPoint presentation. Its files are named against the order of the slides. */
export function slides(all: readonly Slide[]): Uint8Array {
  const name = (at: number): string => `slide${all.length - at}.xml`
  const parts: Record<string, string> = {
    '_rels/.rels': main('ppt/presentation.xml'),
    'ppt/presentation.xml': `<p:presentation ${NAMESPACES}><p:sldIdLst>${all
      .map((_, at) => `<p:sldId id="${256 + at}" r:id="rId${at}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relationships(
      Object.fromEntries(all.map((_, at) => [`rId${at}`, { type: 'slide', target: `slides/${name(at)}` }])),
    ),
  }
  all.forEach(({ shapes, notes, hidden }, at) => {
    parts[`ppt/slides/${name(at)}`] =
      `<p:sld ${NAMESPACES}${hidden ? ' show="0"' : ''}><p:cSld><p:spTree>${shapes}</p:spTree></p:cSld></p:sld>`
    parts[`ppt/slides/_rels/${name(at)}.rels`] = relationships({
      link: { type: 'hyperlink', target: 'https://example.org/slide', external: true },
      script: { type: 'hyperlink', target: 'javascript:alert(1)', external: true },
      // A slide refers to itself, which must not be followed for ever.
      self: { type: 'slide', target: name(at) },
      ...(notes !== undefined && { notes: { type: 'notesSlide', target: `../notes/n${at}.xml` } }),
    })
    if (notes !== undefined)
      parts[`ppt/notes/n${at}.xml`] =
        `<p:notes ${NAMESPACES}><p:cSld><p:spTree>${shape('1', 'sldNum')}${shape(notes, 'body')}</p:spTree></p:cSld></p:notes>`
  })
  return archive(parts)
}

/** A shape with one paragraph. @param type of its placeholder; none for a text box */
export const shape = (text: string, type?: string): string => shapeOf(`<a:p><a:r><a:t>${text}</a:t></a:r></a:p>`, type)

export const shapeOf = (paragraphs: string, type?: string): string =>
  `<p:sp><p:nvSpPr><p:cNvPr id="1" name=""/><p:cNvSpPr/><p:nvPr>${type === undefined ? '' : `<p:ph type="${type}"/>`}</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>${paragraphs}</p:txBody></p:sp>`

/**
 * A PDF of pages with these content streams, in Helvetica as /F1.
 * @param more objects from number 5 on, before the pages; `info` goes into the trailer
 */
export function pdf(contents: readonly (string | Uint8Array)[], trailer = '', pageEntries = ''): Uint8Array {
  const first = 4
  const kids = contents.map((_, at) => `${first + 2 * at} 0 R`).join(' ')
  const objects: (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...contents.flatMap((content, at) => {
      const stream = typeof content === 'string' ? Buffer.from(content, 'latin1') : Buffer.from(content)
      const filter = typeof content === 'string' ? '' : ' /Filter /FlateDecode'
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${first + 2 * at + 1} 0 R ${pageEntries} >>`,
        Buffer.concat([
          Buffer.from(`<< /Length ${stream.length}${filter} >>\nstream\n`),
          stream,
          Buffer.from('\nendstream'),
        ]),
      ]
    }),
  ]
  const pieces: Buffer[] = [Buffer.from('%PDF-1.7\n')]
  const places: number[] = []
  let size = 9
  objects.forEach((object, at) => {
    places.push(size)
    const piece = Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), Buffer.from(object), Buffer.from('\nendobj\n')])
    pieces.push(piece)
    size += piece.length
  })
  const table = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`).join('')
  pieces.push(
    Buffer.from(
      `xref\n0 ${places.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${places.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${size}\n%%EOF\n`,
    ),
  )
  return Buffer.concat(pieces)
}

/** Shows one line of text at a place of a page. */
export const line = (text: string, x: number, y: number, size = 12): string =>
  `BT /F1 ${size} Tf ${x} ${y} Td (${text.replace(/[()\\]/g, '\\$&')}) Tj ET\n`
