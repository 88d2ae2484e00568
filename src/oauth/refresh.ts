import * as oauth from 'oauth4webapi'
import { refreshError } from './errors.js'
import { exchange } from './exchange.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import { type TokenSet, tokenTypes, toTokenSet } from './token.js'
import type { OAuthDeps } from './transport.js'

/**
 * Exchanges a refresh token for new tokens. When the server does not send a new refresh token, the result contains the old one.
 * @throws CredentialRefused when the grant has ended; UPSTREAM_ERROR, UPSTREAM_TIMEOUT with
 * `details.grant_may_be_spent`: true when the server may have rotated the token although its answer did not arrive;
 * OAUTH_NOT_CONFIGURED, FORBIDDEN before anything is sent
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export async function refreshGrant(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  refresh_token: string,
  deps: OAuthDeps,
): Promise<TokenSet> {
  const sentAt = deps.clock()
  return exchange(
    { provider, oauthClient, endpoint: 'token_endpoint', secrets: [refresh_token], toError: refreshError },
    deps,
    async ({ as, client, clientAuthentication, options }) => {
      const response = await oauth.refreshTokenGrantRequest(as, client, clientAuthentication, refresh_token, options)
      const body = await oauth.processRefreshTokenResponse(as, client, response, tokenTypes(provider))
      return { refresh_token, ...toTokenSet(provider, body, sentAt) }
    },
  )
}
