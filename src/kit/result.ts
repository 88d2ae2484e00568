import type { Json, JsonObject } from '../base/json.js'
import { ConnectorFile } from './files.js'

/** A result that carries `meta`: a page of a list, or rows with their columns. */
export class Result {
  readonly data: Json
  readonly meta: JsonObject
  constructor(data: Json, meta: JsonObject) {
    this.data = data
    this.meta = meta
  }
}

/** What an action's `run` may return: plain data, data with `meta`, or a file. */
export type RunResult = Json | Result | ConnectorFile

/** What the service passes on: every JSON result has both fields. */
export type ShapedResult = { data: Json; meta: JsonObject | null } | ConnectorFile

/** @param notices what the third party said about its answers; the action's own `meta` takes precedence */
export function toEnvelope(result: RunResult, notices: JsonObject = {}): ShapedResult {
  if (result instanceof ConnectorFile) return result
  if (result instanceof Result) return { data: result.data, meta: { ...notices, ...result.meta } }
  return { data: result, meta: Object.keys(notices).length > 0 ? { ...notices } : null }
}
