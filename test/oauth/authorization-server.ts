import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ClientAuthenticationMethod, OAuthClient, OAuthProvider } from '../../src/oauth/provider.js'
import { Browser, type Page } from '../browser.js'

/** Scopes the server knows: `openid` (for userinfo), `email`, `offline_access`, and two of a made-up API. */
const SCOPES = ['openid', 'email', 'offline_access', 'notes.read', 'notes.write']

export interface AuthorizationServerOptions {
  /** Seconds an access token lasts. One hour unless told. */
  accessTokenLifetime?: number
  /** Whether a refresh gives a new refresh token and ends the old one. True unless told. */
  rotateRefreshTokens?: boolean
}

export interface Registration {
  redirect_uris: string[]
  /** `client_secret_basic` unless told. */
  token_endpoint_auth_method?: ClientAuthenticationMethod
  /** Code, refresh and device unless told. */
  grant_types?: string[]
}

/** A certified authorization server on loopback: PKCE required, `iss` in every response, refresh tokens rotated. */
export interface AuthorizationServer {
  issuer: string
  /** `GET` with a bearer token: who acts. */
  userinfo_endpoint: string
  /** `POST /token` and the like, in the order they came. */
  requests: string[]
  /** When each of them came. Milliseconds since the epoch. */
  requestTimes: number[]
  /** The server as an OAuth provider's data, changed where wanted. */
  provider(changes?: Partial<OAuthProvider>): OAuthProvider
  /** Registers an OAuth client. @see https://www.rfc-editor.org/rfc/rfc7591 */
  register(registration: Registration): Promise<OAuthClient>
  /**
   * The person: signs in as `login` and consents. A browser that is given remembers the person.
   * @returns the redirect URI with the authorization response
   */
  consent(authorizationUrl: string, login: string, browser?: Browser): Promise<URL>
  /** The person: goes to the page and cancels. @returns the redirect URI with the error response */
  abort(authorizationUrl: string): Promise<URL>
  /** The person: opens the device page with the code filled in, signs in and consents. */
  consentToDevice(verificationUri: string, login: string): Promise<void>
  /** The person: opens the device page and cancels. */
  abortDevice(verificationUri: string): Promise<void>
  /** Asks the userinfo endpoint who acts. @throws an Error when the token is not (or no longer) good */
  whoActs(accessToken: string): Promise<string>
  /** Whether the token is active. @see https://www.rfc-editor.org/rfc/rfc7662 */
  introspect(oauthClient: OAuthClient, token: string): Promise<boolean>
  close(): Promise<void>
}

/** Starts the server on a free port of 127.0.0.1. Everything is in memory and gone with `close`. */
export async function startAuthorizationServer(options: AuthorizationServerOptions = {}): Promise<AuthorizationServer> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const requests: string[] = []
  const requestTimes: number[] = []
  server.on('request', ({ method, url = '/' }) => requests.push(`${method} ${new URL(url, issuer).pathname}`))
  server.on('request', () => requestTimes.push(Date.now()))
  server.on('request', await createListener(issuer, options))
  return {
    issuer,
    userinfo_endpoint: `${issuer}/me`,
    requests,
    requestTimes,
    provider: (changes = {}) => ({ ...providerData(issuer), ...changes }),
    register: (registration) => register(issuer, registration),
    consent,
    abort,
    consentToDevice,
    abortDevice,
    whoActs: (accessToken) => whoActs(issuer, accessToken),
    introspect: (oauthClient, token) => introspect(issuer, oauthClient, token),
    close: () => close(server),
  }
}

/** The server warns that it is set up for development, which is what it is here for. */
async function createListener(issuer: string, options: AuthorizationServerOptions): Promise<RequestListener> {
  const { warn } = console
  console.warn = () => {}
  try {
    const { Provider } = await import('oidc-provider')
    return new Provider(issuer, configuration(options)).callback()
  } finally {
    console.warn = warn
  }
}

