import { refuseRoundedNumbers } from '../base/exact-json.js'
import { readBoundedJson } from '../base/json-bounds.js'
import { MESSAGE_JSON } from './limits.js'

/**
 * Reads an object or list that a client sends as its JSON text, as some clients and models do. The same bounds hold as for
 * the message around it, to which such a text is one value.
 * @returns undefined for a text that is no JSON object or list, or exceeds the bounds
 * @throws INVALID_PARAMETERS for a number that loses digits when parsed
 */
export function readJsonText(text: string): object | undefined {
  const value = readBoundedJson(Buffer.from(text), MESSAGE_JSON)
  if (typeof value !== 'object' || value === null) return undefined
  // A whole number is refused by the action that it is for.
  refuseRoundedNumbers(text, false)
  return value
}
