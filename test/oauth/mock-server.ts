import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type MutableRedirectUri,
  type MutableResponse,
  OAuth2Issuer,
  OAuth2Service,
  type TokenRequestIncomingMessage,
} from 'oauth2-mock-server'
import type { OAuthProvider } from '../../src/oauth/provider.js'
import { type Answer, give, type Received } from './scripted-server.js'

type Form = Record<string, string | undefined>

/**
 * How an honest answer is turned into a lie: `says` changes it before it is written, `sends` takes its place on the
 * wire. The server has done its work by then: a code is spent, a token is made.
 */
export interface Lie {
  says?: (answer: MutableResponse, form: Form) => void
  /** @param honest the body that would have left */
  sends?: (response: ServerResponse, honest: string) => void
}

/** An answer of the test's own in the place of the honest one. */
export const instead = (answer: Answer | ((request: Received) => Answer)): Lie => ({
  sends(response) {
    const { url = '', headers, body } = response.req as typeof response.req & { body: Record<string, string> }
    give(response, typeof answer === 'function' ? answer({ path: url, headers, form: body }) : answer)
  },
})

/** `oauth2-mock-server`, an authorization server that nobody here wrote, whose answers can be turned into lies. */
export interface MockServer {
  origin: string
  /** Method and path of every request. */
  requests: string[]
  /** What was asked of the token endpoint and what it would have answered. */
  granted: { form: Form; body: Record<string, unknown> }[]
  /** Every code, token and verifier that passed. */
  secrets(): string[]
  /** From now on the endpoint lies so; without a lie it is honest again. */
  lie(endpoint: '/token' | '/me' | '/revoke', lie?: Lie): void
  /** From now on the way back from the consent is changed so. */
  lieOnTheWayBack(change?: (url: URL) => void): void
  /** Puts claims into what it signs from now on. */
  claims: Record<string, unknown>
  provider(changes?: Partial<OAuthProvider>): OAuthProvider
  close(): Promise<void>
}

export async function startMockServer(): Promise<MockServer> {
  const issuer = new OAuth2Issuer()
  await issuer.keys.generate('RS256')
  const service = new OAuth2Service(issuer, { userinfo: '/me' })
  const requests: string[] = []
  const granted: MockServer['granted'] = []
  const lies = new Map<string, Lie>()
  let wayBack: (url: URL) => void = () => {}

  service.on('beforeResponse', (answer: MutableResponse, { body }: TokenRequestIncomingMessage) => {
    const form = body as unknown as Form
    // It forgets what was consented to, and grants a scope of its own.
    Object.assign(answer.body, { scope: 'notes.read notes.write' })
    granted.push({ form: { ...form }, body: { ...(answer.body as Record<string, unknown>) } })
    lies.get('/token')?.says?.(answer, form)
  })
  service.on('beforeUserinfo', (answer: MutableResponse) => lies.get('/me')?.says?.(answer, {}))
  service.on('beforeRevoke', (answer: MutableResponse) => lies.get('/revoke')?.says?.(answer, {}))
  service.on('beforeAuthorizeRedirect', ({ url }: MutableRedirectUri) => wayBack(url))

  const listener = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', issuer.url)
    requests.push(`${request.method} ${pathname}`)
    const sends = lies.get(pathname)?.sends
    if (sends) insteadOfItsEnd(response, sends)
    service.requestHandler(request, response)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  issuer.url = origin

  const mock: MockServer = {
    origin,
    requests,
    granted,
    secrets: () =>
      granted.flatMap(({ form, body }) => [
        ...['code', 'code_verifier', 'client_secret', 'refresh_token'].flatMap((name) => form[name] ?? []),
        ...['access_token', 'refresh_token', 'id_token'].map((name) => String(body[name])),
      ]),
    lie(endpoint, lie = {}) {
      lies.set(endpoint, lie)
    },
    lieOnTheWayBack(change = () => {}) {
      wayBack = change
    },
    claims: {},
    provider: (changes = {}) => ({ ...providerData(origin), ...changes }),
    async close() {
      listener.closeAllConnections()
      listener.close()
      await once(listener, 'close')
    },
  }
  service.on('beforeTokenSigning', ({ payload }) => Object.assign(payload, mock.claims))
  return mock
}

/** The moment the answer would leave, it is thrown away with its header fields, and the lie has the response to itself. */
function insteadOfItsEnd(response: ServerResponse, sends: NonNullable<Lie['sends']>): void {
  const end = response.end.bind(response)
  response.end = ((honest?: unknown) => {
    response.end = end
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    sends(response, String(honest ?? ''))
    return response
  }) as typeof response.end
}

const providerData = (origin: string): OAuthProvider => ({
  issuer: origin,
  authorization_endpoint: `${origin}/authorize`,
  token_endpoint: `${origin}/token`,
  revocation_endpoint: `${origin}/revoke`,
  token_endpoint_auth_method: 'client_secret_post',
  scopes: ['notes.read', 'notes.write'],
  registration_page: `${origin}/clients`,
})
