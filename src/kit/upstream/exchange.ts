import type { Clock } from '../../base/clock.js'
import { systemClock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Json, JsonObject } from '../../base/json.js'
import { parseLink } from '../../http/link.js'
import type { Path } from '../../http/path.js'
import { isSafe, type Send, type SendRequest, type SendResponse } from '../../http/send.js'
import type { Dialect } from '../dialect/dialect.js'
import { answerOf, bodyFor } from '../dialect/translate.js'
import { ANSWER_XML } from '../limits.js'
import type { XmlElement } from '../xml/element.js'
import { XmlFault } from '../xml/fault.js'
import { loadXmlParser, looksLikeXml, type ParseXml } from '../xml/load.js'
import { addressOf } from './address.js'
import { AnswerJson } from './answer-json.js'
import { formBody, RawBody, RelatedBody, relatedBytes } from './bodies.js'
import type { FailureRule, Notices } from './failures.js'
import { NothingThere } from './nothing-there.js'
import type { Body, SignedResponse, UpstreamRequest, UpstreamResponse } from './upstream.js'
import { isPlainSuccess, plainAddress, upstreamError } from './upstream-error.js'

export interface HttpUpstreamOptions {
  send: Send
  /** Where the third party's API is; its path is put before the path of every action. */
  baseUrl: string
  /** The connector's further hosts, by name. */
  hosts?: Readonly<Record<string, string>>
  /** Header fields of every request, without those of the credential. */
  headers?: Readonly<Record<string, string>>
  /** How the vendor writes names, lists and bodies; as we do by default. */
  dialect?: Dialect
  /** Returns the header fields that carry the credential; called for each request. */
  authorize: () => Record<string, string>
  /** Aborts when the caller disconnects or the time is up. */
  signal: AbortSignal
  /** Milliseconds for each request; `send`'s own limit by default. */
  timeoutMs?: number
  /** Milliseconds that `patient()` waits in all; 20 seconds by default. */
  patienceMs?: number
  /** The vendor's own failure rules, checked before those of HTTP. */
  failures?: readonly FailureRule[]
  /** What the vendor's header fields say about an answer apart from its content. */
  notices?: Notices
  clock?: Clock
}

export const USER_AGENT = 'connectors-mcp'
const PLAIN: Dialect = {}
const NO_RULES: readonly FailureRule[] = []
const NO_LINKS: ReadonlyMap<string, string> = new Map()

/** A request of an action, with what the kit knows of it. */
export interface AskedRequest extends UpstreamRequest {
  /** In place of the base URL. */
  base?: string | undefined
  /** True for a read that is not a GET, as a GraphQL query is. By the method where it is left out. */
  isRead?: boolean | undefined
}

/** A request as it was sent, with its answer. */
export interface Exchange {
  method: string
  /** Whether it could change anything. */
  isRead: boolean
  url: URL
  /** The path that the action asked for; undefined for an address that the third party named. */
  path: Path | undefined
  response: SendResponse
  /** Its body, where it is JSON. */
  json: AnswerJson
  /** Reads the body, where that looks like XML. */
  parseXml: ParseXml | undefined
}

/** Sends a request of an action in the vendor's spelling. Failures are not looked at yet. */
export async function exchange(options: HttpUpstreamOptions, request: AskedRequest): Promise<Exchange> {
  const { dialect = PLAIN, hosts = {} } = options
  const { host, path, query, select } = request
  const usual = request.base ?? options.baseUrl
  const base = host === undefined ? usual : Object.hasOwn(hosts, host) ? hosts[host] : undefined
  if (base === undefined) throw new Error(`The connector has no host called "${host}".`)
  const selected = select === undefined ? undefined : dialect.select?.(select)
  const asked = await exchangeAt(options, addressOf(base, { path, query, selected }, dialect), request)
  asked.path = path
  return asked
}

