import { ConnectorsError } from '../base/errors.js'
import type { DocumentFormat } from './protocol.js'

/** A file as it came from a third party. */
export interface DocumentFile {
  bytes: Uint8Array
  /** Its media type, parameters included. */
  contentType: string | null
  filename: string | null
}

const OOXML = 'application/vnd.openxmlformats-officedocument.'

const BY_TYPE: Readonly<Record<string, DocumentFormat | 'text'>> = {
  'application/pdf': 'pdf',
  'application/x-pdf': 'pdf',
  [`${OOXML}wordprocessingml.document`]: 'office',
  [`${OOXML}wordprocessingml.template`]: 'office',
  [`${OOXML}presentationml.presentation`]: 'office',
  [`${OOXML}presentationml.slideshow`]: 'office',
  [`${OOXML}presentationml.template`]: 'office',
  'application/vnd.ms-word.document.macroenabled.12': 'office',
  'application/vnd.ms-powerpoint.presentation.macroenabled.12': 'office',
  'text/plain': 'text',
  'text/markdown': 'text',
  'text/x-markdown': 'text',
  'text/csv': 'text',
  'text/tab-separated-values': 'text',
}

const BY_ENDING: Readonly<Record<string, DocumentFormat | 'text'>> = {
  pdf: 'pdf',
  ...{ docx: 'office', docm: 'office', dotx: 'office' },
  ...{ pptx: 'office', pptm: 'office', ppsx: 'office', potx: 'office' },
  ...{ txt: 'text', md: 'text', markdown: 'text', csv: 'text', tsv: 'text' },
}

/** A PDF may begin with other bytes, of a mail for instance. */
const LONGEST_PREFIX = 1024

/**
 * What reads a file: by its content type, else by the ending of its name, else by its first bytes.
 * @throws INVALID_PARAMETERS when nothing does
 */
export function formatOf({ bytes, contentType, filename }: DocumentFile): DocumentFormat | 'text' {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const ending = (filename ?? '').split('.').at(-1)?.toLowerCase() ?? ''
  const known =
    entryOf(BY_TYPE, type) ?? (filename?.includes('.') ? entryOf(BY_ENDING, ending) : undefined) ?? formatByBytes(bytes)
  if (known) return known
  throw new ConnectorsError(
    'INVALID_PARAMETERS',
    'A file of this kind cannot be read as Markdown: PDF, DOCX, PPTX, plain text, Markdown, CSV and TSV can. Get the file itself, or one of these kinds.',
  )
}

/** Names of what every object has are not formats. */
const entryOf = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined

function formatByBytes(bytes: Uint8Array): DocumentFormat | undefined {
  const beginning = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, LONGEST_PREFIX))
  if (beginning.includes('%PDF-')) return 'pdf'
  return beginning.indexOf('PK\x03\x04', 0, 'latin1') === 0 ? 'office' : undefined
}
