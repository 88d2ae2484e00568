import { exceededBound, JSON_DEPTH, type JsonBounds } from './json-bounds.js'

/** JSON text in one field of a form or configuration. */
export const FIELD_JSON: JsonBounds = { depth: JSON_DEPTH, values: 10_000 }

/**
 * Parses the JSON text of one field of a form.
 * @throws SyntaxError for invalid JSON, RangeError for JSON that is nested too deep or holds too many values
 */
export function parseFieldJson(text: string): unknown {
  const exceeded = exceededBound(Buffer.from(text), FIELD_JSON)
  if (exceeded) throw new RangeError(`JSON text exceeds its ${exceeded}`)
  return JSON.parse(text)
}
