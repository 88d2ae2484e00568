import type { Json, JsonObject } from '../../base/json.js'
import { filenameOf } from '../../http/content-disposition.js'
import { type Path, path } from '../../http/path.js'
import { isSafe } from '../../http/send.js'
import type { Dialect } from '../dialect/dialect.js'
import { ConnectorFile } from '../files.js'
import { memberAt } from '../member-at.js'
import { countAll, itemsOf, lastPage, ownMeta } from '../paging/numbered.js'
import { Result } from '../result.js'
import type { XmlElement } from '../xml/element.js'
import {
  type Exchange,
  exchange,
  exchangeAt,
  type HttpUpstreamOptions,
  noticesOf,
  success,
  throwFailure,
  xmlOf,
} from './exchange.js'
import { failedFields, hasContent, isQuery, readGraphql } from './graphql.js'
import { type Ask, askPatiently, askUntilReady } from './patience.js'
import { sendSigned } from './signed.js'
import type {
  Body,
  Collection,
  ListForm,
  NumberedPageQuery,
  PageNumbers,
  Query,
  SignedRequest,
  SignedResponse,
  Upstream,
  UpstreamRequest,
  UpstreamResponse,
  Variables,
} from './upstream.js'

export type { HttpUpstreamOptions } from './exchange.js'

const COLLECTED_PER_PAGE = 100
const ANY_XML = 'application/xml, text/xml, */*;q=0.5'

/**
 * The third party over HTTP. A single request is never retried here: the contract leaves that to the client. A write follows
 * one redirect that keeps method, body and origin.
 * @throws from each method what the vendor's `failures` say, otherwise: CredentialRefused (401), FORBIDDEN (403), NOT_FOUND (404,
 * 410), INVALID_PARAMETERS (400, 422), RATE_LIMITED (429, or 403 by a rate limit), UPSTREAM_REFUSED (other 4xx),
 * UPSTREAM_ERROR (5xx, not JSON, unreachable, a redirect that is not followed), UPSTREAM_TIMEOUT
 */
export const createHttpUpstream = (options: HttpUpstreamOptions): Upstream =>
  new HttpUpstream(options, (request) => exchange(options, request), { notices: {}, hasWritten: false })

/** What is known of one call so far. */
interface CallState {
  notices: JsonObject
  hasWritten: boolean
}

class HttpUpstream implements Upstream {
  readonly dialect: Dialect
  readonly #options: HttpUpstreamOptions
  readonly #ask: Ask
  readonly #state: CallState

  constructor(options: HttpUpstreamOptions, ask: Ask, state: CallState) {
    this.#options = options
    this.#ask = ask
    this.#state = state
    this.dialect = options.dialect ?? {}
  }

  get notices(): JsonObject {
    return this.#state.notices
  }

  get hasWritten(): boolean {
    return this.#state.hasWritten
  }

