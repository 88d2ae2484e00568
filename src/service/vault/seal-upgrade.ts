import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { deriveKey, type KeySource, open, seal, unwrapKey } from '../../crypto/index.js'
import type { ClientRow, Resealing } from '../../store/store.js'
import {
  clientContext,
  credentialContext,
  dataKeyContext,
  FIRST_RELEASE_CONTEXTS,
  linkContext,
  userContext,
} from './seal-contexts.js'
import { isSealedHash, SecretHashes } from './secret-hashes.js'

/** The key id of the data key in sealed texts: each client has one, which never changes. */
export const DATA_KEY_ID = 'data'

/**
 * Creates the functions that seal everything again that the first release sealed or hashed: credentials and links are
 * bound to more than before, and hashes are sealed.
 * @param root the root key of the store
 * @param clients all clients
 * @param mixed the error for rows that are already sealed in today's form: then this was done before, and the note about it
 * was removed
 * @throws MISCONFIGURED when the data key of a client does not open
 */
export async function createResealing(
  root: Uint8Array,
  clients: readonly ClientRow[],
  keys: KeySource,
  mixed: () => ConnectorsError,
): Promise<Resealing> {
  const hashes = new SecretHashes({ derived: (purpose) => deriveKey(root, purpose) })
  const dataKeys = await dataKeysOf(clients, keys)
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
  const sealedHash = (context: readonly string[], hash: string): string => {
    if (isSealedHash(hash)) throw mixed()
    return hashes.seal(context, hash)
  }
  return {
    client: (row) => sealedHash(clientContext(row), row.keyHash),
    user: (row) => sealedHash(userContext(row), row.secretHash),
    credential(row) {
      if (row.credentialSerial !== '') throw mixed()
      const credentialSerial = uuid()
      const after = credentialContext({ ...row, credentialSerial })
      return {
        credential: reseal(row.clientId, row.credential, FIRST_RELEASE_CONTEXTS.credential(row), after),
        credentialSerial,
      }
    },
    link: (row) => reseal(row.clientId, row.sealed, FIRST_RELEASE_CONTEXTS.link(row), linkContext(row)),
  }
}

/** Fetched beforehand, since that is not possible during the transaction. */
async function dataKeysOf(clients: readonly ClientRow[], keys: KeySource): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  for (const { id, dataKey } of clients)
    found.set(id, unwrapKey(await keys.ringFor(dataKey), dataKey, dataKeyContext(id)))
  return found
}

const inUse = (): ConnectorsError =>
  new ConnectorsError(
    'UNAVAILABLE',
    'The store was written by an older release that is still using it; stop the processes of that release and start again.',
  )
