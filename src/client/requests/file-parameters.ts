import { isPlainObject } from '../../base/json.js'
import type { ActionEntry } from '../../wire/catalogue.js'

/**
 * The parameters of an action that are files, alone or in a list. An action with such parameters accepts form bodies only:
 * pass `form: true` to `execute` when none of them is given.
 * @param entry the action as `connectorSchemas` returns it
 */
export function fileParameters(entry: ActionEntry): string[] {
  const { request } = entry.parameters
  const schema = isPlainObject(request) ? request.schema : undefined
  const properties = isPlainObject(schema) && isPlainObject(schema.properties) ? schema.properties : {}
  return Object.keys(properties).filter((name) => holdsFile(properties[name]))
}

function holdsFile(schema: unknown): boolean {
  if (!isPlainObject(schema)) return false
  if (schema.format === 'binary') return true
  return holdsFile(schema.items) || (Array.isArray(schema.anyOf) && schema.anyOf.some(holdsFile))
}
