import { camelCase, type Dialect, type Selection, snakeCase, type UploadProtocol } from '../../kit/index.js'

/** Members whose keys are not names that Google chose, in any of its APIs that we have. `fields` are those of a label, by their ids. */
const DATA = ['properties', 'app_properties', 'export_links', 'fields']

/**
 * The members wanted, in Google's notation: `nextPageToken,files(id,owners/displayName)`. Below a member whose keys are data
 * all is asked for, since such a key may contain the characters of the notation.
 * @see https://developers.google.com/workspace/drive/api/guides/fields-parameter
 */
function fieldsParameter({ fields, items, beside = [] }: Selection): string {
  if (fields === null) return '*'
  const paths = fields.map((path) => {
    const steps = path.split('.')
    const data = steps.findIndex((step) => DATA.includes(step))
    return (data === -1 ? steps : steps.slice(0, data + 1)).map(camelCase).join('/')
  })
  const wanted = [...new Set(paths)].join(',')
  return items === undefined ? wanted : [...beside.map(camelCase), `${camelCase(items)}(${wanted})`].join(',')
}

/** How Google's JSON APIs write names. @see https://developers.google.com/workspace/drive/api/reference/rest/v3 */
export const googleDialect: Dialect = {
  query: camelCase,
  member: camelCase,
  answer: snakeCase,
  data: DATA,
  select: (selection) => ({ fields: fieldsParameter(selection) }),
}

const KIB = 1024

/** @see https://developers.google.com/workspace/drive/api/guides/manage-uploads#resumable */
export const googleUpload: UploadProtocol = {
  step: 256 * KIB,
  more: [308],
  received: ({ headers }) => Number(/^bytes=0-(\d{1,12})$/.exec(headers.get('range') ?? '')?.[1] ?? -1) + 1,
  ask: (size) => ({ method: 'PUT', headers: { 'content-range': `bytes */${size}` } }),
}
