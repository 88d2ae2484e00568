import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import { uuid } from '../../base/random.js'
import type { Schedule } from '../../base/schedule.js'
import type { Connector } from '../../kit/index.js'
import type { Revocation } from '../../oauth/index.js'
import type { IntegrationRow, RevocationRow, SealedCredential, Store } from '../../store/store.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorEndpoints, Credentials } from '../upstream/credentials.js'
import type { Revoker } from './revoke.js'

/** For how long whoever tries a revocation has it for itself; more than one attempt takes. Milliseconds. */
const TRY_TIME = 30_000
const [MINUTE, HOUR] = [60_000, 3_600_000]
/** The pauses after each attempt that failed: 46 hours altogether, then it is given up. Milliseconds. */
export const RETRY_PAUSES = [
  ...[1, 5, 15].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12, 24].map((hours) => hours * HOUR),
] as const
/** When a process looks for revocations that are due: not while it starts, and then again and again. Milliseconds. */
export const FIRST_CHECK = 10_000
export const CHECK_INTERVAL = MINUTE
/** Read together. */
const BATCH = 20

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
 * The grants of removed accounts that are still to be ended. They survive a crash and an outage: each is in the
 * store from the moment its account is not; it goes when the third party has ended the grant, refused to for good,
 * or has no way to. Of several processes the one that moves the due time has it.
 *
 * A repetition must not end a grant that was given since. At some vendors (GitHub) a revocation ends whatever the
 * person granted to the OAuth client, not the one token. So before each repetition it is looked whether the same
 * user has the same account again; then the old grant is left alone, and the only copy of its tokens goes with the
 * row: where grants are separate they stay valid until they expire, and are held by no one. A link that ends while the
 * request is on its way may still lose its grant; its next call says so and carries the link that repairs it.
 *
 * Another user of the service may have linked the same account of the third party. That holds no revocation back,
 * neither the first attempt nor a later one: only who can sign in to that account at the third party can have linked
 * it, here or there, and who asked for the end of the access counts. Where a vendor ends everything at once, the
 * other account is found to need a new link, as after an end of the grant at the vendor itself. No token of the
 * other account is ever sent.
 */
export class PendingRevocations {
  readonly #deps: PendingRevocationsDeps
  readonly #stopping = new AbortController()
  #cancel: (() => void) | undefined
  #looking: Promise<void> | undefined

  constructor(deps: PendingRevocationsDeps) {
    this.#deps = deps
  }

  /** What is stored together with the removal of an account, so that a crash leaves no grant behind. */
  planned(): Pick<RevocationRow, 'id' | 'dueAt' | 'createdAt'> {
    const now = this.#deps.clock()
    return { id: uuid(), dueAt: now + TRY_TIME, createdAt: now }
  }

  /** Plans the revocation of a grant whose account is gone, and tries it at once. */
  async add(account: IntegrationRow, credential: SealedCredential): Promise<void> {
    const row = { ...account, ...this.planned(), ...credential, attempts: 0 }
    if (await this.#deps.store.revocations.insert(row)) await this.attempt(row)
  }

  /** Tries one that the caller has for itself. When it has failed for now it is tried again later. */
  async attempt(row: RevocationRow): Promise<Revocation> {
    const outcome = await this.#try(row)
    await this.#note(row, outcome).catch((error: unknown) => {
      // It stays in the store and is tried once more, which does no harm.
      this.#deps.log?.warn({ err: error, connector: row.connector }, 'a revocation could not be noted')
    })
    return outcome
  }

  /** Looks from now on by itself for those that are due. */
  start(): void {
    if (this.#stopping.signal.aborted) return
    this.#cancel = this.#deps.schedule(() => this.#lookByItself(), FIRST_CHECK)
  }

  /** Tries all that are due once. */
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

  /** Ends the looking; an attempt under way is broken off, to be made again. */
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

  async #try(row: RevocationRow): Promise<Revocation> {
    const { catalogue, credentials, revoker } = this.#deps
    try {
      const connector = await catalogue.get(row.connector)
      return await revoker.revoke(connector, await credentials.open(row), this.#stopping.signal)
    } catch {
      // The keys may be out of reach for now.
      return 'later'
    }
  }

  async #note(row: RevocationRow, outcome: Revocation): Promise<void> {
    const { store, clock, log } = this.#deps
    if (outcome === 'later' && this.#stopping.signal.aborted) return
    const pause = RETRY_PAUSES[row.attempts]
    const attempts = row.attempts + 1
    if (outcome === 'later' && pause !== undefined) {
      await store.revocations.putOff(row, { attempts, dueAt: clock() + pause })
      return
    }
    await store.revocations.delete(row.id)
    if (outcome === 'yes' || outcome === 'unsupported') return
    const { connector } = row
    log?.warn({ connector, attempts, outcome }, 'the grant of a removed account was not revoked; it is given up')
  }
}
