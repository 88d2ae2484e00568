import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { KeyedFlights } from '../../base/single-flight.js'
import type { AuthStatus, IntegrationRow } from '../../store/store.js'
import type { AccountCredential, ConnectorEndpoints } from '../upstream/credentials.js'
import { ReconnectRequired } from './reconnect-required.js'
import { GrantRenewal, type GrantRenewalDeps, refreshTokenOf } from './refresh-grant.js'

/** A token that expires sooner than this is refreshed before it is used. Milliseconds. */
const EARLY = 60_000
/** How long one process may take for a refresh before another takes over. Milliseconds. */
const LEASE = 30_000
/** The minimum remaining lease when the provider is asked: 15 s for its answer, and time to store it. Milliseconds. */
const ENOUGH = 20_000
/** How often a process checks whether another's refresh is done. Milliseconds. */
const LOOK_AGAIN = 50

export interface CurrentAccount {
  row: IntegrationRow
  credential: AccountCredential
}

/**
 * One refresh, however many callers wait: callers of this process share one and its outcome, processes take a lease, and
 * the one that has it reads the account again before asking the provider. The new token is stored before it is used. No caller's
 * signal reaches it, since others wait for it too.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export class Refresher {
  readonly #deps: GrantRenewalDeps
  readonly #renewal: GrantRenewal
  readonly #refreshes = new KeyedFlights<CurrentAccount>()

  constructor(deps: GrantRenewalDeps) {
    this.#deps = deps
    this.#renewal = new GrantRenewal(deps)
  }

  /**
   * The account's credential, refreshed first when it is about to expire. Without a refresh token the third party decides
   * whether it has expired.
   * @returns no promise for a credential that is open and lasts, which is so for nearly every call
   * @throws ReconnectRequired when the grant is gone, and the account is marked; UPSTREAM_ERROR, UPSTREAM_TIMEOUT,
   * OAUTH_NOT_CONFIGURED, INTEGRATION_NOT_FOUND
   */
  fresh(row: IntegrationRow, endpoints: ConnectorEndpoints): CurrentAccount | Promise<CurrentAccount> {
    const { credentials } = this.#deps
    const opened = credentials.opened(row)
    if (opened) return this.#fresh({ row, credential: opened }, endpoints)
    return credentials.open(row).then((credential) => this.#fresh({ row, credential }, endpoints))
  }

  #fresh(given: CurrentAccount, endpoints: ConnectorEndpoints): CurrentAccount | Promise<CurrentAccount> {
    if (given.credential.kind !== 'oauth2') return given
    const { refresh_token, expires_at } = given.credential.tokens
    if (!refresh_token || expires_at === undefined || expires_at - this.#deps.clock() > EARLY) return given
    const renewing = this.#renew(given.row, endpoints)
    if (expires_at <= this.#deps.clock()) return renewing
    return renewing.catch((error: unknown) => {
      // The token lasts a little longer, so an outage of the provider need not stop the call yet.
      if (isOfAccount(error)) throw error
      return given
    })
  }

  /**
   * After the third party refused the token: another one, or undefined when there is no way to get one.
   * @throws as `fresh`
   */
  async afterRefusal(used: CurrentAccount, endpoints: ConnectorEndpoints): Promise<CurrentAccount | undefined> {
    const now = await this.#reread(used.row)
    if (now.row.version !== used.row.version) return now
    return refreshTokenOf(now.credential, endpoints) ? this.#renew(now.row, endpoints) : undefined
  }

  /** Records whether the grant that was used still works, unless it was replaced meanwhile. @returns undefined where that is known */
  mark({ row }: CurrentAccount, status: AuthStatus): undefined | Promise<unknown> {
    if (row.authStatus === status) return undefined
    return this.#deps.store.integrations.setStatus(row.id, row.version, status, this.#deps.clock())
  }

  /** Resolves when no refresh is in progress: closing the store before that could lose a grant. */
  async settled(): Promise<void> {
    await this.#refreshes.settled()
  }

  #renew(row: IntegrationRow, endpoints: ConnectorEndpoints): Promise<CurrentAccount> {
    return this.#refreshes.run(`${row.id}:${row.version}`, () => this.#underLease(row, endpoints))
  }

  async #underLease(row: IntegrationRow, endpoints: ConnectorEndpoints): Promise<CurrentAccount> {
    const lease = `refresh:${row.id}`
    const holder = uuid()
    const giveUp = this.#deps.clock() + LEASE
    while (!(await this.#hold(lease, holder))) {
      const seen = await this.#reread(row)
      if (seen.row.version !== row.version) return seen
      if (this.#deps.clock() > giveUp) throw tooSlow()
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
    }
    try {
      const seen = await this.#reread(row)
      if (seen.row.version !== row.version) return seen
      await this.#renewal.renew(seen, endpoints)
      return await this.#reread(row)
    } finally {
      // A lease that could not be released expires by itself; the outcome counts.
      await this.#deps.store.leases.release(lease, holder).catch(() => undefined)
    }
  }

  /** Also false when waiting for the store has left too little of the lease: the next attempt renews it. */
  async #hold(lease: string, holder: string): Promise<boolean> {
    const now = this.#deps.clock()
    const until = now + LEASE
    return (await this.#deps.store.leases.acquire(lease, holder, until, now)) && until - this.#deps.clock() >= ENOUGH
  }

  async #reread(row: IntegrationRow): Promise<CurrentAccount> {
    const now = await this.#deps.store.integrations.find(row.userId, row.connector, row.userIdentifier)
    if (!now || now.id !== row.id) {
      throw new ConnectorsError('INTEGRATION_NOT_FOUND', 'The account was removed meanwhile; link it again to use it.')
    }
    return { row: now, credential: await this.#deps.credentials.open(now) }
  }
}

/** The account was removed or its grant is gone. */
const isOfAccount = (error: unknown): boolean =>
  error instanceof ReconnectRequired || (error instanceof ConnectorsError && error.code === 'INTEGRATION_NOT_FOUND')

const tooSlow = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The login at the third party is being renewed and takes too long; try again.',
    { retryable: true },
  )
