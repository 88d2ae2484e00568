import type { Json } from '../base/json.js'
import type { Path } from '../http/path.js'
import type { Result } from './result.js'

/** Query parameters; `undefined` and `null` are left out, lists are repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>

/** A third party's answer, when an action needs more than its JSON. */
export interface UpstreamResponse {
  headers: Headers
  /** The body as JSON; null where there is none. */
  json: Json
}

/**
 * The third party as an action sees it: bound to base URL and credential. Failures are thrown as errors with a code and
 * never seen by an action.
 */
export interface Upstream {
  get(path: Path, query?: Query): Promise<Json>
  post(path: Path, body?: Json, query?: Query): Promise<Json>
  put(path: Path, body?: Json, query?: Query): Promise<Json>
  patch(path: Path, body?: Json, query?: Query): Promise<Json>
  delete(path: Path, query?: Query): Promise<Json>
  /** One numbered page of a list that is announced by Link header fields; `query` holds `page` and `per_page`. */
  list(path: Path, query: Query & { page: number; per_page: number }): Promise<Result>
  /** As `get`, with the header fields of the answer. */
  read(path: Path, query?: Query): Promise<UpstreamResponse>
}
