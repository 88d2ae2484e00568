/** How a client proves itself at the token endpoint. @see https://www.rfc-editor.org/rfc/rfc7591#section-2 */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'none'

/**
 * An OAuth 2 provider as data, read by the one engine in `oauth/`. No class per provider, and no provider named outside
 * `connectors/`.
 */
export interface OAuthProvider {
  /** The vendor's name, where several connectors share its OAuth client and endpoints: the settings of these carry it. */
  family?: string
  /** The issuer identifier. @see https://www.rfc-editor.org/rfc/rfc9207#section-2 */
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  /** @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1 */
  device_authorization_endpoint?: string
  /** A client without a secret may use the device flow, even where it needs one elsewhere. */
  device_flow_without_secret?: boolean
  /** A standard revocation endpoint. @see https://www.rfc-editor.org/rfc/rfc7009#section-2 */
  revocation_endpoint?: string
  /** A revocation ends everything that the person granted to the OAuth client, whichever token is sent. */
  revokes_all_grants?: boolean
  token_endpoint_auth_method: ClientAuthenticationMethod
  /**
   * A client without a secret may be used: it then proves itself by PKCE alone.
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.1
   */
  public_clients?: boolean
  /** Settings that are put into the issuer and the endpoints, with their defaults: `tenant: 'common'` is put in for `{tenant}`. */
  endpoint_settings?: Readonly<Record<string, string>>
  /** The provider answers with `iss`; a response without it is refused. */
  authorization_response_iss_parameter_supported?: boolean
  scopes: readonly string[]
  /** The separator between scopes; a space unless the provider deviates from RFC 6749 §3.3. */
  scope_separator?: string
  /** The parameter that carries the scopes; `scope` unless the provider deviates from RFC 6749 §3.3. */
  scope_parameter?: string
  /** Fixed parameters of the authorization request, such as `access_type=offline`. */
  authorization_parameters?: Readonly<Record<string, string>>
  /** Where its token responses deviate from RFC 6749 §5. */
  token_response?: TokenResponseDeviations
  /** The provider compares the redirect URI with its port, so the embedded service needs a fixed one. */
  exact_redirect_port?: boolean
  /** The provider accepts redirect URIs with https only, even on the person's own machine. */
  https_redirect?: boolean
  /** The person may leave out single scopes; the token response says which were granted. */
  optional_scopes?: boolean
  /** Where a person registers an OAuth client. */
  registration_page: string
}

/** How a provider's token response differs from the standard one. @see https://www.rfc-editor.org/rfc/rfc6749#section-5 */
export interface TokenResponseDeviations {
  /** The separator between scopes in the response, where it differs from the one in the request. */
  scope_separator?: string
  /** The member with the tokens of the person who consented, where they are not at the top level: `authed_user`. */
  member?: string
  /** Values of `token_type` for tokens that are used like `Bearer` ones, in lower case. */
  bearer_token_types?: readonly Lowercase<string>[]
  /** The provider's own error codes, and the registered ones they stand for: `bad_refresh_token: 'invalid_grant'`. */
  error_codes?: Readonly<Record<string, string>>
}

/** The OAuth client an operator registered at a provider, and where the provider is. */
export interface OAuthClient {
  client_id: string
  client_secret: string | undefined
}
