import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { uuid } from '../../base/random.js'
import type { Schedule } from '../../base/schedule.js'
import type { Connector } from '../../kit/index.js'
import type { Revocation } from '../../oauth/index.js'
import type { IntegrationRow, RevocationRow, SealedCredential, Store } from '../../store/store.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorEndpoints, Credentials } from '../upstream/credentials.js'
import { isGrantNeeded } from './needed-grants.js'
import type { Revoker } from './revoke.js'

/** For how long a process reserves a revocation that it tries; longer than one attempt takes. Milliseconds. */
const TRY_TIME = 30_000
const [MINUTE, HOUR] = [60_000, 3_600_000]
/** The pauses after failed attempts: 46 hours in total, then the revocation is given up. Milliseconds. */
export const RETRY_PAUSES = [
  ...[1, 5, 15].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12, 24].map((hours) => hours * HOUR),
] as const
/** When a process first checks for revocations that are due, and how often after that. Milliseconds. */
export const FIRST_CHECK = 10_000
export const CHECK_INTERVAL = MINUTE
/** Read together. */
const BATCH = 20

/** `kept`: nothing was asked, since another account of the user needs the same grant. */
export type RevocationOutcome = Revocation | 'kept'

interface PendingRevocationsDeps {
  store: Store
  catalogue: Catalogue
  credentials: Credentials
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  revoker: Revoker
  clock: Clock
  schedule: Schedule
  log: Pick<Logger, 'warn'> | undefined
}

/**
 * The grants of removed accounts that must still be revoked. They survive a crash and an outage: each is in the
 * store from the moment its account is removed, until the third party has ended the grant, refused to permanently,
 * or has no way to. Of several processes the one that moves the due time gets it.
 *
 * A retry must not end a newer grant. At some vendors (GitHub) a revocation ends everything that the person granted to
 * the OAuth client, not the one token. So each retry first checks whether the same user has the same account again; then
 * the old grant is left alone, and the only copy of its tokens is deleted with the row: where grants are separate they
 * stay valid until they expire, but no one holds them. A link that ends while the request is on its way may still lose
 * its grant; its next call says so and offers the link that repairs it.
 *
 * One OAuth client serves all connectors of a vendor, so where a revocation ends everything it would also end the other
 * accounts that the same user linked there. It is left out then; removing the last of them ends the grant.
 *
 * Another user of the service may have linked the same account of the third party. That does not prevent a revocation,
 * neither the first attempt nor a later one: only a person who can sign in to that account at the third party can have
 * linked it, and the person who asked for the end of the access decides. Where a vendor ends everything at once, the
 * other account needs a new link, as after a revocation at the vendor itself. No token of the other account is ever sent.
 */
export class PendingRevocations {
  readonly #deps: PendingRevocationsDeps
  readonly #stopping = new AbortController()
  #cancel: (() => void) | undefined
  #looking: Promise<void> | undefined

  constructor(deps: PendingRevocationsDeps) {
    this.#deps = deps
  }

  /** The row stored together with the removal of an account, so that a crash leaves no grant behind. */
  planned(): Pick<RevocationRow, 'id' | 'dueAt' | 'createdAt'> {
    const now = this.#deps.clock()
    return { id: uuid(), dueAt: now + TRY_TIME, createdAt: now }
  }

  /** Schedules the revocation of a grant whose account is gone, and tries it at once. */
  async add(account: IntegrationRow, credential: SealedCredential): Promise<void> {
    const row = { ...account, ...this.planned(), ...credential, attempts: 0 }
    if (await this.#deps.store.revocations.insert(row)) await this.attempt(row)
  }

  /** Tries one that the caller has reserved. If it fails for now it is tried again later. */
  async attempt(row: RevocationRow): Promise<RevocationOutcome> {
    const outcome = await this.#try(row)
    await this.#note(row, outcome).catch((error: unknown) => {
      // It stays in the store and is tried once more, which is harmless.
      this.#deps.log?.warn({ err: error, connector: row.connector }, 'the outcome of a revocation could not be stored')
    })
    return outcome
  }

  /** Starts the regular checks for those that are due. */
  start(): void {
    if (this.#stopping.signal.aborted) return
    this.#cancel = this.#deps.schedule(() => this.#lookByItself(), FIRST_CHECK)
  }

  /** Tries everything that is due, once. */
  async look(): Promise<void> {
    const { store, clock } = this.#deps
    for (;;) {
      const due = await store.revocations.due(clock(), BATCH)
      for (const row of due) {
        if (this.#stopping.signal.aborted) return
        await this.#repeat(row)
      }
      if (due.length < BATCH) return
    }
  }

  /** Stops the checks; an attempt in progress is aborted and repeated later. */
  async stop(): Promise<void> {
    this.#cancel?.()
    this.#stopping.abort()
    await this.#looking
  }

  #lookByItself(): void {
    this.#looking = this.look()
      .catch((error: unknown) => this.#deps.log?.warn({ err: error }, 'the pending revocations could not be read'))
      .then(() => {
        if (this.#stopping.signal.aborted) return
        this.#cancel = this.#deps.schedule(() => this.#lookByItself(), CHECK_INTERVAL)
      })
  }

  async #repeat(row: RevocationRow): Promise<void> {
    const { store, clock } = this.#deps
    const dueAt = clock() + TRY_TIME
    if (!(await store.revocations.putOff(row, { attempts: row.attempts, dueAt }))) return
    const again = await store.integrations.find(row.userId, row.connector, row.userIdentifier)
    if (again) await store.revocations.delete(row.id)
    else if (await this.#canTry(row)) await this.attempt({ ...row, dueAt })
    else await this.#note({ ...row, dueAt }, 'later')
  }

  /** Another process on the same store may have the connector and its OAuth client when this one does not. */
  async #canTry({ connector }: RevocationRow): Promise<boolean> {
    const { catalogue, endpointsOf } = this.#deps
    const known = await catalogue.get(connector).catch(() => undefined)
    return known !== undefined && endpointsOf(known).oauthClient !== undefined
  }

  async #try(row: RevocationRow): Promise<RevocationOutcome> {
    const { catalogue, credentials, revoker } = this.#deps
    try {
      const connector = await catalogue.get(row.connector)
      if (await isGrantNeeded(this.#deps, row, connector)) return 'kept'
      return await revoker.revoke(connector, await credentials.open(row), this.#stopping.signal)
    } catch {
      // The keys may be unavailable for now.
      return 'later'
    }
  }

  async #note(row: RevocationRow, outcome: RevocationOutcome): Promise<void> {
    const { store, clock, log } = this.#deps
    if (outcome === 'later' && this.#stopping.signal.aborted) return
    const pause = RETRY_PAUSES[row.attempts]
    const attempts = row.attempts + 1
    if (outcome === 'later' && pause !== undefined) {
      await store.revocations.putOff(row, { attempts, dueAt: clock() + pause })
      return
    }
    await store.revocations.delete(row.id)
    if (outcome === 'yes' || outcome === 'unsupported' || outcome === 'kept') return
    const { connector } = row
    log?.warn(
      { connector, attempts, outcome },
      'the grant of a removed account could not be revoked; no further attempts are made',
    )
  }
}
