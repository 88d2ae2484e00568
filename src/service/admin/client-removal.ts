import type { Revocation } from '../../oauth/index.js'
import type { IntegrationRow, RevocationRow, Store } from '../../store/store.js'
import type { Revoker } from '../grants/revoke.js'
import type { Tenants } from '../tenants/tenants.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { Credentials } from '../upstream/credentials.js'

/** The most revocations at the same time. */
const AT_ONCE = 4
/** Accounts read together. */
const PAGE = 100

/** What happened to a removed client's OAuth grants at the third parties. */
export interface RemovedClient {
  revoked: number
  /** Where the third party has no way to end a grant, or no OAuth client is configured here. */
  unsupported: number
  failed: number
}

interface ClientRemovalDeps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  tenants: Tenants
  revoker: Revoker
  /** What is kept for its users; in small steps, since all at once would keep other processes out of the store for too long. */
  keeping: { removeOfClient(clientId: string): Promise<void> }
  /** Deletes by and by what the client leaves. */
  removals: { soon(): void }
}

/**
 * Removes a client: revokes the grants of its accounts at the third parties, including those of accounts removed before, then
 * destroys its keys: it and its data are found no more. What it has in the store is deleted by and by, which no one
 * waits for. The client is removed whatever the third parties answer, since afterwards nothing
 * could be tried again. Accounts linked meanwhile are not revoked.
 * @param id of the client
 * @param signal stops the requests to third parties; the remaining grants count as failed
 * @returns undefined when there was no such client
 */
export async function removeClient(
  deps: ClientRemovalDeps,
  id: string,
  signal: AbortSignal,
): Promise<RemovedClient | undefined> {
  const counts: RemovedClient = { revoked: 0, unsupported: 0, failed: 0 }
  const grants = grantsOf(deps.store, id)
  const lane = async (): Promise<void> => {
    for await (const grant of grants) counts[COUNTED[await revokeOne(deps, grant, signal)]] += 1
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  await deps.keeping.removeOfClient(id)
  const existed = await deps.tenants.remove(id)
  deps.removals.soon()
  return existed ? counts : undefined
}

async function revokeOne(
  { catalogue, credentials, revoker }: ClientRemovalDeps,
  grant: Grant,
  signal: AbortSignal,
): Promise<Revocation> {
  if (signal.aborted) return 'later'
  try {
    return await revoker.revoke(await catalogue.get(grant.connector), await credentials.open(grant), signal)
  } catch {
    return 'no'
  }
}

const COUNTED: Record<Revocation, keyof RemovedClient> = {
  yes: 'revoked',
  unsupported: 'unsupported',
  no: 'failed',
  later: 'failed',
}

type Grant = IntegrationRow | RevocationRow

async function* grantsOf(store: Store, clientId: string): AsyncGenerator<Grant> {
  yield* await store.revocations.listOfClient(clientId)
  for (let last: number | undefined = 0; last !== undefined; ) {
    const page: Awaited<ReturnType<Store['integrations']['pageOfGrants']>> = await store.integrations.pageOfGrants(
      clientId,
      last,
      PAGE,
    )
    yield* page.rows
    last = page.last
  }
}
