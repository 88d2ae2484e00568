import { type KeySource, rewrapKey, sealedKeyId } from '../../crypto/index.js'
import type { Store } from '../../store/store.js'
import { openRoot } from './root-key.js'
import { dataKeyContext, ROOT_CONTEXT, ROOT_KEY_NAME } from './seal-contexts.js'

/** A key in the store that is wrapped by a key-encryption key. */
interface WrappedKey {
  wrapped: string
  context: readonly string[]
  /** False when it has changed meanwhile. */
  replace(after: string): Promise<boolean>
}

/** Every key in the store: the root key, and the data key of each client. */
async function wrappedKeys({ meta, clients }: Store): Promise<WrappedKey[]> {
  const root = await meta.get(ROOT_KEY_NAME)
  const ofClients = (await clients.list()).map(({ id, dataKey }) => ({
    wrapped: dataKey,
    context: dataKeyContext(id),
    replace: (after: string) => clients.rewrap(id, dataKey, after),
  }))
  if (root === undefined) return ofClients
  return [
    { wrapped: root, context: ROOT_CONTEXT, replace: (after) => meta.replace(ROOT_KEY_NAME, root, after) },
    ...ofClients,
  ]
}

/** How many keys in the store each key-encryption key wraps, by its id. */
export async function recordsByKey(store: Store): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const { wrapped } of await wrappedKeys(store)) {
    const id = sealedKeyId(wrapped)
    counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

/** Which key-encryption key wraps the root key; undefined in a store that was never used. */
export async function rootKeyId(store: Store): Promise<string | undefined> {
  const root = await store.meta.get(ROOT_KEY_NAME)
  return root === undefined ? undefined : sealedKeyId(root)
}

/**
 * Wraps every key in the store with the current key-encryption key, one by one, each only if it has not changed since it
 * was read: other processes may work meanwhile, and one that is stopped anywhere leaves a store that opens with both
 * keys.
 * @param beforeEach called before each change; what it throws ends the work
 * @param mayBeOlder false where the store is known to be sealed in today's form; see `openRoot`
 * @returns how many were wrapped again
 * @throws MISCONFIGURED when one cannot be opened with the keys there are
 */
export async function rewrapAll(
  store: Store,
  keys: KeySource,
  beforeEach: () => Promise<void>,
  mayBeOlder = true,
): Promise<number> {
  if ((await store.meta.get(ROOT_KEY_NAME)) !== undefined) await openRoot(store, keys, mayBeOlder)
  let done = 0
  for (;;) {
    const behind = (await wrappedKeys(store)).filter(({ wrapped }) => sealedKeyId(wrapped) !== keys.ring.currentId)
    if (behind.length === 0) return done
    for (const { wrapped, context, replace } of behind) {
      await beforeEach()
      const after = rewrapKey(await keys.ringFor(wrapped), wrapped, context)
      if (after !== undefined && (await replace(after))) done += 1
    }
  }
}
