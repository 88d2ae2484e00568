import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OAuthProvider } from '../../src/oauth/provider.js'

/** What the server says next, and from then on. */
export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** Sent as JSON with its content type, unless `headers` say another. */
  json?: unknown
  body?: string
  /** Instead of an answer: say nothing, cut the connection, or cut it in the middle of the body. */
  instead?: 'silence' | 'cut' | 'half'
}

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  form: Record<string, string>
}

/** An authorization server that says what it is told to. Every request gets the same answer until the next one is set. */
export interface ScriptedServer {
  origin: string
  requests: Received[]
  answer(answer: Answer | ((request: Received) => Answer)): void
  provider(changes?: Partial<OAuthProvider>): OAuthProvider
  close(): Promise<void>
}

export async function startScriptedServer(): Promise<ScriptedServer> {
  const requests: Received[] = []
  let script: (request: Received) => Answer = () => ({ status: 500 })
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const received = {
      path: request.url ?? '',
      headers: request.headers,
      form: Object.fromEntries(new URLSearchParams(body)),
    }
    requests.push(received)
    give(response, script(received))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    requests,
    answer(answer) {
      script = typeof answer === 'function' ? answer : () => answer
    },
    provider: (changes = {}) => ({ ...providerData(origin), ...changes }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes an answer. */
export function give(response: ServerResponse, { status = 200, headers = {}, json, body, instead }: Answer): void {
  if (instead === 'silence') return
  if (instead === 'cut') {
    response.destroy()
    return
  }
  const text = body ?? (json === undefined ? '' : JSON.stringify(json))
  const contentType = json === undefined ? {} : { 'content-type': 'application/json' }
  response.writeHead(status, { ...contentType, ...headers })
  if (instead === 'half') response.write(text, () => response.destroy())
  else response.end(text)
}

function providerData(origin: string): OAuthProvider {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    device_authorization_endpoint: `${origin}/device`,
    revocation_endpoint: `${origin}/revoke`,
    token_endpoint_auth_method: 'client_secret_basic',
    scopes: ['files.read', 'files.write'],
    registration_page: `${origin}/clients`,
  }
}
