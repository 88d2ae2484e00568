import type { Clock } from '../base/clock.js'
import { ConnectorsError } from '../base/errors.js'
import { keyedLock } from '../base/keyed-lock.js'
import type { OAuthClient, OAuthProvider } from '../base/provider.js'
import { uuid } from '../base/random.js'
import { refreshGrant, type TokenSet } from '../oauth/index.js'
import type { AuthStatus, IntegrationRow, Store } from '../store/store.js'
import type { ConnectorPlace, Credential, Credentials } from './credentials.js'
import type { Ports } from './ports.js'

/** A token that ends sooner than this is refreshed before it is used. Milliseconds. */
const EARLY = 60_000
/** How long one process may take for a refresh before another takes over. Milliseconds. */
const LEASE = 30_000
/** How often a process looks whether another's refresh is done. Milliseconds. */
const LOOK_AGAIN = 50

export interface Fresh {
  row: IntegrationRow
  credential: Credential
}

export interface Refresher {
  /** The account's credential, refreshed first when it is about to end. @throws RECONNECT_REQUIRED, UPSTREAM_ERROR */
  fresh(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh>
  /** After the third party refused the token: a refreshed one, or undefined when there is nothing to refresh. */
  afterRefusal(used: Fresh, place: ConnectorPlace): Promise<Fresh | undefined>
  /** Says in the store whether the account's grant still works. */
  mark(row: IntegrationRow, status: AuthStatus): Promise<void>
}

export const createRefresher = (store: Store, credentials: Credentials, ports: Ports, clock: Clock): Refresher =>
  new SharedRefresher(store, credentials, ports, clock)

/**
 * One refresh however many callers wait: callers of this process share one, processes take a lease, and whoever has it
 * reads again before asking the provider. The new token is stored before anybody uses it.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
class SharedRefresher implements Refresher {
  readonly #store: Store
  readonly #credentials: Credentials
  readonly #ports: Ports
  readonly #clock: Clock
  readonly #inProcess = keyedLock()
  readonly #holder = uuid()

  constructor(store: Store, credentials: Credentials, ports: Ports, clock: Clock) {
    this.#store = store
    this.#credentials = credentials
    this.#ports = ports
    this.#clock = clock
  }

  async fresh(row: IntegrationRow, place: ConnectorPlace): Promise<Fresh> {
    const credential = await this.#credentials.open(row)
    const endsAt = credential.kind === 'oauth2' ? credential.tokens.expires_at : undefined
    if (credential.kind !== 'oauth2' || endsAt === undefined || endsAt - this.#clock() > EARLY)
      return { row, credential }
    const stillGood = endsAt > this.#clock()
    if (!credential.tokens.refresh_token && stillGood) return { row, credential }
    return this.#renew({ row, credential }, place)
  }

  async afterRefusal(used: Fresh, place: ConnectorPlace): Promise<Fresh | undefined> {
    if (used.credential.kind !== 'oauth2' || !used.credential.tokens.refresh_token) return undefined
    return this.#renew(used, place)
  }

  async mark(row: IntegrationRow, status: AuthStatus): Promise<void> {
    const now = await this.#store.integrations.find(row.userId, row.connector, row.userIdentifier)
    if (now && now.authStatus !== status) {
      await this.#store.integrations.setStatus(now.id, now.version, status, this.#clock())
    }
  }

  /** Callers of this process come one by one; all but the first find the work done. */
  #renew(used: Fresh, place: ConnectorPlace): Promise<Fresh> {
    return this.#inProcess(used.row.id, async () => {
      const now = await this.#reread(used.row)
      return now.row.version === used.row.version ? this.#underLease(now, place) : now
    })
  }

  async #underLease(used: Fresh, place: ConnectorPlace): Promise<Fresh> {
    const { leases } = this.#store
    const lease = `refresh:${used.row.id}`
    const giveUp = this.#clock() + LEASE
    while (!(await leases.acquire(lease, this.#holder, this.#clock() + LEASE, this.#clock()))) {
      const seen = await this.#reread(used.row)
      if (seen.row.version !== used.row.version) return seen
      if (this.#clock() > giveUp) throw tooSlow()
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN))
    }
    try {
      const seen = await this.#reread(used.row)
      return seen.row.version === used.row.version ? await this.#refreshAndStore(seen, place) : seen
    } finally {
      await leases.release(lease, this.#holder)
    }
  }

  async #refreshAndStore({ row, credential }: Fresh, place: ConnectorPlace): Promise<Fresh> {
    const refreshToken = credential.kind === 'oauth2' ? credential.tokens.refresh_token : undefined
    if (credential.kind !== 'oauth2' || !refreshToken || !place.provider || !place.oauthClient) throw reconnect(row)
    const tokens = await this.#askProvider(row, place.provider, place.oauthClient, refreshToken)
    const sealed = await this.#credentials.seal(row, { ...credential, tokens })
    await this.#store.integrations.updateCredential(row.id, row.version, sealed, this.#clock())
    return this.#reread(row)
  }

  async #askProvider(
    row: IntegrationRow,
    provider: OAuthProvider,
    oauthClient: OAuthClient,
    refreshToken: string,
  ): Promise<TokenSet> {
    try {
      return await refreshGrant(provider, oauthClient, refreshToken, { send: this.#ports.send, clock: this.#clock })
    } catch (error) {
      if (!(error instanceof ConnectorsError) || error.code !== 'RECONNECT_REQUIRED') throw error
      await this.#store.integrations.setStatus(row.id, row.version, 'reconnect_required', this.#clock())
      throw reconnect(row, error)
    }
  }

  async #reread(row: IntegrationRow): Promise<Fresh> {
    const now = await this.#store.integrations.find(row.userId, row.connector, row.userIdentifier)
    if (!now || now.id !== row.id) {
      throw new ConnectorsError('INTEGRATION_NOT_FOUND', 'The account was removed meanwhile; link it again to use it.')
    }
    return { row: now, credential: await this.#credentials.open(now) }
  }
}

const tooSlow = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    'The login at the third party is being renewed and takes too long; try again.',
    { retryable: true },
  )

/** The error of an account whose grant is gone. */
export const reconnect = (
  row: Pick<IntegrationRow, 'connector' | 'userIdentifier'>,
  cause?: unknown,
): ConnectorsError =>
  new ConnectorsError(
    'RECONNECT_REQUIRED',
    `The third party does not accept the login of this ${row.connector} account any more; link the account again.`,
    { details: { connector: row.connector, user_identifier: row.userIdentifier }, cause },
  )
