import type { Clock } from '../../base/clock.js'
import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import type { Schedule } from '../../base/schedule.js'
import type { JobRow, Store } from '../../store/store.js'
import type { Vault } from '../vault/vault.js'
import {
  type AskedJob,
  FAILURE_KEPT,
  HEARTBEAT,
  JOB_TIME,
  LEASE,
  type Outcome,
  sealOutcome,
  storedFailure,
} from './job.js'

/** The most that is kept of one job, as JSON. Characters. */
const LARGEST = 16 * 1024 * 1024
/** The most ended jobs that are kept for a user. */
const MOST_KEPT = 50

export interface GatheringDeps {
  store: Store
  vault: Vault
  clock: Clock
  schedule: Schedule
  log: Pick<Logger, 'warn' | 'error'> | undefined
}

/**
 * One run of a job in this process: gathers, says meanwhile that it is alive and how far it is, and records how it ended.
 */
export class Gathering {
  /** Resolves when the run is over and its outcome is recorded; never rejects. */
  readonly ended: Promise<void>
  readonly #deps: GatheringDeps
  readonly #job: JobRow
  readonly #stop = new AbortController()
  #progress: Pick<JobRow, 'done' | 'total'> = { done: null, total: null }
  #isOver = false
  #cancelHeartbeat: (() => void) | undefined

  constructor(deps: GatheringDeps, job: JobRow, asked: AskedJob) {
    this.#deps = deps
    this.#job = job
    this.#beatLater()
    this.ended = this.#run(asked).catch((error: unknown) => {
      // What cannot be recorded counts as lost when its time is over.
      deps.log?.warn({ err: error, connector: asked.connector }, 'the outcome of a job could not be stored')
    })
  }

  /** Ends it: the job counts as lost. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.ended
  }

  async #run(asked: AskedJob): Promise<void> {
    const { store, clock } = this.#deps
    try {
      const outcome = await this.#outcome(asked)
      if (outcome === undefined) return await store.jobs.letGo(this.#job)
      await this.#record(outcome, 'kept' in outcome ? asked.work.keptFor * 1000 : FAILURE_KEPT)
      await store.jobs.trim(this.#job.userId, MOST_KEPT)
      await store.jobs.deleteExpired(clock())
    } finally {
      this.#isOver = true
      this.#cancelHeartbeat?.()
    }
  }

  /** @returns undefined where it was stopped */
  async #outcome(asked: AskedJob): Promise<Outcome | undefined> {
    const deadline = startDeadline(JOB_TIME, this.#stop.signal)
    try {
      const gathered = asked.gather(deadline.signal, (done, total) => {
        this.#progress = { done, total: total ?? null }
      })
      // One that does not look at the signal must neither go on for ever nor end as done after all.
      await Promise.race([gathered, deadline.passed()])
      deadline.signal.throwIfAborted()
      return { kept: await gathered }
    } catch (thrown) {
      if (this.#stop.signal.aborted) return undefined
      const error = deadline.expired() ? tookTooLong() : thrown
      if (!(error instanceof ConnectorsError)) this.#deps.log?.error({ err: error }, 'a job failed unexpectedly')
      return { failure: storedFailure(error) }
    } finally {
      deadline.end()
    }
  }

  async #record(outcome: Outcome, keptFor: number): Promise<void> {
    const { store, vault, clock } = this.#deps
    const isTooLarge = 'kept' in outcome && JSON.stringify(outcome).length > LARGEST
    const recorded: Outcome = isTooLarge ? { failure: storedFailure(tooLarge()) } : outcome
    const sealed = await sealOutcome(vault, this.#job, recorded)
    const endedAt = clock()
    const state = 'kept' in recorded ? 'done' : 'failed'
    await store.jobs.end(this.#job, { state, sealed, endedAt, expiresAt: endedAt + keptFor })
  }

  #beatLater(): void {
    if (this.#isOver) return
    this.#cancelHeartbeat = this.#deps.schedule(() => void this.#beat(), HEARTBEAT)
  }

  async #beat(): Promise<void> {
    const { store, clock, log } = this.#deps
    try {
      const isMine = await store.jobs.renew(this.#job, { heldUntil: clock() + LEASE, ...this.#progress })
      // Another process began it again, since nothing was heard of this one.
      if (!isMine) return this.#stop.abort()
    } catch (error) {
      log?.warn({ err: error }, 'a job could not say that it is alive')
    }
    this.#beatLater()
  }
}

const tookTooLong = (): ConnectorsError =>
  new ConnectorsError(
    'UPSTREAM_TIMEOUT',
    `The work in the background was not done within ${JOB_TIME / 60_000} minutes and was ended; ask for less.`,
    { retryable: true },
  )

const tooLarge = (): ConnectorsError =>
  new ConnectorsError('TOO_LARGE', 'What was gathered is too large to be kept; ask for less.')
