import { isPlainObject, type Json, type JsonObject } from '../base/json.js'

/** The value at a dotted path of an answer, or undefined. */
export function memberAt(json: Json, path: string): Json | undefined {
  let at: Json | undefined = json
  for (const step of path.split('.')) {
    at = isPlainObject(at) && Object.hasOwn(at, step) ? (at as JsonObject)[step] : undefined
  }
  return at
}
