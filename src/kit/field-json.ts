import { exceededBound } from '../base/json-bounds.js'
import { FIELD_JSON } from './limits.js'

/**
 * What the JSON text of one field of a form says.
 * @throws SyntaxError for what is not JSON, RangeError for what is nested too deep or holds too many values
 */
export function parseFieldJson(text: string): unknown {
  const exceeded = exceededBound(Buffer.from(text), FIELD_JSON)
  if (exceeded) throw new RangeError(`JSON text exceeds its ${exceeded}`)
  return JSON.parse(text)
}
