import { type Connector, defineAction, defineConnector, path, type SendRequest, z } from '../../src/kit/index.js'
import type { OAuthProvider } from '../../src/oauth/provider.js'

/** A connector whose API is a provider's userinfo endpoint. */
export const userinfoConnector = (provider: OAuthProvider, baseUrl: string, name = 'notes'): Connector =>
  defineConnector({
    name,
    title: 'Notes',
    description: 'Tells who acts.',
    port: 'http',
    baseUrl,
    auth: { oauth2: provider },
    account: async (upstream) => ({
      identifier: z.object({ sub: z.string() }).parse(await upstream.get(path`/me`)).sub,
    }),
    actions: [
      defineAction({
        name: 'who_am_i',
        description: 'Tells who acts.',
        effect: 'read',
        input: {},
        run: (upstream) => upstream.get(path`/me`),
      }),
    ],
  })

const PROVIDER: OAuthProvider = {
  issuer: 'https://notes.example',
  authorization_endpoint: 'https://notes.example/authorize',
  token_endpoint: 'https://notes.example/token',
  revocation_endpoint: 'https://notes.example/revoke',
  token_endpoint_auth_method: 'client_secret_post',
  scopes: ['read'],
  registration_page: 'https://notes.example/apps',
}

export const notes = userinfoConnector(PROVIDER, 'https://api.notes.example')

interface Told {
  status?: number
  json?: unknown
}

/**
 * A third party in this process whose moments a test decides: its token, revocation and userinfo endpoints. An access
 * token is good while it is in `good`, and belongs to whom that says.
 */
export class NotesServer {
  readonly good = new Map<string, string>()
  readonly requests: SendRequest[] = []
  /** What the token endpoint says; may wait. */
  onToken: (form: URLSearchParams) => Told | Promise<Told> = () => ({ status: 500 })
  onRevoke: (form: URLSearchParams, request: SendRequest) => Told | Promise<Told> = () => ({})
  /** The status with which userinfo refuses whoever asks; undefined: it does not. */
  refuseMe: number | undefined
  /** Runs before userinfo answers. */
  beforeMe: () => void | Promise<void> = () => {}

  readonly send = async (request: SendRequest) => {
    this.requests.push(request)
    request.signal?.throwIfAborted()
    const { status = 200, json = {} } = await this.#answer(request)
    request.signal?.throwIfAborted()
    const headers = new Headers({ 'content-type': 'application/json' })
    return { status, headers, body: new TextEncoder().encode(JSON.stringify(json)) }
  }

  /** How often the endpoint was asked. */
  count = (pathname: string): number => this.requests.filter(({ url }) => url.pathname === pathname).length

  async #answer(request: SendRequest): Promise<Told> {
    const form = new URLSearchParams(String(request.body ?? ''))
    switch (request.url.pathname) {
      case '/token':
        return this.onToken(form)
      case '/revoke':
        return this.onRevoke(form, request)
      default: {
        const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
        const sub = this.good.get(token)
        await this.beforeMe()
        if (this.refuseMe !== undefined) return { status: this.refuseMe, json: { error: 'refused' } }
        return sub === undefined ? { status: 401, json: { error: 'invalid_token' } } : { json: { sub, token } }
      }
    }
  }
}
