import type { Connector } from '../../kit/index.js'
import type { RevocationRow, Store } from '../../store/store.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorEndpoints } from '../upstream/credentials.js'

interface NeededGrantsDeps {
  store: Store
  catalogue: Catalogue
  endpointsOf: (connector: Connector) => ConnectorEndpoints
}

/**
 * Whether the user has another account that a revocation would end, too: of another connector of the same vendor, by the same
 * OAuth client, under the same name, since all connectors of a vendor name an account alike.
 * @param row the grant of a removed account
 */
export async function isGrantNeeded(
  { store, catalogue, endpointsOf }: NeededGrantsDeps,
  { userId, userIdentifier }: RevocationRow,
  connector: Connector,
): Promise<boolean> {
  const { provider, oauthClient } = endpointsOf(connector)
  if (!provider?.revokes_all_grants || provider.family === undefined) return false
  for (const row of await store.integrations.listOfUser(userId)) {
    if (row.authType !== 'oauth2' || row.userIdentifier !== userIdentifier) continue
    const other = await catalogue.get(row.connector).catch(() => undefined)
    if (other === undefined || other === connector) continue
    const its = endpointsOf(other)
    if (its.provider?.family === provider.family && its.oauthClient?.client_id === oauthClient?.client_id) return true
  }
  return false
}
