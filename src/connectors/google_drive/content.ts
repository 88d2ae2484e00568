import { toMarkdown } from '../../documents/port.js'
import {
  ConnectorFile,
  ConnectorsError,
  defineAction,
  invalidParameters,
  path,
  type Query,
  Result,
  type Upstream,
  type UpstreamRequest,
  z,
} from '../../kit/index.js'
import { id, READS, SHARED_DRIVES, sharedDrives } from './fields.js'

/** The formats that Google makes of its own kinds of files. @see https://developers.google.com/workspace/drive/api/guides/ref-export-formats */
const EXPORT_FORMATS: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  epub: 'application/epub+zip',
  html: 'text/html',
  jpg: 'image/jpeg',
  json: 'application/vnd.google-apps.script+json',
  md: 'text/markdown',
  mp4: 'video/mp4',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf',
  png: 'image/png',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf',
  svg: 'image/svg+xml',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
}

const GOOGLE_KIND = /^application\/vnd\.google-apps\.(\w+)$/

/** What a file of Google's own kind becomes by default. */
const USUAL_FORMAT: Readonly<Record<string, string>> = {
  document: 'docx',
  spreadsheet: 'xlsx',
  presentation: 'pptx',
  drawing: 'png',
  script: 'json',
}
/** What it becomes for reading: Google writes Markdown of documents itself. */
const READABLE_FORMAT: Readonly<Record<string, string>> = { document: 'md', presentation: 'pptx' }

/** The largest content that one request gets. Bytes. */
const MOST_BYTES = 32 * 1024 * 1024

interface KnownFile {
  name: string
  mime_type: string
  /** Google's own kind, such as `document`; undefined for a file with content of its own. */
  kind: string | undefined
  /** Bytes; undefined where Google does not tell. */
  size: number | undefined
}

async function describeFile(drive: Upstream, id: string, query: Query): Promise<KnownFile> {
  const select = { fields: ['name', 'mime_type', 'size'] }
  const { json } = await drive.send({ method: 'GET', path: path`/files/${id}`, query, select })
  const { name = 'file', mime_type = '', size } = json as { name?: string; mime_type?: string; size?: string }
  const kind = GOOGLE_KIND.exec(mime_type)?.[1]
  return { name, mime_type, kind, size: size === undefined ? undefined : Number(size) }
}

/** @throws TOO_LARGE before the content of a file is fetched that is known to be too large */
function checkSize({ size }: KnownFile): void {
  if (size === undefined || size <= MOST_BYTES) return
  throw new ConnectorsError(
    'TOO_LARGE',
    `The file is larger than the ${MOST_BYTES / 1024 / 1024} MiB that can be downloaded here; open it in Google Drive.`,
    { details: { size } },
  )
}

/** A file of Google's own kind in another format. @param format a file extension */
async function exported(drive: Upstream, id: string, { name }: KnownFile, format: string): Promise<ConnectorFile> {
  const type = EXPORT_FORMATS[format] ?? ''
  const query = { mime_type: type }
  const { bytes } = await drive.file({ method: 'GET', path: path`/files/${id}/export`, query })
  return new ConnectorFile(bytes, name.endsWith(`.${format}`) ? name : `${name}.${format}`, type)
}

/** @throws INVALID_PARAMETERS for a kind of Google's that has no content in any other format */
function formatOf(formats: Readonly<Record<string, string>>, kind: string): string {
  const format = Object.hasOwn(formats, kind) ? formats[kind] : undefined
  if (format !== undefined) return format
  throw invalidParameters(
    `A file of this kind cannot be read here; of Google's own kinds ${Object.keys(formats).join(', ')} can. Open it in Google Drive.`,
    [{ field: 'id', message: 'is a file of another kind' }],
  )
}

