/** Which reader a document needs. Word and PowerPoint files differ by what is in them. */
export type DocumentFormat = 'pdf' | 'office'

/** Why a document is not read. */
export type DocumentFault =
  /** It is not what its name says, or a part of it is missing. */
  | 'damaged'
  /** It does not open without a password. */
  | 'protected'
  /** An Office file that is neither a text document nor a presentation. */
  | 'unknown-kind'
  /** A PDF that has pictures of text only. */
  | 'no-text'
  /** Unpacked it is larger than what is read. */
  | 'too-large'

/** What a document says. */
export interface DocumentText {
  markdown: string
  /** True if the document goes on beyond the end of `markdown`. */
  truncated: boolean
}

/** What the process that reads a document answers, once. */
export type DocumentAnswer = ({ kind: 'read' } & DocumentText) | { kind: 'unreadable'; fault: DocumentFault }

/** Thrown by a reader that cannot go on. */
export class Unreadable extends Error {
  readonly fault: DocumentFault

  constructor(fault: DocumentFault, options?: ErrorOptions) {
    super(`The document cannot be read: ${fault}.`, options)
    this.fault = fault
  }
}

/** The most Markdown that one document becomes. Bytes. */
export const MOST_MARKDOWN = 8 * 1024 * 1024
