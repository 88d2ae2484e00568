import { ConnectorsError } from '../../base/errors.js'
import { isPlainObject, type Json, type JsonObject } from '../../base/json.js'
import { RememberedTexts } from '../../base/remembered-texts.js'

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

/**
 * Whether some field succeeded, however deep: one that failed is null, and so may be what it lies in. An empty list is what a
 * field answered.
 */
export function hasContent(data: unknown): boolean {
  if (data === null || data === undefined) return false
  if (Array.isArray(data)) return data.length === 0 || data.some(hasContent)
  return !isPlainObject(data) || Object.values(data).some(hasContent)
}

/** What `meta` says of fields that failed, those of earlier documents of the same call first. */
export function failedFields({ failed_fields: earlier }: JsonObject, failed: JsonObject[]): JsonObject {
  if (failed.length === 0) return {}
  return { failed_fields: [...(Array.isArray(earlier) ? earlier : []), ...failed].slice(0, MOST_ERRORS) }
}

/** Texts and comments of a document, in which words mean nothing; brackets; words. @see https://spec.graphql.org/October2021/#sec-Source-Text */
const TOKEN = /"""(?:[^"\\]|\\[\s\S]|"(?!""))*(?:""")?|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|[{}()]|[_A-Za-z]\w*/g

/** What is known of documents: those of connectors are few, and the same for each call. */
const known = new RememberedTexts<boolean>({ most: 200, longest: 20_000 })

/**
 * Whether a document only reads: its definitions are queries and fragments. Anything else may write.
 * @param document the text of one or more definitions
 */
export const isQuery = (document: string): boolean => known.of(document, onlyReads)

function onlyReads(document: string): boolean {
  let depth = 0
  let isBetween = true
  for (const [token] of document.matchAll(TOKEN)) {
    if (token.startsWith('#') || token.startsWith('"')) continue
    if (token === '}' || token === ')') {
      depth--
      isBetween = depth === 0 && token === '}'
    } else {
      if (isBetween && token !== '{' && token !== 'query' && token !== 'fragment') return false
      if (token === '{' || token === '(') depth++
      isBetween = false
    }
  }
  return depth === 0
}

function failedField(error: Json): JsonObject {
  const { path, type, message } = isPlainObject(error) ? error : {}
  return {
    ...(Array.isArray(path) ? { path: path.map(String).join('.').slice(0, LONGEST) } : {}),
    ...(typeof type === 'string' ? { type: type.slice(0, LONGEST) } : {}),
    ...(typeof message === 'string' ? { message: message.slice(0, LONGEST) } : {}),
  }
}
