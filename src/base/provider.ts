/** How a client proves itself at the token endpoint. @see https://www.rfc-editor.org/rfc/rfc7591#section-2 */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/**
 * An OAuth 2 provider as data, read by the one engine in `oauth/`. No class per provider, no name of one outside
 * `connectors/`.
 */
export interface OAuthProvider {
  /** The issuer identifier. @see https://www.rfc-editor.org/rfc/rfc9207#section-2 */
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  /** @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1 */
  device_authorization_endpoint?: string
  /** A standard revocation endpoint. @see https://www.rfc-editor.org/rfc/rfc7009#section-2 */
  revocation_endpoint?: string
  token_endpoint_auth_method: ClientAuthenticationMethod
  /** The provider answers with `iss`; a response without it is refused. */
  authorization_response_iss_parameter_supported?: boolean
  scopes: readonly string[]
  /** What stands between scopes; a space unless the provider deviates from RFC 6749 §3.3. */
  scope_separator?: string
  /** Fixed parameters of the authorization request, such as `access_type=offline`. */
  authorization_parameters?: Readonly<Record<string, string>>
  /** The provider compares the redirect URI with its port, so the embedded service needs a fixed one. */
  exact_redirect_port?: boolean
  /** Where a person registers an OAuth client. */
  registration_page: string
}

/** The OAuth client an operator registered at a provider, and where the provider is. */
export interface OAuthClient {
  client_id: string
  client_secret: string | undefined
}
