import { ConnectorsError } from '../base/errors.js'
import { type KeySource, newDataKey, unwrapKey, wrapKey } from '../crypto/index.js'
import type { Store } from '../store/store.js'
import { FIRST_FORM, ROOT, ROOT_CONTEXT } from './seal-contexts.js'
import { upgradeSeals } from './seal-upgrade.js'

/**
 * Opens the store's root key, making one for a store that is new. A store that the first release sealed is sealed anew in
 * today's form first.
 * @param mayBeOlder false where it is noted outside the store that it has today's form: then an older one is refused,
 * since whoever may write the store could put it there with what it accepts
 * @returns the root key, a secret
 * @throws INTERNAL when the keys do not belong to this store, or it is not in the form that it must have
 */
export async function openRoot(store: Store, keys: KeySource, mayBeOlder: boolean): Promise<Uint8Array> {
  const wrapped = await wrappedRoot(store, keys)
  const ring = await keys.ringFor(wrapped)
  try {
    return unwrapKey(ring, wrapped, ROOT_CONTEXT)
  } catch (error) {
    const root = opened(() => unwrapKey(ring, wrapped, FIRST_FORM.root))
    if (!root) throw error
    if (!mayBeOlder) throw olderForm()
    // Another process did it meanwhile, or wrapped the root key anew, when it is not as it was.
    return (await upgradeSeals(store, keys, { wrapped, root })) ? root : openRoot(store, keys, mayBeOlder)
  }
}

async function wrappedRoot(store: Store, keys: KeySource): Promise<string> {
  const made = await store.meta.get(ROOT)
  if (made !== undefined) return made
  // Whatever such a store holds was sealed by a root key that is gone.
  if ((await store.clients.list()).length > 0) {
    const late = await store.meta.get(ROOT)
    if (late === undefined) throw rootLost()
    return late
  }
  return store.meta.putIfAbsent(ROOT, wrapKey(await keys.latest(), newDataKey(), ROOT_CONTEXT))
}

function opened(open: () => Uint8Array): Uint8Array | undefined {
  try {
    return open()
  } catch {
    return undefined
  }
}

const rootLost = (): ConnectorsError =>
  new ConnectorsError(
    'INTERNAL',
    'The store has clients and no root key any more, so nothing in it can be opened; put it back from your copy.',
  )

const olderForm = (): ConnectorsError =>
  new ConnectorsError(
    'INTERNAL',
    'The store is sealed as an older release did it, though it had been sealed anew before, so it was replaced or tampered with. If you put it back yourself, from a copy made before, remove the file store.form beside it.',
  )
