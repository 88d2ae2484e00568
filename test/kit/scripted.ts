import { expect } from 'vitest'
import type { SendRequest, SendResponse } from '../../src/http/send.js'
import { createHttpUpstream, type HttpUpstreamOptions } from '../../src/kit/upstream/http-upstream.js'
import type { Upstream } from '../../src/kit/upstream/upstream.js'

/** One answer of a scripted third party: its JSON, or bytes. An error is thrown as by a broken connection. */
export interface ScriptedAnswer {
  status?: number
  headers?: Record<string, string>
  json?: unknown
  bytes?: Uint8Array
  error?: Error
}

/** A request that left. */
export interface Left {
  /** `METHOD URL` */
  line: string
  headers: Record<string, string>
  body: string | undefined
}

/** An upstream whose third party gives these answers, one for each request, and the requests that left. */
export function scripted(
  answers: readonly ScriptedAnswer[],
  options: Partial<HttpUpstreamOptions> = {},
): { upstream: Upstream; left: Left[] } {
  const left: Left[] = []
  const waiting = [...answers]
  const send = async ({ method, url, headers, body }: SendRequest): Promise<SendResponse> => {
    left.push({
      line: `${method} ${url.href}`,
      headers,
      body: body === undefined ? undefined : Buffer.from(body).toString('latin1'),
    })
    const answer = waiting.shift() ?? expect.fail(`${method} ${url.href} left, but nothing was expected.`)
    if (answer.error) throw answer.error
    return {
      status: answer.status ?? 200,
      headers: new Headers({ 'content-type': 'application/json', ...answer.headers }),
      body: answer.bytes ?? Buffer.from(answer.json === undefined ? '' : JSON.stringify(answer.json)),
    }
  }
  const upstream = createHttpUpstream({
    send,
    baseUrl: 'https://api.example/v1',
    authorize: () => ({ authorization: 'Bearer t0ken' }),
    signal: new AbortController().signal,
    ...options,
  })
  return { upstream, left }
}
