import { refuseRoundedNumbers } from '../base/exact-json.js'
import { readBoundedJson } from '../base/json-bounds.js'
import { MESSAGE_JSON } from './limits.js'

/**
 * Reads an object or list that a client sends as its JSON text, as some clients and models do. The bounds are those of
 * the message around it, in which such a text counts as one value.
 * @returns undefined for a text that is not a JSON object or list, or exceeds the bounds
 * @throws INVALID_PARAMETERS for a number that loses digits when parsed
 */
export function readJsonText(text: string): object | undefined {
  const value = readBoundedJson(Buffer.from(text), MESSAGE_JSON)
  if (typeof value !== 'object' || value === null) return undefined
  // A whole number is refused by the action that receives it.
  refuseRoundedNumbers(text, false)
  return value
}
