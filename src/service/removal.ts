import type { Clock } from '../base/clock.js'
import { type Connector, createHttpUpstream } from '../kit/index.js'
import type { Store } from '../store/store.js'
import type { Catalogue } from './catalogue.js'
import type { ConnectorPlace, Credential, Credentials } from './credentials.js'
import { accountNotFound } from './integrations.js'
import type { Ports } from './ports.js'
import { REVOCATION_TIME, revokeTokens } from './revocation.js'
import type { Caller } from './users.js'

export interface Removed {
  /** The account that became the default, or null when none is left or the default stayed. */
  newDefault: string | null
  /** Whether the third party ended the grant. */
  revokedAtProvider: 'yes' | 'no' | 'unsupported'
}

interface Deps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  clock: Clock
}

/**
 * Removes an account, then ends its grant at the third party. A failing revocation does not keep the integration.
 * @throws INTEGRATION_NOT_FOUND
 */
export function createRemoval({ store, catalogue, credentials, ports, placeOf, clock }: Deps) {
  const revoke = async (connector: Connector, credential: Credential): Promise<Removed['revokedAtProvider']> => {
    const place = placeOf(connector)
    const { provider, oauthClient, baseUrl } = place
    if (credential.kind !== 'oauth2' || !provider || !oauthClient) return 'unsupported'
    if (!connector.revoke) return revokeTokens(credential, place, ports.send, clock)
    if (provider.issuer !== credential.issuer) return 'no'
    const as = (authorization: Record<string, string>) =>
      createHttpUpstream({
        send: ports.send,
        baseUrl: baseUrl ?? connector.baseUrl ?? '',
        headers: connector.headers ?? {},
        authorize: () => authorization,
        signal: AbortSignal.timeout(REVOCATION_TIME),
      })
    const { client_id: clientId, client_secret: clientSecret = '' } = oauthClient
    await connector.revoke(as, { accessToken: credential.tokens.access_token, clientId, clientSecret })
    return 'yes'
  }

  return async (caller: Caller, name: string, identifier: string): Promise<Removed> => {
    const connector = await catalogue.get(name)
    const done = await store.integrations.delete(caller.userId, name, identifier)
    if (!done) throw accountNotFound(name)
    const { removed, newDefault } = done
    if (connector.port === 'database') await ports.databases.close(`${removed.id}:${removed.version}`)
    const revokedAtProvider = await credentials
      .open(removed)
      .then((credential) => revoke(connector, credential))
      .catch(() => 'no' as const)
    return { newDefault, revokedAtProvider }
  }
}
