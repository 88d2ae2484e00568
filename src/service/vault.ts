import { ConnectorsError } from '../base/errors.js'
import { deriveKey, type KeyRing, newDataKey, open, seal, sealedKeyId, unwrapKey, wrapKey } from '../crypto/index.js'
import type { Store } from '../store/store.js'

/** The name of the root key in the store's meta table. */
const ROOT = 'root_key'

/**
 * Everything that keys decide. A key-encryption key (from the key file) wraps the root key and one data key per tenant;
 * the data key seals that tenant's credentials. The root key stays for the life of the store: what is derived from it
 * (token signatures, the administrator's key, the default client's key) survives a rotation of the key file.
 */
export interface Vault {
  /** A key for one purpose, derived from the root key. */
  derived(purpose: string): Uint8Array
  /** A fresh data key for a tenant, wrapped. */
  newDataKey(clientId: string): string
  /** Seals text for a tenant, bound to `context`; it opens only with the same context. */
  seal(clientId: string, context: readonly string[], text: string): Promise<string>
  open(clientId: string, context: readonly string[], sealed: string): Promise<string>
}

/**
 * Opens the store's root key with the key ring, making one on the first start.
 * @throws INTERNAL when the key file does not belong to this store
 */
export async function openVault(store: Store, ring: KeyRing): Promise<Vault> {
  const root = unwrapKey(ring, await rootKey(store, ring), [ROOT])
  const dataKeys = new Map<string, { wrapped: string; key: Uint8Array; id: string }>()

  const dataKey = async (clientId: string) => {
    const known = dataKeys.get(clientId)
    if (known) return known
    const client = await store.clients.find(clientId)
    if (!client) throw new ConnectorsError('INVALID_TOKEN', 'The client this token belongs to does not exist any more.')
    const opened = { wrapped: client.dataKey, key: unwrapKey(ring, client.dataKey, ['data_key', clientId]), id: 'data' }
    dataKeys.set(clientId, opened)
    return opened
  }

  return {
    derived: (purpose) => deriveKey(root, purpose),
    newDataKey: (clientId) => wrapKey(ring, newDataKey(), ['data_key', clientId]),
    async seal(clientId, context, text) {
      const { key, id } = await dataKey(clientId)
      return seal(key, id, text, [clientId, ...context])
    },
    async open(clientId, context, sealed) {
      const { key } = await dataKey(clientId)
      return new TextDecoder().decode(open(key, sealed, [clientId, ...context]))
    },
  }
}

async function rootKey(store: Store, ring: KeyRing): Promise<string> {
  return (await store.meta.get(ROOT)) ?? (await store.meta.putIfAbsent(ROOT, wrapKey(ring, newDataKey(), [ROOT])))
}

/** Which key-encryption key wraps the store's root key, so that a wrong key file can be named at start. */
export const rootKeyId = async (store: Store): Promise<string | undefined> => {
  const wrapped = await store.meta.get(ROOT)
  return wrapped === undefined ? undefined : sealedKeyId(wrapped)
}
