import { ConnectorsError } from '../../base/errors.js'
import { deriveKey, type KeySource, newDataKey, open, seal, unwrapKey, wrapKey } from '../../crypto/index.js'
import type { Store } from '../../store/store.js'
import { ROOT_CONTEXT, ROOT_KEY_NAME } from './seal-contexts.js'
import { createResealing } from './seal-upgrade.js'

/**
 * The name in the store's meta table of the note about the form in which everything is sealed; the note itself is sealed, so
 * that only we can write it.
 */
const FORM = 'seal_form'
/** The first release wrote no such note. */
const TODAYS_FORM = '2'

/**
 * Opens the store's root key, creating one for a new store. A store that the first release sealed is sealed again in
 * today's form first, all of it in one transaction: of several processes that try at once, one does it.
 * @param mayBeOlder false where a note outside the store says that it has today's form: then an older form is refused,
 * since an attacker who can write to the store could have put an older one there
 * @returns the root key, a secret
 * @throws MISCONFIGURED when the keys do not belong to this store, or it does not have the required form
 */
export async function openRoot(store: Store, keys: KeySource, mayBeOlder: boolean): Promise<Uint8Array> {
  const wrapped = await wrappedRoot(store, keys)
  const root = unwrapKey(await keys.ringFor(wrapped), wrapped, ROOT_CONTEXT)
  const form = await store.meta.get(FORM)
  if (form === undefined) await bringUp(store, keys, root, mayBeOlder)
  else if (!isTodays(root, form)) throw strangeForm()
  return root
}

async function bringUp(store: Store, keys: KeySource, root: Uint8Array, mayBeOlder: boolean): Promise<void> {
  const clients = await store.clients.list()
  // A store without clients contains nothing that could be mistaken for our own sealed texts.
  if (clients.length > 0 && !mayBeOlder) throw strangeForm()
  const value = seal(formKey(root), 'form', TODAYS_FORM, [FORM])
  await store.reseal({ key: FORM, value }, await createResealing(root, clients, keys, strangeForm))
}

const formKey = (root: Uint8Array): Uint8Array => deriveKey(root, 'seal-form')

function isTodays(root: Uint8Array, form: string): boolean {
  try {
    return new TextDecoder().decode(open(formKey(root), form, [FORM])) === TODAYS_FORM
  } catch {
    return false
  }
}

async function wrappedRoot(store: Store, keys: KeySource): Promise<string> {
  const stored = await store.meta.get(ROOT_KEY_NAME)
  if (stored !== undefined) return stored
  // Everything in such a store was sealed by a root key that is gone.
  if ((await store.clients.list()).length > 0) {
    const late = await store.meta.get(ROOT_KEY_NAME)
    if (late === undefined) throw rootLost()
    return late
  }
  return store.meta.putIfAbsent(ROOT_KEY_NAME, wrapKey(await keys.latest(), newDataKey(), ROOT_CONTEXT))
}

const rootLost = (): ConnectorsError =>
  new ConnectorsError(
    'MISCONFIGURED',
    'The store has clients but its root key is gone, so nothing in it can be opened; restore it from your backup.',
  )

const strangeForm = (): ConnectorsError =>
  new ConnectorsError(
    'MISCONFIGURED',
    'The store says that an older release sealed it, though it had been sealed in the newer form before, so it was replaced or tampered with. If you restored an older backup yourself, remove the file store.form next to it; otherwise restore your latest backup.',
  )
