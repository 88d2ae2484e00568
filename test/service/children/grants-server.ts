import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OAuthProvider } from '../../../src/oauth/provider.js'

/** What every token begins with, so that it can be looked for. */
export const CANARY = 'canary-token'

/**
 * An authorization server and its API that outlive the processes which are killed while they talk to them. The code
 * `<login>` gives tokens of that login. Where refresh tokens rotate, one that was used is refused. A revocation ends all
 * tokens of the login.
 */
export interface GrantsServer {
  origin: string
  provider(rotating: boolean): OAuthProvider
  /** Whether the login has a token that works. */
  isGranted(login: string): boolean
  /** How often a revocation was asked for. */
  revocations(): number
  close(): Promise<void>
}

export async function startGrantsServer(): Promise<GrantsServer> {
  const access = new Map<string, string>()
  const refresh = new Map<string, string>()
  let count = 0
  const give = (login: string, rotates: boolean, old?: string) => {
    const access_token = `${CANARY}-access-${++count}`
    access.set(access_token, login)
    const answer = { access_token, token_type: 'bearer', expires_in: 3600 }
    if (old !== undefined && !rotates) return answer
    if (old !== undefined) refresh.delete(old)
    const refresh_token = `${CANARY}-refresh-${++count}`
    refresh.set(refresh_token, login)
    return { ...answer, refresh_token }
  }
  const token = (form: URLSearchParams, rotates: boolean) => {
    const code = form.get('code')
    if (code !== null) return give(code, rotates)
    const old = form.get('refresh_token') ?? ''
    const login = refresh.get(old)
    return login === undefined ? undefined : give(login, rotates, old)
  }
  let revocations = 0
  const revoke = (token: string) => {
    revocations += 1
    const login = refresh.get(token) ?? access.get(token)
    for (const tokens of [access, refresh]) for (const [each, whose] of tokens) if (whose === login) tokens.delete(each)
    return {}
  }
  const server = createServer(async (request, response) => {
    const answer = async (): Promise<unknown> => {
      if (request.url === '/me') {
        const sub = access.get(request.headers.authorization?.slice('Bearer '.length) ?? '')
        return sub === undefined ? undefined : { sub }
      }
      const form = new URLSearchParams(await textOf(request))
      return request.url === '/revoke'
        ? revoke(form.get('token') ?? '')
        : token(form, request.url === '/rotating/token')
    }
    const json = await answer()
    response.writeHead(json ? 200 : request.url === '/me' ? 401 : 400, { 'content-type': 'application/json' })
    response.end(JSON.stringify(json ?? { error: 'invalid_grant' }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    origin,
    provider: (rotating) => ({
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/${rotating ? 'rotating' : 'steady'}/token`,
      revocation_endpoint: `${origin}/revoke`,
      token_endpoint_auth_method: 'client_secret_post',
      scopes: ['read'],
      registration_page: origin,
    }),
    isGranted: (login) => [access, refresh].some((tokens) => [...tokens.values()].includes(login)),
    revocations: () => revocations,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
