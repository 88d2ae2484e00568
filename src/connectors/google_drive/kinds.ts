import { type Json, memberAt } from '../../kit/index.js'

const NAMES = ['documents', 'spreadsheets', 'presentations', 'forms_and_templates', 'others'] as const
export type Kind = (typeof NAMES)[number]

/** How many files there are of each kind. A type, since an interface does not count as JSON. */
export type Counts = Record<Kind, number>

const OFFICE = 'application/vnd.openxmlformats-officedocument'
const OPEN = 'application/vnd.oasis.opendocument'
const GOOGLE = 'application/vnd.google-apps'

/** @see https://developers.google.com/workspace/drive/api/guides/mime-types */
const BY_TYPE = new Map<unknown, Kind>([
  ...kind(
    'documents',
    `${GOOGLE}.document`,
    'application/msword',
    `${OFFICE}.wordprocessingml.document`,
    `${OPEN}.text`,
  ),
  ...kind(
    'documents',
    'text/plain',
    'application/rtf',
    'text/rtf',
    'application/pdf',
    'text/markdown',
    'text/x-markdown',
  ),
  ...kind('spreadsheets', `${GOOGLE}.spreadsheet`, 'application/vnd.ms-excel', `${OFFICE}.spreadsheetml.sheet`),
  ...kind('spreadsheets', `${OPEN}.spreadsheet`, 'text/csv'),
  ...kind('presentations', `${GOOGLE}.presentation`, 'application/vnd.ms-powerpoint', `${OPEN}.presentation`),
  ...kind('presentations', `${OFFICE}.presentationml.presentation`),
  ...kind('forms_and_templates', `${GOOGLE}.form`, `${OFFICE}.wordprocessingml.template`),
  ...kind('forms_and_templates', `${OFFICE}.spreadsheetml.template`),
])

/** For files whose type says nothing. */
const BY_EXTENSION = new Map<unknown, Kind>([
  ...kind('documents', 'doc', 'docx', 'odt', 'txt', 'rtf', 'pdf', 'md'),
  ...kind('spreadsheets', 'xls', 'xlsx', 'ods', 'csv'),
  ...kind('presentations', 'ppt', 'pptx', 'odp'),
  ...kind('forms_and_templates', 'dotx', 'xltx'),
])

function kind(name: Kind, ...of: string[]): [string, Kind][] {
  return of.map((one) => [one, name])
}

/** The kind of a file, by its type, or its extension where that says nothing. */
export const kindOf = (file: Json): Kind =>
  BY_TYPE.get(memberAt(file, 'mime_type')) ??
  BY_EXTENSION.get(String(memberAt(file, 'file_extension') ?? '').toLowerCase()) ??
  'others'

export const countsOf = (kinds: readonly Kind[]): Counts => {
  const counts = noFiles()
  for (const name of kinds) counts[name]++
  return counts
}

export const sumOf = (one: Counts, other: Counts): Counts => {
  const sum = noFiles()
  for (const name of NAMES) sum[name] = one[name] + other[name]
  return sum
}

const noFiles = (): Counts => ({ documents: 0, spreadsheets: 0, presentations: 0, forms_and_templates: 0, others: 0 })
