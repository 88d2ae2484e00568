import * as oauth from 'oauth4webapi'
import { ConnectorsError } from '../base/errors.js'
import { isLoopbackAddress } from '../http/public-address.js'
import type { OAuthClient, OAuthProvider } from './provider.js'

export type Endpoint =
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'device_authorization_endpoint'
  | 'revocation_endpoint'

/**
 * The provider as authorization server metadata.
 * @see https://www.rfc-editor.org/rfc/rfc8414#section-2
 */
export function authorizationServer(provider: OAuthProvider): oauth.AuthorizationServer {
  return {
    issuer: provider.issuer,
    token_endpoint: provider.token_endpoint,
    ...(provider.device_authorization_endpoint && {
      device_authorization_endpoint: provider.device_authorization_endpoint,
    }),
    ...(provider.revocation_endpoint && { revocation_endpoint: provider.revocation_endpoint }),
    authorization_response_iss_parameter_supported: provider.authorization_response_iss_parameter_supported ?? false,
  }
}

/**
 * The address of an endpoint.
 * @throws OAUTH_NOT_CONFIGURED when there is none, or it may not be used
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.2
 */
export function endpointUrl(provider: OAuthProvider, endpoint: Endpoint): URL {
  const address = provider[endpoint] ?? ''
  const url = URL.canParse(address) ? new URL(address) : undefined
  if (url !== undefined && isSecure(url)) return url
  throw new ConnectorsError(
    'OAUTH_NOT_CONFIGURED',
    `The connector's OAuth provider has no usable ${endpoint}: it must be an https address, or http on loopback. An operator must set it.`,
  )
}

/**
 * True for https, and for http that does not leave the machine.
 * @see https://www.rfc-editor.org/rfc/rfc9700#section-2.6
 */
export function isSecure(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return url.protocol === 'https:' || (url.protocol === 'http:' && (host === 'localhost' || isLoopbackAddress(host)))
}

/**
 * How the client proves itself.
 * @throws OAUTH_NOT_CONFIGURED when it has no secret and needs one
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3
 */
export function clientAuthentication(provider: OAuthProvider, oauthClient: OAuthClient): oauth.ClientAuth {
  if (provider.token_endpoint_auth_method === 'none') return oauth.None()
  if (!oauthClient.client_secret) {
    if (provider.public_clients) return oauth.None()
    throw new ConnectorsError(
      'OAUTH_NOT_CONFIGURED',
      "The connector's OAuth client has no secret, and its provider asks for one. An operator must set it.",
    )
  }
  return provider.token_endpoint_auth_method === 'client_secret_post'
    ? oauth.ClientSecretPost(oauthClient.client_secret)
    : clientSecretBasic(oauthClient)
}

/** Replaces the library's own, which escapes `-`, `_` and `.` too: servers that don't decode then refuse common secrets. */
function clientSecretBasic(oauthClient: OAuthClient): oauth.ClientAuth {
  return (_as, _client, _body, headers) => {
    headers.set('authorization', `Basic ${btoa(basicCredentials(oauthClient))}`)
  }
}

/**
 * The client's id and secret unchanged, in base64, after `Basic`.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function basicCredentials({ client_id, client_secret = '' }: OAuthClient): string {
  const encode = (text: string) => new URLSearchParams([['', text]]).toString().slice(1)
  return `${encode(client_id)}:${encode(client_secret)}`
}

/**
 * The scopes as a request parameter; without scopes it is left out.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.3
 */
export function scopeParameter(provider: OAuthProvider, scopes: readonly string[]): Record<string, string> {
  if (scopes.length === 0) return {}
  return { [provider.scope_parameter ?? 'scope']: scopes.join(provider.scope_separator ?? ' ') }
}
