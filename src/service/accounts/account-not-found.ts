import { closeNames } from '../../base/close-names.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Store } from '../../store/store.js'

/** The most accounts that an error names. */
const MOST_NAMED = 20

/** @returns INTEGRATION_NOT_FOUND with the accounts that the user has at the connector, the closest names first */
export async function accountNotFound(
  store: Pick<Store, 'integrations'>,
  { userId, connector, identifier }: { userId: string; connector: string; identifier: string },
): Promise<ConnectorsError> {
  const rows = await store.integrations.listOfUser(userId)
  const names = rows.filter((row) => row.connector === connector).map((row) => row.userIdentifier)
  const accounts = [...new Set([...closeNames(identifier, names), ...names])].slice(0, MOST_NAMED)
  return new ConnectorsError(
    'INTEGRATION_NOT_FOUND',
    `You have no ${connector} account of that name; list your integrations to see which you have.`,
    accounts.length > 0 ? { details: { accounts } } : {},
  )
}
