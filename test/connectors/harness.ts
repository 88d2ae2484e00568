import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { Send, SendRequest } from '../../src/http/send.js'
import type { Call } from '../../src/kit/action.js'
import type { Connector } from '../../src/kit/connector.js'
import type { ShapedResult } from '../../src/kit/result.js'
import { createHttpUpstream } from '../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'

/** One request that must leave, and what the third party answers. */
export interface Exchange {
  /** `METHOD /path`, the path as it leaves (percent-encoded), without the base URL. */
  request: string
  /** All of the query; absent: none. */
  query?: Record<string, string | string[]>
  /** All of the JSON body; absent: none. */
  content?: Json
  /** Header fields that must be among those sent, lower case. */
  headers?: Record<string, string>
  /** 200 unless told. */
  status?: number
  responseHeaders?: Record<string, string>
  /** The JSON answer; absent: an empty body. */
  response?: Json
  /** The address came from the vendor's own `Link` field, so no description need know it. */
  linked?: true
}

/** Tells what is wrong with a request by the vendor's own description; an empty list: nothing. */
export type Oracle = (request: { method: string; path: string; query: URLSearchParams; content: unknown }) => string[]

export interface PlayOptions {
  /** The description every request is held against. */
  oracle?: Oracle | undefined
  accessToken?: string | null
  configuration?: Record<string, unknown>
}

const CALL: Call = {
  identifier: null,
  account: null,
  readOnly: false,
  caller: 'somebody',
  signal: new AbortController().signal,
}

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
  return script(connector, exchanges, options, async (connect) => {
    const result: ShapedResult = await action.prepare(input)(connect(), CALL)
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
  const { accessToken = 'test-token', configuration = {} } = options
  const expected = [exchanges].flat()
  const faults: string[] = []
  const credential = () => connector.authorize?.({ accessToken, configuration }) ?? {}
  const connect = (authorization?: Record<string, string>): Upstream => {
    const authorize = () => authorization ?? credential()
    const send = scriptedSend(connector, expected, authorize, options.oracle, faults)
    return createHttpUpstream({
      send,
      baseUrl: connector.baseUrl ?? expect.fail('The connector names no base URL.'),
      headers: connector.headers ?? {},
      failures: connector.failures ?? [],
      ...(connector.notices && { notices: connector.notices }),
      authorize,
      signal: CALL.signal,
    })
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

/** Faults are collected rather than thrown, since an action may swallow the error of a courtesy request. */
function scriptedSend(
  { baseUrl = '', headers = {} }: Connector,
  expected: Exchange[],
  authorize: () => Record<string, string>,
  oracle: Oracle | undefined,
  faults: string[],
): Send {
  return async (request) => {
    const seen = describeRequest(request, baseUrl)
    const exchange = expected.shift()
    if (!exchange) faults.push(`left, but nothing was expected: ${seen.request}`)
    else {
      const { request: line, query = {}, content } = exchange
      compare('request', seen.request, line, faults)
      compare('query', queryOf(seen.query), query, faults)
      compare('content', seen.content, content, faults)
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

function describeRequest({ method, url, body }: SendRequest, baseUrl: string) {
  const base = new URL(baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')
  const inside = url.origin === base.origin && url.pathname.startsWith(prefix)
  const path = inside ? url.pathname.slice(prefix.length) : url.href
  const content: unknown = body === undefined ? undefined : JSON.parse(String(body))
  return { request: `${method} ${path}`, method, path, query: url.searchParams, content }
}

const queryOf = (query: URLSearchParams): Record<string, string | string[]> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name)
      return [name, values.length === 1 ? String(values[0]) : values]
    }),
  )

function compare(what: string, seen: unknown, wanted: unknown, faults: string[]): void {
  if (isDeepStrictEqual(seen, wanted)) return
  faults.push(`${what}: ${JSON.stringify(seen) ?? 'none'} left, expected ${JSON.stringify(wanted) ?? 'none'}`)
}

const answer = ({ status = 200, responseHeaders = {}, response }: Exchange) => ({
  status,
  headers: new Headers({ 'content-type': 'application/json; charset=utf-8', ...responseHeaders }),
  body: Buffer.from(response === undefined ? '' : JSON.stringify(response)),
})
