import type { Clock } from '../../base/clock.js'
import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import { type Connector, createHttpUpstream } from '../../kit/index.js'
import { type Revocation, revokeGrant } from '../../oauth/index.js'
import type { PacedPorts } from '../upstream/bind.js'
import type { AccountCredential, ConnectorEndpoints, OAuthCredential } from '../upstream/credentials.js'

/** How long the third party may take to end a grant: clients wait 10 s for a removal. Milliseconds. */
const REVOCATION_TIME = 5_000

interface RevokerDeps {
  ports: PacedPorts
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  clock: Clock
}

/**
 * Ends grants at the third party: by the vendor's own call where the connector has one, otherwise at the provider's standard
 * endpoint, where the refresh token takes its access tokens along. A token is sent only to the issuer that gave it.
 * @see https://www.rfc-editor.org/rfc/rfc7009#section-2
 */
export class Revoker {
  readonly #deps: RevokerDeps

  constructor(deps: RevokerDeps) {
    this.#deps = deps
  }

  /** Tries once. Never throws. */
  async revoke(connector: Connector, credential: AccountCredential, signal?: AbortSignal): Promise<Revocation> {
    const { ports, endpointsOf, clock } = this.#deps
    const endpoints = endpointsOf(connector)
    const { provider, oauthClient } = endpoints
    if (credential.kind !== 'oauth2' || !provider || !oauthClient) return 'unsupported'
    if (provider.issuer !== credential.issuer) return 'no'
    const end = startDeadline(REVOCATION_TIME, signal)
    try {
      if (connector.revoke) return await this.#byVendor(connector, credential, endpoints, end.signal)
      const { access_token, refresh_token } = credential.tokens
      const deps = { send: ports.send, clock, signal: end.signal }
      return await (refresh_token
        ? revokeGrant(provider, oauthClient, { token: refresh_token, hint: 'refresh_token' }, deps)
        : revokeGrant(provider, oauthClient, { token: access_token, hint: 'access_token' }, deps))
    } finally {
      end.end()
    }
  }

  async #byVendor(
    connector: Connector,
    { tokens }: OAuthCredential,
    { baseUrl, hosts, oauthClient }: ConnectorEndpoints,
    signal: AbortSignal,
  ): Promise<Revocation> {
    const { ports } = this.#deps
    const as = (authorization: Record<string, string>) =>
      createHttpUpstream({
        send: ports.pacer.paced(connector, ports.send),
        baseUrl: baseUrl ?? connector.baseUrl ?? '',
        hosts,
        headers: connector.headers ?? {},
        failures: connector.failures ?? [],
        authorize: () => authorization,
        signal,
      })
    const { client_id: clientId = '', client_secret: clientSecret = '' } = oauthClient ?? {}
    try {
      await connector.revoke?.(as, { accessToken: tokens.access_token, clientId, clientSecret })
      return 'yes'
    } catch (error) {
      return signal.aborted || isTemporary(error) ? 'later' : 'no'
    }
  }
}

const TEMPORARY: ReadonlySet<string> = new Set(['UPSTREAM_ERROR', 'UPSTREAM_TIMEOUT', 'RATE_LIMITED', 'UNAVAILABLE'])

/** No answer, or one that says "later". */
const isTemporary = (error: unknown): boolean => error instanceof ConnectorsError && TEMPORARY.has(error.code)
