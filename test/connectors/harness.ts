import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { Send, SendRequest } from '../../src/http/send.js'
import type { ServiceCall } from '../../src/kit/call.js'
import type { Connector } from '../../src/kit/connector.js'
import { withoutSecrets } from '../../src/kit/fields/secret-fields.js'
import type { ShapedResult } from '../../src/kit/result.js'
import { createHttpUpstream } from '../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'
import { type Content, type Media, readContent, readForm, valuesOf } from './content.js'

/** One request that must leave, and what the third party answers. */
export interface Exchange {
  /** `METHOD /path`, the path as it leaves (percent-encoded), without the base URL. */
  request: string
  /** All of the query; absent: none. */
  query?: Record<string, string | string[]>
  /** All of the body, where that is JSON. No body is expected where none of `content`, `form` and `upload` is given. */
  content?: Json
  /** All of the body, where that is a form; objects and lists stand in it as JSON text. */
  form?: Record<string, Json>
  /** All of the body, where that is a file, with or without what is said about it as JSON. */
  upload?: { media: Media; metadata?: Json }
  /** Header fields that must be among those sent, lower case. */
  headers?: Record<string, string>
  /** 200 unless told. */
  status?: number
  responseHeaders?: Record<string, string>
  /** The JSON answer; absent: an empty body. */
  response?: Json
  /** The answer as it is, in place of `response`: XML, a page, the bytes of a file. */
  text?: string
  /** The address came from the vendor's own `Link` field, so no description need know it. */
  linked?: true
}

/** A request that left. */
export interface SeenRequest {
  /** `METHOD /path`, as in an `Exchange`; `METHOD https://…` where it went to another place than the base URL. */
  request: string
  method: string
  url: URL
  /** Percent-encoded, without the base URL; the whole URL where it went to another place. */
  path: string
  query: URLSearchParams
  headers: Readonly<Record<string, string>>
  content: Content
}

/** Tells what is wrong with a request by the vendor's own description; an empty list: nothing. */
export type Oracle = (request: SeenRequest) => string[]

export interface PlayOptions {
  /** The description every request is held against. */
  oracle?: Oracle | undefined
  accessToken?: string | null
  configuration?: Record<string, unknown>
}

/** A call as the service makes it. Sealing only encodes here. */
export const testCall = (more: Partial<ServiceCall> = {}): ServiceCall => ({
  identifier: null,
  account: null,
  readOnly: false,
  caller: 'somebody',
  configuration: {},
  signal: new AbortController().signal,
  seal: async (text) => `sealed-${Buffer.from(text).toString('base64url')}`,
  open: async (sealed) =>
    sealed.startsWith('sealed-') ? Buffer.from(sealed.slice('sealed-'.length), 'base64url').toString() : undefined,
  administration: { removeAccounts: async () => ({ revoked: 0, failed: 0 }) },
  ...more,
})

/**
 * Plays an action through the real request code against scripted answers.
 * @returns what the service would get, so that a test can look at `data` and `meta`
 * @example await play(github, 'list_languages', { owner: 'o', repo: 'r' }, { request: 'GET /repos/o/r/languages' })
 */
export function play(
  connector: Connector,
  actionName: string,
  input: unknown,
  exchanges: Exchange | Exchange[] = [],
  options: PlayOptions = {},
): Promise<{ data: Json; meta: Record<string, Json> | null }> {
  const action = connector.byName.get(actionName) ?? expect.fail(`There is no action ${actionName}.`)
  const { custom } = connector.auth
  const configuration = custom && options.configuration ? withoutSecrets(custom, options.configuration) : {}
  const call = testCall({ configuration })
  return script(connector, exchanges, options, async (connect) => {
    const result: ShapedResult = await action.prepare(input)(connect(), call)
    return 'data' in result ? result : expect.fail('The action gave a file.')
  })
}

