import { type Account, type OAuthProvider, path, type Upstream, z } from '../../kit/index.js'

/**
 * Google's authorization server, for a connector that asks for these scopes.
 *
 * `access_type` and `prompt` are needed for a refresh token with every consent. `include_granted_scopes` is left out on
 * purpose: with it the token of one connector would also open what the person granted to the others of the same OAuth client.
 * @see https://developers.google.com/identity/protocols/oauth2/web-server
 * @see https://accounts.google.com/.well-known/openid-configuration
 */
export const googleOAuth = (scopes: readonly string[]): OAuthProvider => ({
  family: 'google',
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
  revokes_all_grants: true,
  token_endpoint_auth_method: 'client_secret_post',
  scopes,
  // A box for each on Google's page. Those for signing in have none.
  optional_scopes: true,
  authorization_parameters: { access_type: 'offline', prompt: 'consent' },
  registration_page: 'https://console.cloud.google.com/auth/clients',
})

/** The scopes that tell who links an account: the number of the account, and its e-mail address. */
export const GOOGLE_IDENTITY = ['openid', 'https://www.googleapis.com/auth/userinfo.email'] as const

/** Where `googleAccount` asks, for a connector whose API is elsewhere. */
export const GOOGLE_USERINFO = { userinfo: 'https://www.googleapis.com' } as const

/** The documented member is `id`; servers that answer in the form of OpenID Connect call it `sub`. */
const userinfo = z.union([
  z.looseObject({ email: z.string().min(1), id: z.string().min(1) }),
  z
    .looseObject({ email: z.string().min(1), sub: z.string().min(1) })
    .transform(({ email, sub }) => ({ email, id: sub })),
])

/**
 * Makes the function that asks Google whose account it is. Needs the scopes of `GOOGLE_IDENTITY`, which a person cannot leave out.
 * @param host the host to ask, where it is not the connector's API
 * @see https://developers.google.com/identity/protocols/oauth2/scopes#oauth2
 */
export const googleAccount =
  (host: keyof typeof GOOGLE_USERINFO | undefined) =>
  async (upstream: Upstream): Promise<Account> => {
    const { json } = await upstream.send({ method: 'GET', host, path: path`/oauth2/v2/userinfo` })
    const { email, id } = userinfo.parse(json)
    return { identifier: email, id }
  }
