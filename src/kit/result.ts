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

/** The same where the data arrived as JSON text, and is sent on as it is. Its value is made when something looks at it. */
export class WrittenResult {
  /** The data as `JSON.stringify` writes it. */
  readonly json: string
  readonly meta: JsonObject
  #data: Json | undefined

  constructor(json: string, meta: JsonObject) {
    this.json = json
    this.meta = meta
  }

  get data(): Json {
    this.#data ??= JSON.parse(this.json) as Json
    return this.#data
  }

  toJSON(): JsonObject {
    return { data: this.data, meta: this.meta }
  }
}

/** What an action's `run` may return: plain data, data with `meta`, or a file. */
export type RunResult = Json | Result | WrittenResult | ConnectorFile

/** What the service passes on: every JSON result has both fields. */
export type ShapedResult = { data: Json; meta: JsonObject | null } | ConnectorFile

/** @param notices what the third party said about its answers; the action's own `meta` takes precedence */
export function toEnvelope(result: RunResult, notices: JsonObject = {}): ShapedResult {
  if (result instanceof ConnectorFile) return result
  if (result instanceof WrittenResult) return withNotices(result, notices)
  if (result instanceof Result) return { data: result.data, meta: { ...notices, ...result.meta } }
  return { data: result, meta: Object.keys(notices).length > 0 ? { ...notices } : null }
}

const withNotices = (result: WrittenResult, notices: JsonObject): WrittenResult =>
  Object.keys(notices).length === 0 ? result : new WrittenResult(result.json, { ...notices, ...result.meta })
