import { invalidParameters } from '../../base/errors.js'
import { Path, segment } from '../../http/path.js'

/** One piece of a path template. */
type Piece =
  | { kind: 'text'; text: string }
  /** `{id}`: one segment, or a part of one. */
  | { kind: 'segment'; name: string }
  /** `{+name}`: a resource name of several segments. */
  | { kind: 'segments'; name: string }
  /** `'{q}'`: a literal of OData, in which quotes are doubled. */
  | { kind: 'literal'; name: string }

/** The path of a request, with places for parameters. */
export interface PathTemplate {
  readonly text: string
  /** The parameters it needs. */
  readonly names: readonly string[]
  /**
   * Fills it in. Every value stays in its place: it cannot leave its segment, add a query or lead up the path.
   * @throws INVALID_PARAMETERS for an empty value, `.` and `..`
   */
  fill(values: Readonly<Record<string, unknown>>): Path
}

const PIECE = /'\{(?<literal>\w+)\}'|\{\+(?<segments>\w+)\}|\{(?<segment>\w+)\}/g

/** Reads a template. @throws Error for a brace that belongs to no placeholder */
export function pathTemplate(text: string): PathTemplate {
  const pieces = piecesOf(text)
  const stray = pieces.find((piece) => piece.kind === 'text' && /[{}]/.test(piece.text))
  if (stray) throw new Error(`The path ${text} has a brace that belongs to no placeholder.`)
  const names = pieces.flatMap((piece) => (piece.kind === 'text' ? [] : [piece.name]))
  return {
    text,
    names,
    fill: (values) =>
      new Path(
        pieces.reduce((text, piece) => text + filled(piece, values), ''),
        names.map((name) => ({ name, value: values[name] })),
      ),
  }
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(PIECE)) {
    pieces.push({ kind: 'text', text: text.slice(end, match.index) }, placeholder(match.groups ?? {}))
    end = match.index + match[0].length
  }
  return [...pieces, { kind: 'text', text: text.slice(end) }]
}

function placeholder({ literal, segments, segment }: Record<string, string | undefined>): Piece {
  if (literal !== undefined) return { kind: 'literal', name: literal }
  if (segments !== undefined) return { kind: 'segments', name: segments }
  return { kind: 'segment', name: segment ?? '' }
}

function filled(piece: Piece, values: Readonly<Record<string, unknown>>): string {
  if (piece.kind === 'text') return piece.text
  const value = values[piece.name]
  const text = String(value ?? '')
  switch (piece.kind) {
    case 'segment':
      // The items of a list are joined by commas.
      return Array.isArray(value) ? value.map((item) => segment(String(item))).join(',') : segment(text)
    case 'literal':
      return `'${quoted(text)}'`
    case 'segments':
      return text.split('/').map(segment).join('/')
  }
}

/**
 * @throws INVALID_PARAMETERS for text that is not well formed
 * @see https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_URLParsing
 */
function quoted(text: string): string {
  try {
    return encodeURIComponent(text.replaceAll("'", "''"))
  } catch {
    throw invalidParameters('A value in the path contains half of a surrogate pair; use well-formed text.')
  }
}
