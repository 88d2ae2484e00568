import type { Clock } from '../../base/clock.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { JsonObject } from '../../base/json.js'
import type { Logger } from '../../base/log.js'
import { uuid } from '../../base/random.js'
import type { Schedule } from '../../base/schedule.js'
import { ConnectorFile } from '../../kit/index.js'
import type { CallbackRow, JobRow, Store } from '../../store/store.js'
import { allowsCallback } from '../tenants/callback-origins.js'
import type { Tenants } from '../tenants/tenants.js'
import type { Ports } from '../upstream/bind.js'
import { type Catalogue, getAction } from '../upstream/catalogue.js'
import type { Vault } from '../vault/vault.js'
import { type AskedJob, callbackSecret, type Outcome, openOutcome } from './job.js'

/** The pauses after failed attempts; after five in all it is given up. Milliseconds. */
export const RETRY_PAUSES = [500, 5_000, 30_000, 300_000] as const
/** For how long a process reserves a callback that it tries; longer than one attempt takes. Milliseconds. */
const TRY_TIME = 15_000
/** How often a process looks for what another one left behind. Milliseconds. */
export const CHECK_INTERVAL = 60_000
/** Read together. */
const BATCH = 20

export interface CallbacksDeps {
  store: Store
  vault: Vault
  catalogue: Catalogue
  tenants: Tenants
  post: Ports['post']
  clock: Clock
  schedule: Schedule
  log: Pick<Logger, 'warn' | 'error'> | undefined
}

/** A callback as it is sealed: where to, and the call whose answer is posted. */
interface Order extends Pick<AskedJob, 'connector' | 'action' | 'input'> {
  url: string
  actedAs: string | null
}

/**
 * Posts the answers of calls whose work goes on in the background, to the addresses that the call named. They are in the store
 * from the call on, so that they survive the process; of several processes the one that moves the due time posts.
 */
