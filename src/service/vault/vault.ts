import { BoundedMap } from '../../base/bounded-map.js'
import { ConnectorsError } from '../../base/errors.js'
import { deriveKey, type KeySource, newDataKey, open, seal, unwrapKey, wrapKey } from '../../crypto/index.js'
import type { Store } from '../../store/store.js'
import { openRoot } from './root-key.js'
import { dataKeyContext } from './seal-contexts.js'
import { DATA_KEY_ID } from './seal-upgrade.js'

/**
 * Everything that keys decide. A key-encryption key (from the operator) wraps the root key and one data key per tenant;
 * the data key seals that tenant's credentials. The root key stays for the life of the store: what is derived from it
 * (token signatures, the administrator's key, the default client's key) survives a rotation. Keys that came meanwhile are fetched from their source.
 */
export interface Vault {
  /** A key for one purpose, derived from the root key. */
  derived(purpose: string): Uint8Array
  /** A fresh data key for a tenant, wrapped by the key that is the current one by now. */
  newDataKey(clientId: string): Promise<string>
  /** Seals text for a tenant, bound to `context`; it opens only with the same context. */
  seal(clientId: string, context: readonly string[], text: string): Promise<string>
  open(clientId: string, context: readonly string[], sealed: string): Promise<string>
}

/**
 * Opens the store's root key with the key ring, making one on the first start. What an older release sealed is sealed again.
 * @param mayBeOlder false where the store is known to be sealed in today's form; see `openRoot`
 * @throws MISCONFIGURED when the keys do not belong to this store
 */
export async function openVault(store: Store, keys: KeySource, mayBeOlder = true): Promise<Vault> {
  const root = await openRoot(store, keys, mayBeOlder)
  const { known, current } = dataKeys(store, keys)

  return {
    derived: (purpose) => deriveKey(root, purpose),
    newDataKey: async (clientId) => wrapKey(await keys.latest(), newDataKey(), dataKeyContext(clientId)),
    seal: async (clientId, context, text) => seal(await current(clientId), DATA_KEY_ID, text, [clientId, ...context]),
    async open(clientId, context, sealed) {
      const associatedData = [clientId, ...context]
      const kept = known(clientId)
      const bytes =
        (kept && openedBy(kept, sealed, associatedData)) ?? open(await current(clientId), sealed, associatedData)
      return new TextDecoder().decode(bytes)
    },
  }
}

function openedBy(key: Uint8Array, sealed: string, associatedData: readonly string[]): Uint8Array | undefined {
  try {
    return open(key, sealed, associatedData)
  } catch {
    return undefined
  }
}

/** Data keys kept open in memory. */
const KEPT = 1_000

/** The tenants' data keys. A tenant may have been deleted and made anew meanwhile, so whoever seals asks the store. */
function dataKeys(store: Store, keys: KeySource) {
  const opened = new BoundedMap<string, { wrapped: string; key: Uint8Array }>(KEPT)
  return {
    known: (clientId: string): Uint8Array | undefined => opened.get(clientId)?.key,
    /** @throws INVALID_TOKEN when the tenant is gone */
    async current(clientId: string): Promise<Uint8Array> {
      const wrapped = (await store.clients.find(clientId))?.dataKey
      if (wrapped === undefined) {
        opened.delete(clientId)
        throw new ConnectorsError('INVALID_TOKEN', 'The client this token belongs to does not exist any more.')
      }
      const kept = opened.get(clientId)
      if (kept?.wrapped === wrapped) return kept.key
      const key = unwrapKey(await keys.ringFor(wrapped), wrapped, dataKeyContext(clientId))
      opened.set(clientId, { wrapped, key })
      return key
    },
  }
}
