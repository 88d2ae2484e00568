import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'

/** The most failed fields of an answer that `meta` names. */
const MOST_ERRORS = 20
/** The longest path and type of a failed field, in characters: both are a third party's text. */
const LONGEST = 200

/**
 * What is in a GraphQL answer that was not refused as a whole.
 * @returns `data`, and the fields that failed where others did not
 * @throws UPSTREAM_REFUSED where no field succeeded
 * @see https://spec.graphql.org/October2021/#sec-Errors
 */
export function readGraphql(json: Json): { data: JsonObject; failed: JsonObject[] } {
  const { data, errors } = isPlainObject(json) ? json : {}
  const failed = (Array.isArray(errors) ? errors : []).slice(0, MOST_ERRORS).map(failedField)
  if (isPlainObject(data) && hasContent(data)) return { data: data as JsonObject, failed }
  if (failed.length === 0 && isPlainObject(data)) return { data: data as JsonObject, failed }
  throw new ConnectorsError(
    'UPSTREAM_REFUSED',
    'The third party did not answer any part of the query; its own words are in details.upstream.',
    { details: { upstream: { errors: failed } } },
  )
}

/** Whether some field succeeded: a field that failed is null. */
export const hasContent = (data: unknown): boolean =>
  isPlainObject(data) && Object.values(data).some((value) => value !== null)

function failedField(error: Json): JsonObject {
  const { path, type, message } = isPlainObject(error) ? error : {}
  return {
    ...(Array.isArray(path) ? { path: path.map(String).join('.').slice(0, LONGEST) } : {}),
    ...(typeof type === 'string' ? { type: type.slice(0, LONGEST) } : {}),
    ...(typeof message === 'string' ? { message: message.slice(0, LONGEST) } : {}),
  }
}
