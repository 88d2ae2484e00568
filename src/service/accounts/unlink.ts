import type { Store } from '../../store/store.js'
import type { PendingRevocations } from '../grants/pending-revocations.js'
import type { Caller } from '../tenants/users.js'
import type { Ports } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import { accountNotFound } from './account-not-found.js'

export interface RemovedAccount {
  /** The account that became the default, or null when no account is left or the default has not changed. */
  newDefault: string | null
  /**
   * Whether the third party ended the grant; `no` also when it will be tried again. `kept`: it was not asked, since another
   * account of the user needs the same grant.
   */
  revokedAtProvider: 'yes' | 'no' | 'unsupported' | 'kept'
}

interface RemovalDeps {
  store: Store
  catalogue: Catalogue
  revocations: PendingRevocations
  ports: Ports
}

/**
 * Removes an account, then ends its grant at the third party. A failing revocation does not prevent the removal; it is
 * repeated later, also when the process ends in between.
 * @throws CONNECTOR_NOT_FOUND, INTEGRATION_NOT_FOUND
 */
export async function removeAccount(
  { store, catalogue, revocations, ports }: RemovalDeps,
  owner: Pick<Caller, 'userId'>,
  connectorName: string,
  identifier: string,
): Promise<RemovedAccount> {
  const connector = await catalogue.get(connectorName)
  const planned = revocations.planned()
  const done = await store.integrations.delete(owner.userId, connectorName, identifier, planned)
  if (!done) throw await accountNotFound(store, { userId: owner.userId, connector: connectorName, identifier })
  const { removed, newDefault } = done
  if (connector.port === 'database') await ports.databases.close(`${removed.id}:${removed.version}`)
  if (removed.authType !== 'oauth2') return { newDefault, revokedAtProvider: 'unsupported' }
  const outcome = await revocations.attempt({ ...removed, ...planned, attempts: 0 })
  return { newDefault, revokedAtProvider: outcome === 'later' ? 'no' : outcome }
}
