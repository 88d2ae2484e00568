import {
  type Account,
  bearer,
  type ConnectorFacts,
  type CustomAuth,
  type OAuthProvider,
  path,
  tokenField,
  type Upstream,
  z,
} from '../../kit/index.js'

/**
 * Slack's authorization server, for a connector that acts as the person. Of the two tokens that Slack gives only the person's is
 * used, never the bot's. With token rotation, which an operator can turn on for an app, it lasts 12 hours; the answer of a
 * refresh has the tokens at its top level.
 * @param scopes user scopes
 * @see https://docs.slack.dev/authentication/installing-with-oauth
 * @see https://docs.slack.dev/authentication/using-token-rotation
 */
export const slackOAuth = (scopes: readonly string[]): OAuthProvider => ({
  family: 'slack',
  issuer: 'https://slack.com',
  authorization_endpoint: 'https://slack.com/oauth/v2/authorize',
  token_endpoint: 'https://slack.com/api/oauth.v2.access',
  token_endpoint_auth_method: 'client_secret_post',
  https_redirect: true,
  scopes,
  scope_parameter: 'user_scope',
  scope_separator: ',',
  token_response: {
    member: 'authed_user',
    scope_separator: ',',
    bearer_token_types: ['user'],
    // A refusal has status 200, `ok: false` and one of Slack's own codes.
    error_codes: {
      invalid_code: 'invalid_grant',
      code_already_used: 'invalid_grant',
      bad_redirect_uri: 'invalid_grant',
      invalid_refresh_token: 'invalid_grant',
      token_expired: 'invalid_grant',
      token_revoked: 'invalid_grant',
      account_inactive: 'invalid_grant',
      invalid_client_id: 'invalid_client',
      bad_client_secret: 'invalid_client',
      invalid_grant_type: 'unsupported_grant_type',
      no_user_scopes: 'invalid_scope',
      ratelimited: 'temporarily_unavailable',
      internal_error: 'temporarily_unavailable',
      fatal_error: 'temporarily_unavailable',
      service_unavailable: 'temporarily_unavailable',
    },
  },
  registration_page: 'https://api.slack.com/apps',
})

const TOKEN_FACTS = { description: 'A user token of Slack: it begins with xoxp-', secret: true }
/** Tokens of bots, of an app as a whole, and refresh tokens. */
const OTHER_TOKEN = /^(?:xoxb-|xoxe\.xoxb-|xapp-|xoxe-)/

/** Linking by a token that the person pastes. @param scopes user scopes, which the app that the page leads to has */
export const slackToken = (scopes: readonly string[]): CustomAuth => ({
  fields: {
    token: tokenField(TOKEN_FACTS.description)
      .refine(
        (token) => !OTHER_TOKEN.test(token),
        'is the token of a bot or of an app as a whole; copy the User OAuth Token, which begins with xoxp-',
      )
      .meta(TOKEN_FACTS),
  },
  help: 'Make a Slack app at https://api.slack.com/apps with user scopes, install it to your workspace, and copy its User OAuth Token from the page OAuth & Permissions.',
  pages: () => [
    {
      label: 'Make a Slack app with the right scopes, install it there, and copy its User OAuth Token',
      href: `https://api.slack.com/apps?${new URLSearchParams({ new_app: '1', manifest_json: manifestOf(scopes) })}`,
    },
  ],
})

/** @see https://docs.slack.dev/reference/app-manifest */
const manifestOf = (scopes: readonly string[]): string =>
  JSON.stringify({ display_information: { name: 'connectors-mcp' }, oauth_config: { scopes: { user: scopes } } })

const identity = z.looseObject({
  url: z.string(),
  user: z.string().min(1),
  user_id: z.string().min(1),
  team_id: z.string().min(1),
})

/**
 * Asks Slack whose token it is, and in which workspace: a person has another account in each.
 * @see https://docs.slack.dev/reference/methods/auth.test
 */
export async function slackAccount(upstream: Upstream): Promise<Account> {
  const { json, headers } = await upstream.send({ method: 'POST', path: path`/auth.test` })
  const { url, user, user_id, team_id } = identity.parse(json)
  const scopes = headers.get('x-oauth-scopes')
  return {
    identifier: `${user}@${workspaceOf(url) ?? team_id}`,
    id: `${team_id}:${user_id}`,
    ...(scopes === null ? {} : { scopes: scopes.split(/[\s,]+/).filter(Boolean) }),
  }
}

/** `acme` of `https://acme.slack.com/`. */
const workspaceOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).hostname.replace(/\.slack\.com$/, '') || undefined : undefined

/**
 * Ends one token; Slack has no endpoint of RFC 7009. Other tokens of the same person stay.
 * @see https://docs.slack.dev/reference/methods/auth.revoke
 */
export const slackRevoke: NonNullable<ConnectorFacts<Upstream>['revoke']> = async (as, { accessToken }) => {
  await as(bearer(accessToken)).send({ method: 'POST', path: path`/auth.revoke` })
}
