import { ConnectorsError } from '../base/errors.js'
import { uuid } from '../base/random.js'
import { deriveKey, type KeySource, open, seal, unwrapKey, wrapKey } from '../crypto/index.js'
import type { ClientRow, Resealing, Store } from '../store/store.js'
import {
  clientContext,
  credentialContext,
  dataKeyContext,
  FIRST_FORM,
  linkContext,
  ROOT,
  ROOT_CONTEXT,
  userContext,
} from './seal-contexts.js'
import { SecretHashes } from './secret-hashes.js'

/** What sealed texts call the data key: each client has one, and it stays. */
export const DATA_KEY_ID = 'data'

/**
 * Seals everything in the store anew that the first release sealed or hashed: credentials and links are bound to more than
 * before, and hashes are sealed. All of it in one transaction, with the root key, which says in which form the store is:
 * from then on nothing in the first form opens. Of several processes that do it at once, one does.
 * @param root the root key as the store has it, and opened
 * @returns false, with nothing changed, when the root key was another by then
 * @throws INTERNAL when the data key of a client does not open; then nothing is changed
 */
export async function upgradeSeals(
  store: Store,
  keys: KeySource,
  { wrapped, root }: { wrapped: string; root: Uint8Array },
): Promise<boolean> {
  const after = wrapKey(await keys.latest(), root, ROOT_CONTEXT)
  const dataKeys = await dataKeysOf(await store.clients.list(), keys)
  const hashes = new SecretHashes({ derived: (purpose) => deriveKey(root, purpose) })
  return store.reseal({ key: ROOT, before: wrapped, after }, resealing(hashes, dataKeys))
}

/** They cannot be fetched while the transaction lasts. */
async function dataKeysOf(clients: readonly ClientRow[], keys: KeySource): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const { id, dataKey } of clients)
    found.set(id, unwrapKey(await keys.ringFor(dataKey), dataKey, dataKeyContext(id)))
  return found
}

function resealing(hashes: SecretHashes, dataKeys: ReadonlyMap<string, Uint8Array>): Resealing {
  /** What does not open stays as it is: it did not open before, and it will not open now. */
  const reseal = (clientId: string, sealed: string, before: readonly string[], after: readonly string[]): string => {
    const key = dataKeys.get(clientId)
    if (!key) throw inUse()
    try {
      return seal(key, DATA_KEY_ID, open(key, sealed, [clientId, ...before]), [clientId, ...after])
    } catch {
      return sealed
    }
  }
  return {
    client: (row) => hashes.seal(clientContext(row), row.keyHash),
    user: (row) => hashes.seal(userContext(row), row.secretHash),
    credential(row) {
      const credentialSerial = uuid()
      const after = credentialContext({ ...row, credentialSerial })
      return { credential: reseal(row.clientId, row.credential, FIRST_FORM.credential(row), after), credentialSerial }
    },
    link: (row) => reseal(row.clientId, row.sealed, FIRST_FORM.link(row), linkContext(row)),
  }
}

const inUse = (): ConnectorsError =>
  new ConnectorsError(
    'UNAVAILABLE',
    'The store was written by an older release and is in use by it; end the processes of that release and start again.',
  )
