import type { Json, JsonObject } from '../../base/json.js'
import type { Path } from '../../http/path.js'
import type { AnswerFields } from '../../http/send.js'
import type { Dialect, Selection } from '../dialect/dialect.js'
import type { ConnectorFile } from '../files.js'
import type { Result } from '../result.js'
import type { XmlElement } from '../xml/element.js'
import type { RawBody, RelatedBody } from './bodies.js'
import type { Query } from './query.js'

export type { Query } from './query.js'

/** A JSON body; members of objects that are `undefined`, at any depth, are left out. */
export type Body = Json | readonly Body[] | { readonly [name: string]: Body | undefined }

/** Variables of a GraphQL document; those that are `undefined`, and such members inside, are left out. */
export type Variables = Readonly<Record<string, Body | undefined>>

/** The query of one numbered page, as sent to the third party. `page` counts from 1. */
export type NumberedPageQuery = Query & { page: number; per_page: number }

/** Which page, from 1, and how many items it has at most. */
export interface PageNumbers {
  page: number
  size: number
}

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request in our names; the connector's dialect turns them into the vendor's. */
export interface UpstreamRequest {
  method: Method
  /** One of the connector's further hosts by name; the base URL by default. */
  host?: string | undefined
  path: Path
  query?: Query | undefined
  body?: Body | RawBody | RelatedBody | undefined
  headers?: Readonly<Record<string, string>>
  /** The members wanted, for vendors that can be asked for some only. */
  select?: Selection | undefined
  /** The status by which the third party says that it still computes the answer: the read is made again, for 20 s at most. */
  poll?: number | undefined
}

/** A third party's answer, when an action needs more than its JSON. */
export interface UpstreamResponse {
  status: number
  headers: AnswerFields
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

/** A request to an address that the third party made for one transfer. */
export interface SignedRequest {
  method: Method
  body?: RawBody
  headers?: Readonly<Record<string, string>>
  /** Statuses that are an answer here and not a failure, such as 308 during an upload. */
  expected?: readonly number[]
}

export interface SignedResponse {
  status: number
  headers: AnswerFields
  body: Uint8Array
}

/**
 * The third party as an action sees it, bound to a base URL and a credential. Failures are thrown as errors with a code and
 * never seen by an action.
 */
export interface Upstream {
  /** What the answers to this call have said about themselves so far; the kit puts it into `meta`. */
  readonly notices: JsonObject
  /** Whether a request of this call changed something, or may have. */
  readonly hasWritten: boolean
  /** How the vendor spells what the action names. */
  readonly dialect: Dialect
  get(path: Path, query?: Query): Promise<Json>
  post(path: Path, body?: Body, query?: Query): Promise<Json>
  put(path: Path, body?: Body, query?: Query): Promise<Json>
  patch(path: Path, body?: Body, query?: Query): Promise<Json>
  delete(path: Path, query?: Query, body?: Body): Promise<Json>
  /** Any request whose answer is JSON. */
  send(request: UpstreamRequest): Promise<UpstreamResponse>
  /** A request whose answer is a file, whatever its type. At most 32 MiB. */
  file(request: UpstreamRequest): Promise<ConnectorFile>
  /**
   * A request whose answer is XML, read within bounds: 200 deep, a million elements, attributes and texts. Names keep the
   * vendor's spelling.
   * @returns the root element
   * @throws UPSTREAM_ERROR for what is not one whole document
   */
  xml(request: UpstreamRequest): Promise<XmlElement>
  /**
   * A request to an address that the third party made for one transfer: an upload session, a pre-signed download. The
   * address is itself a credential, so the account's is not sent along, and no error quotes it.
   * @throws UPSTREAM_ERROR for a status that is neither a success nor expected
   */
  signed(url: string, request: SignedRequest): Promise<SignedResponse>
  /**
   * A GraphQL document with its variables: a query is a read, although it leaves as a POST, and a mutation a write. Values go
   * as variables, never into the text. An answer that is whole but for some fields is a success, and the fields that failed
   * are named in `meta`; one without any content is what the vendor's `failures` say of it.
   * @param path where the API takes documents; `/graphql` by default
   * @see https://spec.graphql.org/October2021/#sec-Response-Format
   */
  graphql(document: string, variables: Variables, path?: Path): Promise<JsonObject>
  /**
   * One numbered page of a list, whose `Link` header field names the others. `meta`: `page`, `limit`, `total`,
   * `total_page`, `has_next`, `has_prev`; a total that the third party does not reveal is left out.
   */
  list(path: Path, query: NumberedPageQuery, form?: ListForm): Promise<Result>
  /** As `list`, for any request. @param page which page it asks for, and of how many items */
  listPage(request: UpstreamRequest, page: PageNumbers, form?: ListForm): Promise<Result>
  /**
   * Walks the pages of a list, at most `most` items (a multiple of 100) in pages of 100. From the end: the items on the last
   * pages, where the third party says which page is the last. In the third party's order either way.
   */
  collect(path: Path, query: Query, bound: { most: number; from: 'start' | 'end' }): Promise<Collection>
  /** As `get`, with the header fields of the answer. */
  read(path: Path, query?: Query): Promise<UpstreamResponse>
  /**
   * The same third party for the many reads of one call: a GET or a GraphQL query that is refused for its rate, or because the third party is
   * overloaded, is made again after the time it names, as long as all the waiting of the call is at most 20 seconds.
   */
  patient(): Upstream
}
