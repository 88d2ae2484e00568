import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { ClientFetch, ClientFetchInit } from '../../src/client/index.js'

export interface Received {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** `body` is sent as JSON unless it is text or bytes; `silent` never answers, `cut` breaks off in the middle. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body?: unknown; cut?: boolean }
  | 'silent'
  | ((received: Received) => Reply)

const servers: Server[] = []

/** A real HTTP server on loopback that answers with the replies in order, the last one again and again. */
export async function scriptedService(
  ...replies: Reply[]
): Promise<{ baseUrl: string; host: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request
    const got = { method, url, headers, body: await buffer(request) }
    received.push(got)
    const reply = replies[Math.min(received.length, replies.length) - 1] ?? {}
    answer(response, typeof reply === 'function' ? reply(got) : reply)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { baseUrl: `http://${host}`, host, received }
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'silent' || typeof reply === 'function') return
  const { status = 200, headers = {}, body = '', cut = false } = reply
  const raw = typeof body === 'string' || body instanceof Uint8Array
  const content = raw ? Buffer.from(body) : Buffer.from(JSON.stringify(body))
  response.writeHead(status, {
    ...(raw ? {} : { 'content-type': 'application/json' }),
    ...headers,
    'content-length': content.length + (cut ? 10 : 0),
  })
  if (cut) response.write(content, () => response.destroy())
  else response.end(content)
}

/** For `afterEach`. */
export async function closeServices(): Promise<void> {
  await Promise.all(
    servers.splice(0).map(async (server) => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }),
  )
}

export interface Sent extends ClientFetchInit {
  url: string
}

/** A service in this process: a fetch that answers by a function of the request. */
export function inProcess(respond: (sent: Sent) => Response | Promise<Response>): { fetch: ClientFetch; sent: Sent[] } {
  const sent: Sent[] = []
  const fetch: ClientFetch = async (url, init) => {
    const request = { url, ...init }
    sent.push(request)
    return respond(request)
  }
  return { fetch, sent }
}

export const json = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { 'content-type': 'application/json', ...(init.headers as Record<string, string> | undefined) },
  })

/** A failure as the contract's envelope tells it. */
export const envelope = (code: string, message: string, more: Record<string, unknown> = {}) => ({
  error: {
    type: 'SomeError',
    code,
    message,
    request_id: 'req-from-body',
    recovery: { retryable: false },
    ...more,
  },
  message,
})

/** What a call throws; fails the test when it throws nothing. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call
  } catch (error) {
    return error
  }
  throw new Error('the call was expected to fail')
}