  get = (path: Path, query?: Query): Promise<Json> => this.#json({ method: 'GET', path, query })
  post = (path: Path, body?: Body, query?: Query): Promise<Json> => this.#json({ method: 'POST', path, query, body })
  put = (path: Path, body?: Body, query?: Query): Promise<Json> => this.#json({ method: 'PUT', path, query, body })
  patch = (path: Path, body?: Body, query?: Query): Promise<Json> => this.#json({ method: 'PATCH', path, query, body })
  delete = (path: Path, query?: Query, body?: Body): Promise<Json> =>
    this.#json({ method: 'DELETE', path, query, body })
  read = (path: Path, query?: Query): Promise<UpstreamResponse> => this.send({ method: 'GET', path, query })

  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    return this.#heard(await this.#askUntilReady(request))
  }

  async file(request: UpstreamRequest): Promise<ConnectorFile> {
    const asked = await this.#askUntilReady({ ...request, headers: { accept: '*/*', ...request.headers } })
    throwFailure(this.#options, asked)
    const { body, headers } = asked.response
    return new ConnectorFile(body, filenameOf(headers.get('content-disposition')), headers.get('content-type'))
  }

  async xml(request: UpstreamRequest): Promise<XmlElement> {
    const asked = await this.#askUntilReady({ ...request, headers: { accept: ANY_XML, ...request.headers } })
    throwFailure(this.#options, asked)
    const root = xmlOf(asked)
    this.#note(asked.isRead)
    Object.assign(this.notices, noticesOf(this.#options, asked))
    return root
  }

  async signed(url: string, request: SignedRequest): Promise<SignedResponse> {
    const response = await sendSigned(this.#options, url, request)
    this.#note(isSafe(request.method))
    return response
  }

  async graphql(document: string, variables: Variables, at: Path = path`/graphql`): Promise<JsonObject> {
    const base = this.dialect.documents?.(this.#options.baseUrl)
    const body = { query: document, variables: variables as JsonObject }
    const asked = await this.#ask({ method: 'POST', base, path: at, body, isRead: isQuery(document) })
    const isFailure = asked.response.status < 200 || asked.response.status > 299
    if (isFailure) throwFailure(this.#options, asked)
    const { json } = success({ ...this.#options, failures: [] }, asked)
    // The vendor's rules for a refusal inside a 200 are for answers without any content.
    if (!hasContent(memberAt(json, 'data'))) throwFailure(this.#options, asked)
    const { data, failed } = readGraphql(json)
    this.#note(asked.isRead)
    Object.assign(this.notices, noticesOf(this.#options, asked), failedFields(this.notices, failed))
    return data
  }

  list(path: Path, query: NumberedPageQuery, form?: ListForm): Promise<Result> {
    return this.listPage({ method: 'GET', path, query }, { page: query.page, size: query.per_page }, form)
  }

  async listPage(request: UpstreamRequest, numbers: PageNumbers, form: ListForm = {}): Promise<Result> {
    const asked = await this.#ask(request)
    const empty = asked.response.status === form.emptyStatus
    const answer = empty ? { links: new Map<string, string>(), json: null } : this.#heard(asked)
    const items = itemsOf(answer.json, form)
    const last = lastPage(answer.links, this.#options.baseUrl)
    const page = { shown: items.length, links: answer.links, last }
    const counted = await countAll(numbers, page, async () =>
      last && form.total === undefined ? this.#countItems(last.url, form) : undefined,
    )
    return new Result(items, {
      page: numbers.page,
      limit: numbers.size,
      ...counted,
      has_next: answer.links.has('next'),
      has_prev: numbers.page > 1,
      ...ownMeta(answer.json, form),
    })
  }

  async collect(
    path: Path,
    query: Query,
    { most, from }: { most: number; from: 'start' | 'end' },
  ): Promise<Collection> {
    const pages = most / COLLECTED_PER_PAGE
    const pageAt = (page: number) => this.read(path, { ...query, per_page: COLLECTED_PER_PAGE, page })
    let at = await pageAt(1)
    const last = lastPage(at.links, this.#options.baseUrl)?.page ?? 1
    const skipped = from === 'end' ? Math.max(0, last - pages) : 0
    const items = skipped > 0 ? [] : itemsOf(at.json, {})
    const second = skipped > 0 ? skipped + 1 : 2
    for (let page = second; page <= skipped + pages && at.links.has('next'); page++) {
      at = await pageAt(page)
      items.push(...itemsOf(at.json, {}))
    }
    return { items, truncated: skipped > 0 || at.links.has('next') }
  }

  patient(): Upstream {
    return new HttpUpstream(this.#options, askPatiently(this.#options), this.#state)
  }

  async #json(request: UpstreamRequest): Promise<Json> {
    return (await this.send(request)).json
  }

  #askUntilReady(request: UpstreamRequest): Promise<Exchange> {
    const { poll: status } = request
    if (status === undefined) return this.#ask(request)
    return askUntilReady(this.#ask, { request, status, signal: this.#options.signal })
  }

  #heard(asked: Exchange): UpstreamResponse {
    const answer = success(this.#options, asked)
    this.#note(asked.isRead)
    Object.assign(this.notices, noticesOf(this.#options, asked))
    return answer
  }

  /** A request that failed is not noted: the failure itself says whether it may have done something. */
  #note(isRead: boolean): void {
    this.#state.hasWritten ||= !isRead
  }

  /** The total is a courtesy: without it the page itself is still valid. */
  async #countItems(url: URL, form: ListForm): Promise<number | undefined> {
    try {
      return itemsOf(success(this.#options, await exchangeAt(this.#options, url, { method: 'GET' })).json, form).length
    } catch (error) {
      if (this.#options.signal.aborted) throw error
      return undefined
    }
  }
}
