import { BoundedMap } from '../../base/bounded-map.js'
import { ConnectorsError } from '../../base/errors.js'
import { deriveKey, type KeySource, newDataKey, open, seal, unwrapKey, wrapKey } from '../../crypto/index.js'
import type { Store } from '../../store/store.js'
import { openRoot } from './root-key.js'
import { dataKeyContext } from './seal-contexts.js'
import { DATA_KEY_ID } from './seal-upgrade.js'

interface VaultDeps {
  /** The store's root key, opened. */
  root: Uint8Array
  store: Store
  keys: KeySource
}

/**
 * Seals and opens tenant data, and derives keys. A key-encryption key (from the operator) wraps the root key and one data
 * key per tenant; the data key seals that tenant's credentials. The root key stays for the life of the store: what is
 * derived from it (token signatures, the administrator's key, the default client's key) survives a rotation. Keys that
 * were added meanwhile are fetched from their source.
 */
export class Vault {
  readonly #root: Uint8Array
  readonly #keys: KeySource
  readonly #dataKeys: DataKeys

  /** Use `openVault` to create one for a store. */
  constructor({ root, store, keys }: VaultDeps) {
    this.#root = root
    this.#keys = keys
    this.#dataKeys = new DataKeys({ store, keys })
  }

  /** A key for one purpose, derived from the root key. */
  derived(purpose: string): Uint8Array {
    return deriveKey(this.#root, purpose)
  }

  /** A new data key for a tenant, wrapped by the current key. */
  async newDataKey(clientId: string): Promise<string> {
    return wrapKey(await this.#keys.latest(), newDataKey(), dataKeyContext(clientId))
  }

  /**
   * Seals text or bytes for a tenant, bound to `context`; they open only with the same context.
   * @throws INVALID_TOKEN when the tenant is gone
   */
  async seal(clientId: string, context: readonly string[], content: string | Uint8Array): Promise<string> {
    return seal(await this.#dataKeys.current(clientId), DATA_KEY_ID, content, [clientId, ...context])
  }

  /** Opens text. @throws MISCONFIGURED for what was sealed with another context or key; INVALID_TOKEN when the tenant is gone */
  async open(clientId: string, context: readonly string[], sealed: string): Promise<string> {
    return new TextDecoder().decode(await this.openBytes(clientId, context, sealed))
  }

  /** Opens bytes. @throws as `open` */
  async openBytes(clientId: string, context: readonly string[], sealed: string): Promise<Uint8Array> {
    const associatedData = [clientId, ...context]
    const cached = this.#dataKeys.cached(clientId)
    return (
      (cached && openedBy(cached, sealed, associatedData)) ??
      open(await this.#dataKeys.current(clientId), sealed, associatedData)
    )
  }
}

/**
 * Opens the store's root key with the key ring, creating one on the first start. What an older release sealed is sealed again.
 * @param mayBeOlder false where the store is known to be sealed in today's form; see `openRoot`
 * @throws MISCONFIGURED when the keys do not belong to this store
 */
export async function openVault(store: Store, keys: KeySource, mayBeOlder = true): Promise<Vault> {
  return new Vault({ root: await openRoot(store, keys, mayBeOlder), store, keys })
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

/** The tenants' data keys. A tenant may have been deleted and created again meanwhile, so sealing asks the store. */
class DataKeys {
  readonly #deps: Omit<VaultDeps, 'root'>
  readonly #opened = new BoundedMap<string, { wrapped: string; key: Uint8Array }>(KEPT)

  constructor(deps: Omit<VaultDeps, 'root'>) {
    this.#deps = deps
  }

  /** The key as last read; undefined if it was not read yet. */
  cached(clientId: string): Uint8Array | undefined {
    return this.#opened.get(clientId)?.key
  }

  /** The current key, from the store. @throws INVALID_TOKEN when the tenant is gone */
  async current(clientId: string): Promise<Uint8Array> {
    const { store, keys } = this.#deps
    const wrapped = (await store.clients.find(clientId))?.dataKey
    if (wrapped === undefined) {
      this.#opened.delete(clientId)
      throw new ConnectorsError('INVALID_TOKEN', 'The client this token belongs to no longer exists.')
    }
    const kept = this.#opened.get(clientId)
    if (kept?.wrapped === wrapped) return kept.key
    const key = unwrapKey(await keys.ringFor(wrapped), wrapped, dataKeyContext(clientId))
    this.#opened.set(clientId, { wrapped, key })
    return key
  }
}
