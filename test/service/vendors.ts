import { github } from '../../src/connectors/github/index.js'
import { type Connector, defineAction, defineConnector, path, type Upstream, z } from '../../src/kit/index.js'
import type { OAuthProvider } from '../../src/oauth/provider.js'

/** A vendor as the emulator has it: provider data and who-acts, and nothing else. */
export interface Vendor {
  /** The emulator's name for it. */
  service: string
  connector(origin: string): Connector
  /** The provider's data with the emulator's addresses in their place. */
  provider(origin: string): OAuthProvider
  seed: Record<string, unknown>
  /** Where the consent page, which shows one form for each person, posts to. */
  consentPath: string
  /** Alice's name on that page, and her account's after the link. */
  identifier: string
  /** Whether a refresh brings a new refresh token; undefined where there is no refresh. */
  rotates: boolean | undefined
  revoked: 'yes' | 'no' | 'unsupported'
}

export const CLIENT = { client_id: 'the-client', client_secret: 'the-client-secret' }
const app = (redirect_uri: string) => ({ ...CLIENT, name: 'Connectors', redirect_uris: [redirect_uri] })

const whoAmI = (run: (upstream: Upstream) => ReturnType<Upstream['get']>) =>
  defineAction({ name: 'who_am_i', description: 'Tells who acts.', effect: 'read', input: {}, run })

const textIn = (field: string) => (json: unknown) => z.looseObject({ [field]: z.string() }).parse(json)[field] as string

/** Adds endpoints of the emulator to data that are the same everywhere. */
function vendor(
  name: string,
  data: Omit<OAuthProvider, 'issuer' | 'authorization_endpoint' | 'token_endpoint' | 'registration_page'>,
  paths: { authorize: string; token: string; revoke?: string },
  me: (upstream: Upstream) => ReturnType<Upstream['get']>,
  field: string,
): Pick<Vendor, 'service' | 'connector' | 'provider'> {
  const provider = (origin: string): OAuthProvider => ({
    ...data,
    issuer: origin,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    ...(paths.revoke ? { revocation_endpoint: origin + paths.revoke } : {}),
    registration_page: origin,
  })
  return {
    service: name,
    provider,
    connector: (origin) =>
      defineConnector({
        name: `${name}_test`,
        title: name,
        description: 'Tells who acts.',
        port: 'http',
        baseUrl: origin,
        auth: { oauth2: provider(origin) },
        account: async (upstream) => ({ identifier: textIn(field)(await me(upstream)) }),
        actions: [whoAmI(me)],
      }),
  }
}

export const vendors = (redirectUri: (connector: string) => string): Vendor[] => [
  {
    service: 'github',
    connector: () => github,
    provider: (origin) => ({
      ...(github.auth.oauth2 as OAuthProvider),
      issuer: origin,
      authorization_endpoint: `${origin}/login/oauth/authorize`,
      token_endpoint: `${origin}/login/oauth/access_token`,
    }),
    seed: {
      github: {
        users: [{ login: 'nobody' }, { login: 'alice' }],
        repos: [{ owner: 'alice', name: 'hello', auto_init: true }],
        oauth_apps: [app(redirectUri('github'))],
      },
    },
    consentPath: '/login/oauth/callback',
    identifier: 'alice',
    rotates: undefined,
    // The emulator lacks the route by which GitHub ends a grant.
    revoked: 'no',
  },
  {
    ...vendor(
      'google',
      {
        token_endpoint_auth_method: 'client_secret_post',
        scopes: ['openid', 'email'],
        authorization_parameters: { access_type: 'offline', prompt: 'consent' },
      },
      { authorize: '/o/oauth2/v2/auth', token: '/oauth2/token', revoke: '/oauth2/revoke' },
      (upstream) => upstream.get(path`/oauth2/v2/userinfo`),
      'email',
    ),
    seed: {
      google: {
        users: [
          { email: 'nobody@example.com', name: 'Nobody' },
          { email: 'alice@example.com', name: 'Alice' },
        ],
        oauth_clients: [app(redirectUri('google_test'))],
      },
    },
    consentPath: '/o/oauth2/v2/auth/callback',
    identifier: 'alice@example.com',
    rotates: false,
    revoked: 'yes',
  },
  {
    ...vendor(
      'microsoft',
      { token_endpoint_auth_method: 'client_secret_post', scopes: ['openid', 'offline_access', 'User.Read'] },
      { authorize: '/oauth2/v2.0/authorize', token: '/oauth2/v2.0/token', revoke: '/oauth2/v2.0/revoke' },
      (upstream) => upstream.get(path`/v1.0/me`),
      'mail',
    ),
    seed: {
      microsoft: {
        users: [
          { email: 'nobody@contoso.com', name: 'Nobody' },
          { email: 'alice@contoso.com', name: 'Alice' },
        ],
        oauth_clients: [app(redirectUri('microsoft_test'))],
      },
    },
    consentPath: '/oauth2/v2.0/authorize/callback',
    identifier: 'alice@contoso.com',
    rotates: true,
    revoked: 'yes',
  },
  {
    ...vendor(
      'slack',
      {
        token_endpoint_auth_method: 'client_secret_post',
        scopes: ['users:read', 'chat:write'],
        scope_separator: ',',
        scope_parameter: 'user_scope',
        token_response: { member: 'authed_user', scope_separator: ',', bearer_token_types: ['user'] },
      },
      { authorize: '/oauth/v2/authorize', token: '/api/oauth.v2.access' },
      (upstream) => upstream.post(path`/api/auth.test`, {}),
      'user',
    ),
    seed: {
      slack: {
        team: { name: 'Acme', domain: 'acme' },
        users: [
          { name: 'nobody', real_name: 'Nobody', email: 'nobody@example.com' },
          { name: 'alice', real_name: 'Alice', email: 'alice@example.com' },
        ],
        oauth_apps: [{ ...app(redirectUri('slack_test')), scopes: ['users:read', 'chat:write'] }],
      },
    },
    consentPath: '/oauth/v2/authorize/callback',
    identifier: 'alice',
    rotates: undefined,
    revoked: 'unsupported',
  },
]
