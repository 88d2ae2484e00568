import * as oauth from 'oauth4webapi'
import { ConnectorsError } from '../base/errors.js'
import { linkError } from './errors.js'
import { exchange } from './exchange.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import type { OAuthDeps } from './transport.js'

/** The outcome of a revocation. */
export type Revocation = 'yes' | 'no' | 'unsupported' | 'later'

const STEP = { name: 'revocation request', again: 'Try again', repeatable: true }

/** A token to be revoked, and of which kind it is; a refresh token takes its access tokens along. */
export interface RevocableToken {
  token: string
  hint: 'access_token' | 'refresh_token'
}

/**
 * Ends a grant at the authorization server. Never throws: the outcome is returned.
 * @returns `yes` when the server says that the token is no longer valid, `unsupported` when the provider has no
 * revocation endpoint or does not revoke such tokens, `later` when it could not be reached, did not answer in time or
 * cannot answer now (5xx, 429), `no` for everything else
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2
 */
export async function revokeGrant(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  { token, hint }: RevocableToken,
  deps: OAuthDeps,
): Promise<Revocation> {
  if (provider.revocation_endpoint === undefined) return 'unsupported'
  try {
    await exchange(
      { provider, oauthClient, endpoint: 'revocation_endpoint', secrets: [token], toError: linkError(STEP) },
      deps,
      async ({ as, client, clientAuthentication, options }) => {
        const additionalParameters = { token_type_hint: hint }
        const withHint = { ...options, additionalParameters }
        const response = await oauth.revocationRequest(as, client, clientAuthentication, token, withHint)
        await oauth.processRevocationResponse(response)
      },
    )
    return 'yes'
  } catch (error) {
    return outcomeOf(error)
  }
}

/** Some servers answer `invalid_token` where RFC 7009 §2.2 wants 200: the token is gone all the same. */
function outcomeOf(error: unknown): Revocation {
  if (!(error instanceof ConnectorsError)) return 'no'
  switch (error.details?.oauth_error) {
    case 'invalid_token':
      return 'yes'
    case 'unsupported_token_type':
      return 'unsupported'
    default:
      return error.retryable ? 'later' : 'no'
  }
}
