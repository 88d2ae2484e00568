import { ConnectorsError } from '../../base/errors.js'
import type { IntegrationRow, Store } from '../../store/store.js'
import { accountNotFound } from '../accounts/account-not-found.js'
import { linkDetails, type ReconnectOffer } from '../grants/reconnect-required.js'
import type { Caller } from '../tenants/users.js'

/** The user has no account of the connector: only the person can link one. */
export class NoAccountLinked extends ConnectorsError {
  readonly connector: string

  /** @param problem why no account can be linked now: what is missing, and who sets it */
  constructor(connector: string, { link, problem }: { link?: ReconnectOffer; problem?: ConnectorsError } = {}) {
    const next = problem
      ? `, and none can be linked now. ${problem.message}`
      : '; link one, then call the action again.'
    super('INTEGRATION_NOT_FOUND', `You have no ${connector} account linked yet${next}`, {
      details: { connector, ...linkDetails(link), ...(problem && { reason: 'oauth_not_configured' }) },
    })
    this.connector = connector
  }

  /** The same error with the link that helps. */
  with(link: ReconnectOffer): NoAccountLinked {
    return new NoAccountLinked(this.connector, { link })
  }

  /** The same error with the reason why there is no such link, where that is something to be set up. */
  without(cause: unknown): NoAccountLinked {
    const helps = cause instanceof ConnectorsError && cause.code === 'OAUTH_NOT_CONFIGURED'
    return helps ? new NoAccountLinked(this.connector, { problem: cause }) : this
  }
}

/**
 * The account that is named, or the default.
 * @throws INTEGRATION_NOT_FOUND with the accounts that there are, NoAccountLinked where there is no default
 */
export async function pickAccount(
  store: Store,
  { userId }: Caller,
  { connector, identifier }: { connector: string; identifier: string | null },
): Promise<IntegrationRow> {
  if (identifier === null) {
    const selected = await store.integrations.findSelected(userId, connector)
    if (selected) return selected
    throw new NoAccountLinked(connector)
  }
  const named = await store.integrations.find(userId, connector, identifier)
  if (named) return named
  throw await accountNotFound(store, { userId, connector, identifier })
}
