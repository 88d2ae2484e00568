import { toMarkdown } from '../../documents/port.js'
import {
  ConnectorFile,
  defineAction,
  invalidParameters,
  path,
  type Query,
  Result,
  type Upstream,
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

interface KnownFile {
  name: string
  mime_type: string
}

async function describeFile(drive: Upstream, id: string, query: Query): Promise<KnownFile> {
  const select = { fields: ['name', 'mime_type'] }
  const { json } = await drive.send({ method: 'GET', path: path`/files/${id}`, query, select })
  const { name, mime_type } = json as { name?: string; mime_type?: string }
  return { name: name ?? 'file', mime_type: mime_type ?? '' }
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
  const format = formats[kind]
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
  run: async (drive, { id, export_format, revision_id, ...query }) => {
    const known = await describeFile(drive, id, { ...SHARED_DRIVES, ...query })
    const kind = GOOGLE_KIND.exec(known.mime_type)?.[1]
    const ofRevision = revision_id !== undefined
    if (export_format !== undefined || (kind !== undefined && !ofRevision)) {
      return exported(drive, id, known, export_format ?? formatOf(USUAL_FORMAT, kind ?? ''))
    }
    const at = ofRevision ? path`/files/${id}/revisions/${revision_id}` : path`/files/${id}`
    const { acknowledge_abuse } = query
    const whole = ofRevision ? { acknowledge_abuse } : { ...SHARED_DRIVES, ...query }
    const { bytes, contentType } = await drive.file({ method: 'GET', path: at, query: { ...whole, alt: 'media' } })
    return new ConnectorFile(bytes, known.name, contentType ?? known.mime_type)
  },
})

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
    const kind = GOOGLE_KIND.exec(known.mime_type)?.[1]
    const file =
      kind === undefined
        ? await drive.file({ method: 'GET', path: path`/files/${id}`, query: { ...SHARED_DRIVES, alt: 'media' } })
        : await exported(drive, id, known, formatOf(READABLE_FORMAT, kind))
    const { bytes } = file
    const contentType = kind === undefined ? known.mime_type : file.contentType
    const filename = kind === undefined ? known.name : file.filename
    const { markdown, truncated } = await toMarkdown({ bytes, contentType, filename }, signal)
    const data = { file_name: known.name, markdown }
    return truncated ? new Result(data, { truncated }) : data
  },
})
