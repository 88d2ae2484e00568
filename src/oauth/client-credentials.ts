import * as oauth from 'oauth4webapi'
import { scopeParameter } from './authorization-server.js'
import { linkError } from './errors.js'
import { exchange } from './exchange.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import { type TokenSet, tokenTypes, toTokenSet } from './token.js'
import type { OAuthDeps } from './transport.js'

const STEP = { name: 'token request', again: 'Try again', repeatable: true }

/**
 * Gets an access token for the client itself, with no person behind it.
 * @param scopes the scopes to request; none by default, which leaves it to the server
 * @throws LINK_FAILED, UPSTREAM_ERROR, UPSTREAM_TIMEOUT, OAUTH_NOT_CONFIGURED, FORBIDDEN
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 */
export async function clientCredentialsGrant(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  { scopes = [] }: { scopes?: readonly string[] },
  deps: OAuthDeps,
): Promise<TokenSet> {
  const parameters = scopeParameter(provider, scopes)
  const sentAt = deps.clock()
  return exchange(
    { provider, oauthClient, endpoint: 'token_endpoint', secrets: [], toError: linkError(STEP) },
    deps,
    async ({ as, client, clientAuthentication, options }) => {
      const response = await oauth.clientCredentialsGrantRequest(as, client, clientAuthentication, parameters, options)
      const body = await oauth.processClientCredentialsResponse(as, client, response, tokenTypes(provider))
      return toTokenSet(provider, body, sentAt)
    },
  )
}