/** As `play`, for what is no action: `use` gets the upstream, bound to the credential or to the given header fields. */
export async function script<Result>(
  connector: Connector,
  exchanges: Exchange | Exchange[],
  options: PlayOptions,
  use: (connect: (authorization?: Record<string, string>) => Upstream) => Promise<Result>,
): Promise<Result> {
  const expected = [exchanges].flat()
  const faults: string[] = []
  const connect = (authorization?: Record<string, string>): Upstream => {
    const authorize = () => authorization ?? credentialOf(connector, options)
    return connectTo(connector, scriptedSend(connector, expected, authorize, options.oracle, faults), authorize)
  }
  const outcome = await use(connect).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  const problems = [...faults, ...expected.map(({ request }) => `did not leave: ${request}`)]
  if (problems.length > 0 && 'error' in outcome) problems.push(`and it failed: ${outcome.error}`)
  if (problems.length > 0) expect.fail(problems.join('\n'))
  if ('error' in outcome) throw outcome.error
  return outcome.value
}

/** The header fields of the credential that a test plays with. */
export const credentialOf = (connector: Connector, options: PlayOptions = {}): Record<string, string> => {
  const { accessToken = 'test-token', configuration = {} } = options
  return connector.authorize?.({ accessToken, configuration }) ?? {}
}

/** The further hosts of a connector, by name. */
export const hostsOf = (connector: Connector): Readonly<Record<string, string>> => connector.hosts ?? {}

/** The third party of a connector as its actions see it: the real request code, over the given `send`. */
export const connectTo = (connector: Connector, send: Send, authorize: () => Record<string, string>): Upstream =>
  createHttpUpstream({
    send,
    baseUrl: connector.baseUrl ?? expect.fail('The connector names no base URL.'),
    hosts: hostsOf(connector),
    headers: connector.headers ?? {},
    failures: connector.failures ?? [],
    ...(connector.notices && { notices: connector.notices }),
    ...(connector.dialect && { dialect: connector.dialect }),
    authorize,
    signal: testCall().signal,
  })

/** Faults are collected rather than thrown, since an action may swallow the error of a courtesy request. */
function scriptedSend(
  { baseUrl = '', headers = {} }: Connector,
  expected: Exchange[],
  authorize: () => Record<string, string>,
  oracle: Oracle | undefined,
  faults: string[],
): Send {
  return async (request) => {
    const seen = seenRequest(request, baseUrl)
    const exchange = expected.shift()
    if (!exchange) faults.push(`left, but nothing was expected: ${seen.request}`)
    else {
      const { request: line, query = {} } = exchange
      compare('request', seen.request, line, faults)
      compare('query', valuesOf(seen.query), query, faults)
      compare('content', readable(seen.content), expectedContent(exchange), faults)
    }
    const wanted = { 'user-agent': 'connectors-mcp', ...headers, ...authorize(), ...exchange?.headers }
    for (const [name, value] of Object.entries(wanted)) {
      compare(`header field ${name}`, request.headers[name.toLowerCase()], value, faults)
    }
    const objections = exchange?.linked ? [] : (oracle?.(seen) ?? [])
    faults.push(...objections.map((fault) => `the vendor's description says: ${seen.request}: ${fault}`))
    return answer(exchange ?? { request: '', status: 599 })
  }
}

/** @param baseUrl what is left out of the path */
export function seenRequest({ method, url, headers, body }: SendRequest, baseUrl: string): SeenRequest {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  const inside = url.origin === base.origin && url.pathname.startsWith(prefix)
  const path = inside ? url.pathname.slice(prefix.length) : url.origin + url.pathname
  const content = readContent({ headers, ...(body === undefined ? {} : { body }) })
  return { request: `${method} ${path}`, method, url, path, query: url.searchParams, headers, content }
}

const readable = (content: Content): unknown =>
  content && 'form' in content ? { form: readForm(content.form) } : content

const expectedContent = ({ content, form, upload }: Exchange): unknown => {
  if (content !== undefined) return { json: content }
  return form === undefined ? upload : { form }
}

function compare(what: string, seen: unknown, wanted: unknown, faults: string[]): void {
  if (isDeepStrictEqual(seen, wanted)) return
  faults.push(`${what}: ${JSON.stringify(seen) ?? 'none'} left, expected ${JSON.stringify(wanted) ?? 'none'}`)
}

const answer = ({ status = 200, responseHeaders = {}, response, text }: Exchange) => ({
  status,
  headers: new Headers({ 'content-type': 'application/json; charset=utf-8', ...responseHeaders }),
  body: Buffer.from(text ?? (response === undefined ? '' : JSON.stringify(response))),
})
