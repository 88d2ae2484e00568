import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Json } from '../../src/base/json.js'
import type { Send } from '../../src/http/send.js'
import type { Connector } from '../../src/kit/connector.js'
import { withoutSecrets } from '../../src/kit/fields/secret-fields.js'
import type { ShapedResult } from '../../src/kit/result.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'
import { type Content, type Media, readForm, valuesOf } from './content.js'
import { connectTo, credentialOf, type Held, type SeenRequest, seenRequest, testCall } from './playing.js'

export { connectTo, credentialOf, hostsOf, type SeenRequest, seenRequest, testCall } from './playing.js'

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

/** Tells what is wrong with a request by the vendor's own description; an empty list: nothing. */
export type Oracle = (request: SeenRequest) => string[]

export interface PlayOptions extends Held {
  /** The description every request is held against. */
  oracle?: Oracle | undefined
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
