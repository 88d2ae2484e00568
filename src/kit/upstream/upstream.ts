import type { Json, JsonObject } from '../../base/json.js'
import type { Path } from '../../http/path.js'
import type { Result } from '../result.js'

/** Query parameters; `undefined` and `null` are left out, lists are repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | null | undefined>>

/** A JSON body; members of an object that are `undefined` are left out. */
export type Body = Json | Readonly<Record<string, Json | undefined>>

/** A request to one of several places of the third party. */
export interface UpstreamRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The name of one of the connector's `hosts`; the API itself by default. */
  base?: string | undefined
  path: Path
  query?: Query
  body?: Body
}

/** The query of one numbered page, as sent to the third party. `page` counts from 1. */
export type NumberedPageQuery = Query & { page: number; per_page: number }

/** A third party's answer, when an action needs more than its JSON. */
export interface UpstreamResponse {
  headers: Headers
  /** The targets of the `Link` header field by relation type. @see https://www.rfc-editor.org/rfc/rfc8288 */
  links: ReadonlyMap<string, string>
  /** The body as JSON; null where the answer has none. */
  json: Json
}

/** How a list differs from a bare JSON array whose pages are linked by the `Link` header field. */
export interface ListForm {
  /** The member of the answer that holds the items. */
  items?: string
  /** The member of the answer that holds the total over all pages. */
  total?: string
  /** Members of the answer that go into `meta` as they are. */
  meta?: readonly string[]
  /** The status with which the third party says that the list is empty. */
  emptyStatus?: number
}

/** All items of a list, or those at one end of it. */
export interface Collection {
  items: Json[]
  /** True when the list has more than was fetched. */
  truncated: boolean
}

/**
 * The third party as an action sees it, bound to a base URL and a credential. Failures are thrown as errors with a code and
 * never seen by an action.
 */
export interface Upstream {
  /** What the answers to this call have said about themselves so far; the kit puts it into `meta`. */
  readonly notices: JsonObject
  /** For what the other methods cannot say, such as another host. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  get(path: Path, query?: Query): Promise<Json>
  post(path: Path, body?: Body, query?: Query): Promise<Json>
  put(path: Path, body?: Body, query?: Query): Promise<Json>
  patch(path: Path, body?: Body, query?: Query): Promise<Json>
  delete(path: Path, query?: Query, body?: Body): Promise<Json>
  /**
   * One numbered page of a list, whose `Link` header field names the others. `meta`: `page`, `limit`, `total`,
   * `total_page`, `has_next`, `has_prev`; a total that the third party does not reveal is left out.
   */
  list(path: Path, query: NumberedPageQuery, form?: ListForm): Promise<Result>
  /**
   * Walks the pages of a list, at most `most` items (a multiple of 100) in pages of 100. From the end: the items on the last
   * pages, where the third party says which page is the last. In the third party's order either way.
   */
  collect(path: Path, query: Query, bound: { most: number; from: 'start' | 'end' }): Promise<Collection>
  /** As `get`, with the header fields of the answer. */
  read(path: Path, query?: Query): Promise<UpstreamResponse>
}
