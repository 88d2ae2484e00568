import {
  type Account,
  type FailureResponse,
  type FailureRule,
  type OAuthProvider,
  path,
  type Upstream,
  z,
} from '../../kit/index.js'

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
 * @param base the host to ask, where it is not the connector's API
 * @see https://developers.google.com/identity/protocols/oauth2/scopes#oauth2
 */
export const googleAccount =
  (base: keyof typeof GOOGLE_USERINFO | undefined) =>
  async (upstream: Upstream): Promise<Account> => {
    const { json } = await upstream.send({ method: 'GET', base, path: path`/oauth2/v2/userinfo` })
    const { email, id } = userinfo.parse(json)
    return { identifier: email, id }
  }

const reasons = z.looseObject({
  error: z.looseObject({
    errors: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
    details: z.array(z.looseObject({ reason: z.string().optional() })).optional(),
  }),
})

/** Whether Google names one of these reasons, in the older or the newer form of its errors. */
const names =
  (...wanted: string[]) =>
  ({ json }: FailureResponse) => {
    const { errors = [], details = [] } = reasons.safeParse(json).data?.error ?? {}
    return [...errors, ...details].some(({ reason }) => reason !== undefined && wanted.includes(reason))
      ? {}
      : undefined
  }

/**
 * How Google's APIs report failures, where the status alone does not say enough.
 * @see https://cloud.google.com/apis/design/errors
 * @see https://developers.google.com/workspace/drive/api/guides/handle-errors
 */
export const googleFailures: readonly FailureRule[] = [
  {
    when: { status: [403] },
    tell: names('rateLimitExceeded', 'userRateLimitExceeded', 'RATE_LIMIT_EXCEEDED'),
    code: 'RATE_LIMITED',
    message:
      'Google accepts no more requests from this account for now. Nothing was done; wait, then make the call again.',
    retryable: true,
  },
  {
    when: { status: [403] },
    tell: (refusal) =>
      names('insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')(refusal) && { reason: 'missing_scope' },
    code: 'FORBIDDEN',
    message:
      'The person did not grant what this needs when the account was linked; link it again and tick every box on the page of Google.',
  },
  {
    when: { status: [403] },
    tell: names('accessNotConfigured', 'SERVICE_DISABLED'),
    code: 'FORBIDDEN',
    message:
      'This API is switched off in the Google Cloud project of the OAuth client; its operator has to enable it there.',
  },
]
