/** A piece of text in one form. A line break in it is a line break of the document. */
export interface Run {
  text: string
  bold?: boolean
  italic?: boolean
  /** An address as the document has it. */
  link?: string | undefined
  /** The name of a footnote, which stands in place of text. */
  footnote?: string
}

/** A part of a document that stands on lines of its own. */
export type Block =
  | { kind: 'heading'; level: number; runs: readonly Run[] }
  | { kind: 'paragraph'; runs: readonly Run[] }
  /** An item of a list: `number` if the list counts, `depth` 0 for the outermost list. */
  | { kind: 'item'; depth: number; number?: number | undefined; runs: readonly Run[] }
  /** Rows of cells; the first one is the head. */
  | { kind: 'table'; rows: readonly (readonly (readonly Run[])[])[] }
  /** What a footnote says. */
  | { kind: 'footnote'; name: string; runs: readonly Run[] }

export const textOf = (runs: readonly Run[]): string => runs.map(({ text }) => text).join('')

export const isBlank = (runs: readonly Run[]): boolean =>
  runs.every(({ text, footnote }) => text.trim() === '' && footnote === undefined)