/** As `exchange`, at an address that is complete. */
export async function exchangeAt(
  options: HttpUpstreamOptions,
  url: URL,
  { method, body, headers, isRead = isSafe(method) }: Pick<AskedRequest, 'method' | 'body' | 'headers' | 'isRead'>,
): Promise<Exchange> {
  const { send, authorize, signal, timeoutMs } = options
  const content = body === undefined ? undefined : contentOf(options.dialect ?? PLAIN, body)
  const fields: Record<string, string> = { accept: 'application/json', 'user-agent': USER_AGENT }
  if (content !== undefined) fields['content-type'] = content.type
  addFields(fields, options.headers)
  addFields(fields, headers)
  addFields(fields, authorize())
  const request: SendRequest = { method, url, headers: fields, signal, followWrite: true }
  if (content !== undefined) request.body = content.bytes
  if (timeoutMs !== undefined) request.timeoutMs = timeoutMs
  const response = await send(request)
  const { body: bytes } = response
  const parseXml = looksLikeXml(bytes) ? await loadXmlParser() : undefined
  return { method, isRead, url, path: undefined, response, json: new AnswerJson(bytes), parseXml }
}

/** Later ones replace those of the same name, in whichever case. */
function addFields(to: Record<string, string>, given: Readonly<Record<string, string>> = {}): void {
  for (const [name, value] of Object.entries(given)) to[name.toLowerCase()] = value
}

function contentOf(dialect: Dialect, body: Body | RawBody | RelatedBody): { bytes: string | Uint8Array; type: string } {
  if (body instanceof RawBody) return { bytes: body.bytes, type: body.contentType }
  if (body instanceof RelatedBody) return contentOf(dialect, relatedBytes(bodyFor(dialect, body.metadata), body.file))
  const json = bodyFor(dialect, body as Json)
  if (dialect.body !== 'form') return { bytes: JSON.stringify(json), type: 'application/json' }
  const { bytes, contentType } = formBody(json as JsonObject)
  return { bytes, type: contentType }
}

/** The error that an answer means, by the vendor's rules and those of HTTP. @throws it */
export function throwFailure({ failures = NO_RULES, clock = systemClock }: HttpUpstreamOptions, asked: Exchange): void {
  const { response, path } = asked
  if (isPlainSuccess(failures, asked.method, response.status)) return
  const error = upstreamError({ ...asked, failures, now: clock() }, response)
  // A 410 is about what was there once: another name would not help.
  const isNothingThere = error?.code === 'NOT_FOUND' && response.status === 404
  if (error) throw path && isNothingThere ? new NothingThere(error, path) : error
}

/** The answer with its JSON in our spelling. @throws what the vendor's rules and those of HTTP say of a failure */
export function success(options: HttpUpstreamOptions, asked: Exchange): UpstreamResponse {
  throwFailure(options, asked)
  const { headers, status } = asked.response
  const json = answerOf(options.dialect ?? PLAIN, asked.json.require({ status, isRead: asked.isRead }))
  const link = headers.get('link')
  return { status, headers, links: link === null ? NO_LINKS : parseLink(link), json }
}

/** The JSON of an answer that came from a pre-signed address, in our spelling. @throws UPSTREAM_ERROR for anything else */
export const readJson = ({ dialect }: { dialect: Dialect }, { status, body }: SignedResponse): Json =>
  answerOf(dialect, new AnswerJson(body).require({ status, isRead: false }))

/** What `meta` reports about an answer: the vendor's notices, and the new address of what was renamed permanently. */
export function noticesOf({ notices }: HttpUpstreamOptions, { isRead, url, response }: Exchange): JsonObject {
  const { moved, headers } = response
  const isReported = moved !== undefined && moved.url.origin === url.origin && (moved.permanent || !isRead)
  return { ...(isReported ? { moved_to: plainAddress(moved.url) } : {}), ...notices?.({ headers }) }
}

/**
 * The root element of an answer that is XML. Ignores the content type, as vendors' are wrong too often.
 * @throws UPSTREAM_ERROR for anything else, and for XML beyond `ANSWER_XML`
 */
export function xmlOf({ isRead, response: { status, body }, parseXml }: Exchange): XmlElement {
  try {
    if (!parseXml) throw new XmlFault('form')
    return parseXml(body)
  } catch (error) {
    if (!(error instanceof XmlFault)) throw error
    throw new ConnectorsError('UPSTREAM_ERROR', XML_FAULTS[error.fault], {
      details: { upstream: { status } },
      retryable: error.fault === 'form' && isRead,
      cause: error,
    })
  }
}

const XML_FAULTS: Readonly<Record<XmlFault['fault'], string>> = {
  form: 'The third party answered with something other than XML; try again later.',
  depth: `The answer of the third party is nested more than ${ANSWER_XML.depth} deep; ask for less at once.`,
  pieces: `The answer of the third party has more than ${ANSWER_XML.pieces} parts; ask for less at once.`,
}
