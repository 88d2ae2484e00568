import { isPlainObject } from '../../base/json.js'
import type { ActionEntry } from '../../wire/index.js'

/** How a model passes a file to an action; replaces `format: binary` in the schemas that it sees. */
const FILE_FORM = '{handle | text | data (a data: URL) | path, filename?, content_type?}'

/** The full JSON Schema of an action's parameters, as a model sees it. */
export function shownSchema(entry: Pick<ActionEntry, 'request_body'>): Record<string, unknown> {
  const schema = replaceBinary(entry.request_body ?? { type: 'object' }) as Record<string, unknown>
  const { title: _, ...rest } = schema
  return rest
}

function replaceBinary(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(replaceBinary)
  if (!isPlainObject(schema)) return schema
  if (schema.type === 'string' && schema.format === 'binary') {
    const { description } = schema
    return { type: 'object', description: `${typeof description === 'string' ? description : 'A file'}: ${FILE_FORM}` }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, replaceBinary(value)]))
}
