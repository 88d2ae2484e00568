import type { Clock } from '../../base/clock.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { KeyedFlights } from '../../base/single-flight.js'
import type { AuthStatus, IntegrationRow, Store } from '../../store/store.js'
import type { Ports } from '../upstream/bind.js'
import type { ConnectorPlace, Credential, Credentials } from '../upstream/credentials.js'
import type { PendingRevocations } from './pending-revocations.js'
import { ReconnectRequired } from './reconnect-required.js'
import { createRenewal, refreshable } from './refresh-grant.js'

/** A token that ends sooner than this is refreshed before it is used. Milliseconds. */
const EARLY = 60_000
/** How long one process may take for a refresh before another takes over. Milliseconds. */
const LEASE = 30_000
/** What must be left of the lease when the provider is asked: 15 s for its answer, and time to store it. Milliseconds. */
const ENOUGH = 20_000
/** How often a process looks whether another's refresh is done. Milliseconds. */
const LOOK_AGAIN = 50

export interface Fresh {
  row: IntegrationRow
  credential: Credential
}

export interface Refresher {
  /**
   * The account's credential, refreshed first when it is about to end. Without a refresh token it is left to the third
   * party to say that it has ended.
   * @throws ReconnectRequired when the grant is gone, and the account is marked; UPSTREAM_ERROR, UPSTREAM_TIMEOUT,
   * OAUTH_NOT_CONFIGURED, INTEGRATION_NOT_FOUND
   */
  fresh(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh>
  /**
   * After the third party refused the token: another one, or undefined when there is no way to get one.
   * @throws as `fresh`
   */
  afterRefusal(used: Fresh, place: ConnectorPlace): Promise<Fresh | undefined>
  /** Says in the store whether the grant that was used still works, unless it was replaced by another meanwhile. */
  mark(used: Fresh, status: AuthStatus): Promise<void>
  /** Resolves when no refresh is under way: closing the store before that could lose a grant. */
  settled(): Promise<void>
}

export const createRefresher = (
  store: Store,
  credentials: Credentials,
  ports: Ports,
  clock: Clock,
  revocations: Pick<PendingRevocations, 'add'>,
): Refresher =>
  new SharedRefresher(store, credentials, clock, createRenewal(store, credentials, ports, clock, revocations))

/**
 * One refresh however many callers wait: callers of this process share one and its outcome, processes take a lease, and
 * whoever has it reads again before asking the provider. The new token is stored before anybody uses it. No caller's
 * signal reaches it, since others wait for it too.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
class SharedRefresher implements Refresher {
  readonly #store: Store
  readonly #credentials: Credentials
  readonly #clock: Clock
  readonly #renewGrant: ReturnType<typeof createRenewal>
  readonly #refreshes = new KeyedFlights<Fresh>()

  constructor(store: Store, credentials: Credentials, clock: Clock, renewGrant: ReturnType<typeof createRenewal>) {
    this.#store = store
    this.#credentials = credentials
    this.#clock = clock
    this.#renewGrant = renewGrant
  }

  async fresh(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh> {
    const given: Fresh = { row, credential: await this.#credentials.open(row) }
    if (given.credential.kind !== 'oauth2') return given
    const { refresh_token, expires_at } = given.credential.tokens
    if (!refresh_token || expires_at === undefined || expires_at - this.#clock() > EARLY) return given
    const renewing = this.#renew(row, place)
    if (expires_at <= this.#clock()) return renewing
    return renewing.catch((error: unknown) => {
      // The token lasts a little longer, so a provider that is out of order need not stop anybody yet.
      if (isOfAccount(error)) throw error
      return given
    })
  }

  async afterRefusal(used: Fresh, place: ConnectorPlace): Promise<Fresh | undefined> {
    const now = await this.#reread(used.row)
    if (now.row.version !== used.row.version) return now
    return refreshable(now.credential, place) ? this.#renew(now.row, place) : undefined
  }

  async mark({ row }: Fresh, status: AuthStatus): Promise<void> {
    if (row.authStatus === status) return
    await this.#store.integrations.setStatus(row.id, row.version, status, this.#clock())
  }

  async settled(): Promise<void> {
    await this.#refreshes.settled()
  }

  #renew(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh> {
    return this.#refreshes.run(`${row.id}:${row.version}`, () => this.#underLease(row, place))
  }

  async #underLease(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh> {
    const lease = `refresh:${row.id}`
    const holder = uuid()
    const giveUp = this.#clock() + LEASE
    while (!(await this.#hold(lease, holder))) {
      const seen = await this.#reread(row)
      if (seen.row.version !== row.version) return seen
      if (this.#clock() > giveUp) throw tooSlow()
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
    }
    try {
      const seen = await this.#reread(row)
      if (seen.row.version !== row.version) return seen
      await this.#renewGrant(seen, place)
      return await this.#reread(row)
    } finally {
      // A lease that stays ends by itself; the outcome counts.
      await this.#store.leases.release(lease, holder).catch(() => undefined)
    }
  }

  /** False also when waiting for the store left too little of the lease: the next attempt renews it. */
  async #hold(lease: string, holder: string): Promise<boolean> {
    const now = this.#clock()
    const until = now + LEASE
    return (await this.#store.leases.acquire(lease, holder, until, now)) && until - this.#clock() >= ENOUGH
  }

  async #reread(row: IntegrationRow): Promise<Fresh> {
    const now = await this.#store.integrations.find(row.userId, row.connector, row.userIdentifier)
    if (!now || now.id !== row.id) {
      throw new ConnectorsError('INTEGRATION_NOT_FOUND', 'The account was removed meanwhile; link it again to use it.')
    }
    return { row: now, credential: await this.#credentials.open(now) }
  }
}

/** The account itself is not as it was, so there is nothing to go on with. */
const isOfAccount = (error: unknown): boolean =>
  error instanceof ReconnectRequired || (error instanceof ConnectorsError && error.code === 'INTEGRATION_NOT_FOUND')

const tooSlow = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The login at the third party is being renewed and takes too long; try again.',
    { retryable: true },
  )