/** @see https://developers.google.com/workspace/drive/api/guides/manage-downloads */
export const downloadFile = defineAction({
  name: 'download_file',
  description:
    "Get the content of a file as a file. Files of Google's own kinds become docx, xlsx, pptx, png or json, or what export_format says. To read a document, get_markdown_content is shorter.",
  examples: ['download this file', 'get the spreadsheet as csv', 'export the document as PDF'],
  effect: 'read',
  shaping: false,
  scopes: [READS],
  input: {
    id: id('file'),
    export_format: z
      .string()
      .transform((text) => text.trim().toLowerCase().replace(/^\./, ''))
      .refine(
        (format) => Object.hasOwn(EXPORT_FORMATS, format),
        `is not one of ${Object.keys(EXPORT_FORMATS).join(', ')}`,
      )
      .optional()
      .describe("A file extension, such as pdf, docx, csv; for files of Google's own kinds"),
    revision_id: z.string().optional().describe('An earlier version of the file'),
    acknowledge_abuse: z.boolean().optional().describe('True to get a file that Google marked as dangerous'),
    ...sharedDrives,
  },
  run: async (drive, { id, export_format, revision_id, acknowledge_abuse, ...query }) => {
    const shared = { ...SHARED_DRIVES, ...query }
    const known = await describeFile(drive, id, shared)
    if (revision_id !== undefined) {
      if (known.kind !== undefined) throw notOfRevisions()
      return content(drive, known, { path: path`/files/${id}/revisions/${revision_id}`, query: { acknowledge_abuse } })
    }
    if (export_format !== undefined || known.kind !== undefined) {
      return exported(drive, id, known, export_format ?? formatOf(USUAL_FORMAT, known.kind ?? ''))
    }
    checkSize(known)
    return content(drive, known, { path: path`/files/${id}`, query: { ...shared, acknowledge_abuse } })
  },
})

/** The content of a file as it is. */
async function content(
  drive: Upstream,
  known: KnownFile,
  { path, query }: Pick<UpstreamRequest, 'path' | 'query'>,
): Promise<ConnectorFile> {
  const { bytes, contentType } = await drive.file({ method: 'GET', path, query: { ...query, alt: 'media' } })
  return new ConnectorFile(bytes, known.name, contentType ?? known.mime_type)
}

/** Google has only addresses for them that do not belong to its API. */
const notOfRevisions = (): ConnectorsError =>
  invalidParameters(
    "Earlier versions of files of Google's own kinds cannot be downloaded here; leave revision_id out to get the present one, or open the file in Google Drive.",
    [{ field: 'revision_id', message: "is not possible for a file of Google's own kinds" }],
  )

/** Google writes each picture of a document as a line behind its text. */
const PICTURE = /^\[image\d{1,6}\]: <data:[^>\r\n\u2028\u2029]*>$/gm
/** Where a picture stands, with its alternative text. */
const PLACE_OF_PICTURE = /!\[([^\][\n]*)\]\[image\d{1,6}\]/g

/** Without the pictures, which are far longer than the text, and of which alternative texts stay. */
function withoutPictures(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder().decode(bytes)
  return new TextEncoder().encode(text.replaceAll(PICTURE, '').replaceAll(PLACE_OF_PICTURE, '$1').trimEnd())
}

/** A file in a form that can be read as Markdown. */
async function readable(drive: Upstream, id: string, known: KnownFile): Promise<ConnectorFile> {
  const { kind, name, mime_type } = known
  if (kind === undefined) {
    checkSize(known)
    const { bytes } = await content(drive, known, { path: path`/files/${id}`, query: SHARED_DRIVES })
    return new ConnectorFile(bytes, name, mime_type)
  }
  const format = formatOf(READABLE_FORMAT, kind)
  const file = await exported(drive, id, known, format)
  return format === 'md' ? new ConnectorFile(withoutPictures(file.bytes), file.filename, file.contentType) : file
}

/** @see https://developers.google.com/workspace/drive/api/guides/manage-downloads */
export const getMarkdownContent = defineAction({
  name: 'get_markdown_content',
  description:
    'Read a document as Markdown: PDF, DOCX, PPTX, plain text, Google Docs and Slides. Returns file_name and markdown. Pictures are left out; spreadsheets come by download_file.',
  examples: ['read this document', 'what does the PDF say', 'summarize the slides'],
  effect: 'read',
  shaping: false,
  scopes: [READS],
  input: { id: id('file') },
  run: async (drive, { id }, { signal }) => {
    const known = await describeFile(drive, id, SHARED_DRIVES)
    const { markdown, truncated } = await toMarkdown(await readable(drive, id, known), signal)
    const data = { file_name: known.name, markdown }
    return truncated ? new Result(data, { truncated }) : data
  },
})
