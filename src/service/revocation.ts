import type { Clock } from '../base/clock.js'
import type { Send } from '../kit/index.js'
import { revokeGrant } from '../oauth/index.js'
import type { ConnectorPlace, OAuthCredential } from './credentials.js'

/** How long the third party may take to end a grant: clients wait 10 s for a removal. Milliseconds. */
export const REVOCATION_TIME = 5_000

/**
 * Ends a grant at the provider's standard endpoint; the refresh token takes its access tokens along. A token is sent
 * only to the issuer that gave it. Never throws.
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2
 */
export async function revokeTokens(
  { issuer, tokens }: OAuthCredential,
  { provider, oauthClient }: ConnectorPlace,
  send: Send,
  clock: Clock,
): Promise<'yes' | 'no' | 'unsupported'> {
  if (!provider || !oauthClient) return 'unsupported'
  if (provider.issuer !== issuer) return 'no'
  const deps = { send, clock, signal: AbortSignal.timeout(REVOCATION_TIME) }
  const { access_token, refresh_token } = tokens
  return refresh_token
    ? revokeGrant(provider, oauthClient, refresh_token, 'refresh_token', deps)
    : revokeGrant(provider, oauthClient, access_token, 'access_token', deps)
}
