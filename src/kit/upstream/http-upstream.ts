import { type Clock, systemClock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import { exceededBound } from '../../base/json-bounds.js'
import { withoutTrailingSlashes } from '../../base/trailing-slashes.js'
import { parseLink } from '../../http/link.js'
import type { Path } from '../../http/path.js'
import { isSafe, type Send, type SendRequest, type SendResponse } from '../../http/send.js'
import { ANSWER_JSON } from '../limits.js'
import { countAll, itemsOf, lastPage, ownMeta } from '../paging/numbered.js'
import { Result } from '../result.js'
import type { FailureRule, Notices } from './failures.js'
import type { Body, ListForm, Query, Upstream, UpstreamResponse } from './upstream.js'
import { plainAddress, upstreamError } from './upstream-error.js'

export interface HttpUpstreamOptions {
  send: Send
  /** Where the third party's API is; its path is put before the path of every action. */
  baseUrl: string
  /** Further places of its API, by name. */
  hosts?: Readonly<Record<string, string>>
  /** Header fields of every request, without those of the credential. */
  headers?: Readonly<Record<string, string>>
  /** Returns the header fields that carry the credential; called for each request. */
  authorize: () => Record<string, string>
  /** Aborts when the caller disconnects or the time is up. */
  signal: AbortSignal
  /** Milliseconds for each request; `send`'s own limit by default. */
  timeoutMs?: number
  /** The vendor's own failure rules, checked before those of HTTP. */
  failures?: readonly FailureRule[]
  /** What the vendor's header fields say about an answer apart from its content. */
  notices?: Notices
  clock?: Clock
}

const USER_AGENT = 'connectors-mcp'
const COLLECTED_PER_PAGE = 100

/** A request as it was sent, with its answer. */
interface Exchange {
  method: string
  url: URL
  response: SendResponse
}

/**
 * The third party over HTTP, JSON in and out. Keys of answers stay as the vendor spells them. Nothing is retried here:
 * the contract leaves that to the client. A write follows one redirect that keeps method, body and origin.
 * @throws from each method what the vendor's `failures` say, otherwise: CredentialRefused (401), FORBIDDEN (403), NOT_FOUND (404,
 * 410), INVALID_PARAMETERS (400, 422), RATE_LIMITED (429, or 403 by a rate limit), UPSTREAM_REFUSED (other 4xx),
 * UPSTREAM_ERROR (5xx, not JSON, unreachable, a redirect that is not followed), UPSTREAM_TIMEOUT
 */
export function createHttpUpstream(options: HttpUpstreamOptions): Upstream {
  const notices: JsonObject = {}
  const ask = async (method: string, path: Path, query?: Query, body?: Body): Promise<Exchange> =>
    call(options, method, address(options.baseUrl, path, query), body)
  const heard = (exchange: Exchange): UpstreamResponse => {
    const answer = success(options, exchange)
    Object.assign(notices, noticesOf(options, exchange))
    return answer
  }
  const json = async (method: string, path: Path, query?: Query, body?: Body): Promise<Json> =>
    heard(await ask(method, path, query, body)).json
  const read = async (path: Path, query?: Query): Promise<UpstreamResponse> => heard(await ask('GET', path, query))

  return {
    notices,
    send: async ({ method, base, path, query, body }) =>
      heard(await call(options, method, address(placeOf(options, base), path, query), body)),
    get: (path, query) => json('GET', path, query),
    post: (path, body, query) => json('POST', path, query, body),
    put: (path, body, query) => json('PUT', path, query, body),
    patch: (path, body, query) => json('PATCH', path, query, body),
    delete: (path, query, body) => json('DELETE', path, query, body),
    read,

    async list(path, query, form = {}) {
      const exchange = await ask('GET', path, query)
      const empty = exchange.response.status === form.emptyStatus
      const answer = empty ? { links: new Map<string, string>(), json: null } : heard(exchange)
      const items = itemsOf(answer.json, form)
      const last = lastPage(answer.links, options.baseUrl)
      const page = { shown: items.length, links: answer.links, last }
      const counted = await countAll(query, page, async () =>
        last && form.total === undefined ? countItems(options, last.url, form) : undefined,
      )
      return new Result(items, {
        page: query.page,
        limit: query.per_page,
        ...counted,
        has_next: answer.links.has('next'),
        has_prev: query.page > 1,
        ...ownMeta(answer.json, form),
      })
    },

    async collect(path, query, { most, from }) {
      const pages = most / COLLECTED_PER_PAGE
      const pageAt = (page: number) => read(path, { ...query, per_page: COLLECTED_PER_PAGE, page })
      let at = await pageAt(1)
      const last = lastPage(at.links, options.baseUrl)?.page ?? 1
      const skipped = from === 'end' ? Math.max(0, last - pages) : 0
      const items = skipped > 0 ? [] : itemsOf(at.json, {})
      const second = skipped > 0 ? skipped + 1 : 2
      for (let page = second; page <= skipped + pages && at.links.has('next'); page++) {
        at = await pageAt(page)
        items.push(...itemsOf(at.json, {}))
      }
      return { items, truncated: skipped > 0 || at.links.has('next') }
    },
  }
}

async function call(options: HttpUpstreamOptions, method: string, url: URL, body?: Body): Promise<Exchange> {
  const { send, headers, authorize, signal, timeoutMs } = options
  const request: SendRequest = {
    method,
    url,
    headers: {
      accept: 'application/json',
      'user-agent': USER_AGENT,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...lowerCase(headers ?? {}),
      ...lowerCase(authorize()),
    },
    signal,
    followWrite: true,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  return { method, url, response: await send(request) }
}

/** @param name of a host of the connector; the API itself by default */
function placeOf({ baseUrl, hosts = {} }: HttpUpstreamOptions, name: string | undefined): string {
  if (name === undefined) return baseUrl
  const place = Object.hasOwn(hosts, name) ? hosts[name] : undefined
  if (place === undefined) throw new Error(`The connector has no host called "${name}".`)
  return place
}

/** The base URL's own path and query stay; the path of an action follows, its parameters are added. */
function address(baseUrl: string, path: Path, query: Query = {}): URL {
  const url = new URL(baseUrl)
  url.pathname = withoutTrailingSlashes(url.pathname) + path.value
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue
    for (const item of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(item))
  }
  return url
}

function success(
  { failures = [], clock = systemClock }: HttpUpstreamOptions,
  { method, url, response }: Exchange,
): UpstreamResponse {
  const error = upstreamError({ method, url, failures, now: clock() }, response)
  if (error) throw error
  const { headers } = response
  return { headers, links: parseLink(headers.get('link')), json: parseBody(method, response) }
}

/** What `meta` reports about an answer: the vendor's notices, and the new address of what was renamed permanently. */
function noticesOf({ notices }: HttpUpstreamOptions, { method, url, response }: Exchange): JsonObject {
  const { moved, headers } = response
  const isReported = moved !== undefined && moved.url.origin === url.origin && (moved.permanent || !isSafe(method))
  return { ...(isReported ? { moved_to: plainAddress(moved.url) } : {}), ...notices?.({ headers }) }
}

/** Ignores the content type: JSON is what parses as JSON, and an error page or half an answer never does. */
function parseBody(method: string, { status, body }: SendResponse): Json {
  if (body.byteLength === 0) return null
  const exceeded = exceededBound(body, ANSWER_JSON)
  if (exceeded) {
    const most =
      exceeded === 'depth'
        ? `is nested more than ${ANSWER_JSON.depth} deep`
        : `holds more than ${ANSWER_JSON.values} values`
    throw new ConnectorsError('UPSTREAM_ERROR', `The answer of the third party ${most}; ask for less at once.`, {
      details: { upstream: { status } },
    })
  }
  try {
    return JSON.parse(new TextDecoder().decode(body)) as Json
  } catch (cause) {
    const message = 'The third party answered with something other than JSON; try again later.'
    throw new ConnectorsError('UPSTREAM_ERROR', message, {
      details: { upstream: { status } },
      retryable: isSafe(method),
      cause,
    })
  }
}

/** The total is a courtesy: without it the page itself is still valid. */
async function countItems(options: HttpUpstreamOptions, url: URL, form: ListForm): Promise<number | undefined> {
  try {
    return itemsOf(success(options, await call(options, 'GET', url)).json, form).length
  } catch (error) {
    if (options.signal.aborted) throw error
    return undefined
  }
}

const lowerCase = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