function configuration({ accessTokenLifetime = 3600, rotateRefreshTokens = true }: AuthorizationServerOptions) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const enabled = { enabled: true }
  return {
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    features: {
      devInteractions: enabled,
      registration: enabled,
      revocation: { ...enabled, allowedPolicy: isOwner },
      introspection: { ...enabled, allowedPolicy: isOwner },
      clientCredentials: enabled,
      deviceFlow: {
        ...enabled,
        userCodeInputSource: showForm,
        userCodeConfirmSource: showForm,
        successSource: (response: { body: string }) => {
          response.body = DEVICE_DONE
        },
      },
    },
    scopes: SCOPES,
    claims: { openid: ['sub'], email: ['email'] },
    findAccount: (_: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId, email: `${accountId}@example.test` }),
    }),
    pkce: { required: () => true },
    rotateRefreshToken: rotateRefreshTokens,
    issueRefreshToken: async (_: unknown, client: { grantTypeAllowed(name: string): boolean }) =>
      client.grantTypeAllowed('refresh_token'),
    expiresWithSession: async () => false,
    ttl: {
      AccessToken: accessTokenLifetime,
      ClientCredentials: accessTokenLifetime,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    renderError: async (response: { type: string; body: string }, out: Record<string, string>) => {
      response.type = 'text/plain'
      response.body = `${out.error}: ${out.error_description ?? ''}`
    },
  }
}

const isOwner = (_: unknown, client: { clientId: string }, token: { clientId: string }): boolean =>
  client.clientId === token.clientId

const DEVICE_DONE = 'The device is linked.'

/** The plain form instead of the server's pages, which warn that they are examples. */
async function showForm(response: { body: string }, form: string): Promise<void> {
  response.body = form
}

function providerData(issuer: string): OAuthProvider {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    device_authorization_endpoint: `${issuer}/device/auth`,
    revocation_endpoint: `${issuer}/token/revocation`,
    token_endpoint_auth_method: 'client_secret_basic',
    authorization_response_iss_parameter_supported: true,
    scopes: ['openid', 'notes.read'],
    registration_page: `${issuer}/reg`,
  }
}

async function register(issuer: string, registration: Registration): Promise<OAuthClient> {
  const response = await fetch(`${issuer}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
      response_types: registration.redirect_uris.length > 0 ? ['code'] : [],
      ...registration,
    }),
  })
  const answer = (await response.json()) as { client_id: string; client_secret?: string }
  if (response.status !== 201) throw new Error(`The registration was refused: ${JSON.stringify(answer)}`)
  return { client_id: answer.client_id, client_secret: answer.client_secret }
}

/** A person's browser: it stops where the authorization server sends it away. */
export const newBrowser = (): Browser => new Browser({ follow: 'the same origin' })

async function consent(authorizationUrl: string, login: string, browser = newBrowser()): Promise<URL> {
  return sentAway(await signInAndConsent(await browser.open(authorizationUrl), login, browser))
}

function sentAway({ sentTo, status, text }: Page): URL {
  if (sentTo) return sentTo
  throw new Error(`The authorization server sent the person nowhere: ${status} ${text}`)
}

/** One form after the other, until there is none: which of the two come depends on what the browser remembers. */
async function signInAndConsent(start: Page, login: string, browser: Browser): Promise<Page> {
  let at = start
  for (let [form] = at.forms; form; [form] = at.forms) {
    at = await browser.submit(form, 'login' in form.fields ? { login, password: 'any' } : {})
  }
  return at
}

async function abort(authorizationUrl: string): Promise<URL> {
  const browser = newBrowser()
  const page = await browser.open(authorizationUrl)
  return sentAway(page.sentTo ? page : await browser.open(page.link('Cancel')))
}

async function consentToDevice(verificationUri: string, login: string): Promise<void> {
  const browser = newBrowser()
  const end = await signInAndConsent(await browser.open(verificationUri), login, browser)
  if (end.text !== DEVICE_DONE) throw new Error('The device was not linked.')
}

async function abortDevice(verificationUri: string): Promise<void> {
  const browser = newBrowser()
  const filledIn = await browser.open(verificationUri)
  await browser.submit(filledIn.form(), { abort: 'yes' })
}

async function whoActs(issuer: string, accessToken: string): Promise<string> {
  const response = await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  const answer = (await response.json()) as { sub?: string }
  if (response.status !== 200 || answer.sub === undefined) throw new Error(`userinfo answered ${response.status}`)
  return answer.sub
}

async function introspect(issuer: string, oauthClient: OAuthClient, token: string): Promise<boolean> {
  const { client_id, client_secret = '' } = oauthClient
  const response = await fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client_id}:${client_secret}`)}` },
    body: new URLSearchParams({ token }),
  })
  const answer = (await response.json()) as { active?: boolean }
  if (typeof answer.active !== 'boolean') throw new Error(`introspection answered ${response.status}`)
  return answer.active
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
