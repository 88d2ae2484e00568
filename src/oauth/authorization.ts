import * as oauth from 'oauth4webapi'
import { ConnectorsError } from '../base/errors.js'
import { randomToken } from '../base/random.js'
import { authorizationServer, endpointUrl, scopeParameter } from './authorization-server.js'
import { linkError } from './errors.js'
import { exchange } from './exchange.js'
import { bareError, toFailure } from './failure.js'
import type { OAuthClient, OAuthProvider } from './provider.js'
import { type TokenSet, tokenTypes, toTokenSet } from './token.js'
import type { OAuthDeps } from './transport.js'

export interface AuthorizationRequest {
  redirect_uri: string
  /** The provider's own by default. */
  scopes?: readonly string[]
  /** 256 random bits by default. */
  state?: string
}

/** The authorization response, and the values of the request that it answers. */
export interface AuthorizationAnswer {
  callback: URLSearchParams | URL
  redirect_uri: string
  state: string
  code_verifier: string
}

const AUTHORIZATION = { name: 'authorization request', again: 'Begin the link again', repeatable: false }
const TOKEN = { name: 'token request', again: 'Begin the link again', repeatable: false }

/**
 * Makes an authorization request of the code flow, with PKCE (S256) always.
 * @returns the URL to send the person to, and the two values that `finishAuthorization` needs; both are secrets
 * @throws OAUTH_NOT_CONFIGURED
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.3
 */
export async function beginAuthorization(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  { redirect_uri, scopes = provider.scopes, state = randomToken() }: AuthorizationRequest,
): Promise<{ url: string; state: string; code_verifier: string }> {
  const url = endpointUrl(provider, 'authorization_endpoint')
  const code_verifier = oauth.generateRandomCodeVerifier()
  const parameters = {
    ...provider.authorization_parameters,
    ...scopeParameter(provider, scopes),
    response_type: 'code',
    client_id: oauthClient.client_id,
    redirect_uri,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url: url.href, state, code_verifier }
}

/**
 * Checks the authorization response and exchanges its code for tokens.
 * @throws LINK_FAILED, with `details.oauth_error` (`access_denied`, …) when the server named a registered error and the
 * response is really its own; UPSTREAM_ERROR, UPSTREAM_TIMEOUT, OAUTH_NOT_CONFIGURED, FORBIDDEN
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 */
export async function finishAuthorization(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  answer: AuthorizationAnswer,
  deps: OAuthDeps,
): Promise<TokenSet> {
  const parameters = checkAuthorizationResponse(provider, oauthClient, answer)
  const { redirect_uri, code_verifier } = answer
  const sentAt = deps.clock()
  return exchange(
    {
      provider,
      oauthClient,
      endpoint: 'token_endpoint',
      secrets: secretsOf(oauthClient, answer),
      toError: linkError(TOKEN),
    },
    deps,
    async ({ as, client, clientAuthentication, options }) => {
      const response = await oauth.authorizationCodeGrantRequest(
        as,
        client,
        clientAuthentication,
        parameters,
        redirect_uri,
        code_verifier,
        options,
      )
      const body = await oauth.processAuthorizationCodeResponse(as, client, response, tokenTypes(provider))
      return toTokenSet(provider, body, sentAt)
    },
  )
}

/**
 * Checks `iss`, `state` and `error`, in this order, and that there is exactly one code: an error from another server, or an
 * answer to another request, is not acted on.
 * @returns the parameters as the library takes them
 * @throws LINK_FAILED; `details.oauth_error` only for an error response that passed the checks
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 * @see https://www.rfc-editor.org/rfc/rfc9207#section-2.4
 */
export function checkAuthorizationResponse(
  provider: OAuthProvider,
  oauthClient: OAuthClient,
  answer: AuthorizationAnswer,
): URLSearchParams {
  try {
    const as = authorizationServer(provider)
    const client = { client_id: oauthClient.client_id }
    const parameters = oauth.validateAuthResponse(as, client, answer.callback, answer.state)
    const [code, ...others] = parameters.getAll('code')
    if (!code || others.length > 0) throw invalid('there must be exactly one "code" parameter')
    return parameters
  } catch (error) {
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      throw invalidResponse(error)
    }
    throw linkError(AUTHORIZATION)(toFailure(error, { received: [] }, secretsOf(oauthClient, answer)))
  }
}

function secretsOf({ client_secret }: OAuthClient, { callback, state, code_verifier }: AuthorizationAnswer): string[] {
  const parameters = callback instanceof URL ? callback.searchParams : callback
  return [...parameters.getAll('code'), state, code_verifier, client_secret ?? '']
}

const invalid = (message: string) => new oauth.OperationProcessingError(message, { code: oauth.INVALID_RESPONSE })

function invalidResponse(error: Error): ConnectorsError {
  const cause = bareError(error)
  const message = 'The authorization response does not belong to this link and was ignored. Begin the link again.'
  return new ConnectorsError('LINK_FAILED', message, { details: { fault: cause.message }, cause })
}