export class Callbacks {
  readonly #deps: CallbacksDeps
  readonly #stopping = new AbortController()
  #cancel: (() => void) | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(deps: CallbacksDeps) {
    this.#deps = deps
  }

  /** @throws INVALID_PARAMETERS for an address that is not at a callback origin of the client, and where it lists none */
  async check({ caller, work }: AskedJob): Promise<void> {
    if (work.callbackUrls.length === 0) return
    const origins = await this.#deps.tenants.callbackOrigins(caller.clientId)
    const faults = work.callbackUrls.flatMap((url, index) =>
      isAllowed(origins, url)
        ? []
        : [{ field: `callback_urls[${index}]`, message: 'is not at one of the callback origins of this client' }],
    )
    if (faults.length === 0) return
    const why =
      origins.length === 0
        ? 'This client lists no callback origins, so nothing can be posted for it'
        : 'Results are posted only to the callback origins that this client lists'
    throw invalidParameters(
      `${why}; leave callback_urls out and make the same call again later, or ask the operator of the service or the holder of the client's API key to add the origin.`,
      faults,
    )
  }

  /** Has the answer of this call posted when the job has ended. */
  async add({ caller, account, connector, action, input, work }: AskedJob, job: JobRow): Promise<void> {
    const { store, vault, clock } = this.#deps
    for (const url of new Set(work.callbackUrls)) {
      const id = uuid()
      const order: Order = { url, connector, action, input, actedAs: account?.userIdentifier ?? null }
      const sealed = await vault.seal(caller.clientId, orderContext(id, caller.userId), JSON.stringify(order))
      const { clientId, userId, run } = job
      await store.callbacks.insert({ id, clientId, userId, jobId: job.id, run, sealed, attempts: 0, dueAt: clock() })
    }
    if (work.callbackUrls.length > 0 && job.state !== 'running') this.lookSoon()
  }

  /** Looks for what is due, from now on again and again. */
  start(): void {
    this.#lookAgainIn(CHECK_INTERVAL)
  }

  /** Looks as soon as possible: something may have become due. */
  lookSoon(): void {
    this.#lookAgainIn(0)
  }

  /** Ends the looking; an attempt in progress is aborted and repeated later. */
  async stop(): Promise<void> {
    this.#cancel?.()
    this.#stopping.abort()
    await this.#looking
  }

  /** Tries everything that is due, once. */
  async look(): Promise<void> {
    const { store, clock } = this.#deps
    for (;;) {
      const due = await store.callbacks.due(clock(), BATCH)
      for (const row of due) {
        if (this.#stopping.signal.aborted) return
        await this.#try(row)
      }
      if (due.length < BATCH) return
    }
  }

  #lookAgainIn(milliseconds: number): void {
    if (this.#stopping.signal.aborted) return
    this.#cancel?.()
    this.#cancel = this.#deps.schedule(() => {
      this.#looking = this.#looking.then(() => this.#lookAndPlan())
    }, milliseconds)
  }

  async #lookAndPlan(): Promise<void> {
    const { store, clock, log } = this.#deps
    try {
      await this.look()
      // Also where no further job does it at its end.
      await store.jobs.deleteExpired(clock())
      const next = await store.callbacks.nextDue()
      this.#lookAgainIn(next === undefined ? CHECK_INTERVAL : Math.min(CHECK_INTERVAL, Math.max(0, next - clock())))
    } catch (error) {
      log?.warn({ err: error }, 'the pending callbacks could not be read')
      this.#lookAgainIn(CHECK_INTERVAL)
    }
  }

  async #try(row: CallbackRow): Promise<void> {
    const { store, clock, log } = this.#deps
    const reserved = { ...row, dueAt: clock() + TRY_TIME }
    if (!(await store.callbacks.putOff(row, { attempts: row.attempts, dueAt: reserved.dueAt }))) return
    const isDone = await this.#post(row).catch(() => false)
    if (this.#stopping.signal.aborted) return
    const pause = RETRY_PAUSES[row.attempts]
    if (isDone) return store.callbacks.delete(row.id)
    const attempts = row.attempts + 1
    if (pause === undefined) {
      log?.warn({ attempts }, 'a callback could not be posted; no further attempts are made')
      return store.callbacks.delete(row.id)
    }
    await store.callbacks.putOff(reserved, { attempts, dueAt: clock() + pause })
  }

  /** @returns true where nothing is left to do */
  async #post(row: CallbackRow): Promise<boolean> {
    const { store, vault, tenants, post, clock } = this.#deps
    const job = await store.jobs.find(row.jobId)
    if (job?.run !== row.run || job.state === 'running') return true
    const order = JSON.parse(await vault.open(row.clientId, orderContext(row.id, row.userId), row.sealed)) as Order
    if (!isAllowed(await tenants.callbackOrigins(row.clientId), order.url)) return true
    return post({
      url: new URL(order.url),
      message: { id: row.id, ...(await this.#content(order, await openOutcome(vault, job))) },
      secret: callbackSecret(vault, row.clientId),
      now: clock(),
      signal: this.#stopping.signal,
    })
  }

  async #content(order: Order, outcome: Outcome): Promise<{ type: string; data: JsonObject }> {
    const { connector, action, input, actedAs } = order
    const told = { connector, action, acted_as: actedAs }
    if ('failure' in outcome) {
      const { code, message, retryable } = outcome.failure
      return { type: 'action.failed', data: { ...told, error: { code, message, retryable } } }
    }
    const { background } = getAction(await this.#deps.catalogue.get(connector), action).prepare(input)
    const answer = background?.answer(outcome.kept)
    if (answer === undefined || answer instanceof ConnectorFile)
      throw new ConnectorsError('INTERNAL', `The action ${action} no longer works in the background.`)
    return { type: 'action.completed', data: { ...told, ...answer } }
  }
}

/** What the order of a callback is bound to. */
const orderContext = (id: string, userId: string): string[] => ['callback', userId, id]

/** Other than the callback of a link, this one takes data away by itself: without a list there is no way out. */
function isAllowed(origins: readonly string[], url: string): boolean {
  const { username, password, protocol } = new URL(url)
  const isPlain = username === '' && password === '' && (protocol === 'https:' || protocol === 'http:')
  return origins.length > 0 && isPlain && allowsCallback(origins, url)
}
