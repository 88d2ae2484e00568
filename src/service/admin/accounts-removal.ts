import { ConnectorsError } from '../../base/errors.js'
import type { Administration } from '../../kit/index.js'
import type { Store } from '../../store/store.js'
import type { RemovedAccount } from '../accounts/unlink.js'
import type { Caller } from '../tenants/users.js'

/** Accounts removed at the same time. */
const AT_ONCE = 4
/** Users read together. */
const PAGE = 100

interface AccountsRemovalDeps {
  store: Pick<Store, 'users' | 'integrations'>
  /** Removes one and ends its grant. @throws INTEGRATION_NOT_FOUND where it is gone already */
  remove: (owner: Pick<Caller, 'userId'>, connector: string, identifier: string) => Promise<RemovedAccount>
}

interface ClientsConnector {
  clientId: string
  connector: string
  signal: AbortSignal
}

/** Makes what an administrator's action works with, for one client and connector. */
export const administrations =
  (deps: AccountsRemovalDeps) =>
  (of: ClientsConnector): Administration => ({ removeAccounts: () => removeAccounts(deps, of) })

/**
 * Removes the accounts that the users of a client have at one connector, and ends their grants. What is removed stays removed
 * when it ends early; a repeated call goes on with the others.
 * @param of the client and the connector; no account is begun once the signal aborts
 */
async function removeAccounts(
  { store, remove }: AccountsRemovalDeps,
  { clientId, connector, signal }: ClientsConnector,
): ReturnType<Administration['removeAccounts']> {
  const counts = { revoked: 0, failed: 0 }
  const accounts = accountsOf(store, clientId, connector)
  const lane = async (): Promise<void> => {
    for await (const { userId, userIdentifier } of accounts) {
      signal.throwIfAborted()
      const removed = await remove({ userId }, connector, userIdentifier).catch(unlessGone)
      if (removed) counts[removed.revokedAtProvider === 'yes' ? 'revoked' : 'failed'] += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return counts
}

/** Its owner may remove it at the same time. */
function unlessGone(error: unknown): undefined {
  if (error instanceof ConnectorsError && error.code === 'INTEGRATION_NOT_FOUND') return undefined
  throw error
}

async function* accountsOf({ users, integrations }: AccountsRemovalDeps['store'], clientId: string, connector: string) {
  let last: string | undefined
  for (;;) {
    const page = await users.page(clientId, last, PAGE)
    for (const { id } of page) {
      yield* (await integrations.listOfUser(id)).filter((account) => account.connector === connector)
    }
    last = page.at(-1)?.id
    if (last === undefined) return
  }
}
