import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import type { JsonObject } from '../../base/json.js'
import type { ShapedResult } from '../../kit/index.js'
import type { JobRow } from '../../store/store.js'
import { ReconnectRequired } from '../grants/reconnect-required.js'
import type { Callbacks } from './callbacks.js'
import { Gathering, type GatheringDeps } from './gathering.js'
import { type AskedJob, isLost, jobNames, newJob, openOutcome } from './job.js'

/** How long a call waits for the result. Milliseconds. */
export const WAIT = 25_000
/** How often a process looks whether another one is done. Milliseconds. */
const LOOK_AGAIN = 300
/** The most jobs at a time, of one user and of this process. */
const MOST_OF_USER = 4
const MOST_HERE = 16
/** How often another process may be faster before a call gives up. */
const MOST_TRIES = 5

interface JobsDeps extends GatheringDeps {
  callbacks: Callbacks
}

/** A job as a call finds or begins it. */
interface Found {
  job: JobRow
  /** True if an earlier run was lost with its process, and this one began in its place. */
  isRestarted: boolean
}

/**
 * What actions do in the background. It is gathered once, however many calls ask for it, in whichever process; the row in the
 * store says who gathers, and keeps the outcome. A failure is reported once, and the next call begins again. A run of which nothing
 * was heard for its lease is lost: the next call begins another one, and says so.
 */
export class Jobs {
  readonly #deps: JobsDeps
  readonly #nameOf: (asked: AskedJob) => string
  /** Those of this process, by run. */
  readonly #gatherings = new Map<string, Gathering>()
  #isStopping = false

  constructor(deps: JobsDeps) {
    this.#deps = deps
    this.#nameOf = jobNames(deps.vault)
  }

  /**
   * The answer of a call: from what is kept, or when the job has ended, or that it goes on.
   * @throws what gathering threw, once; RATE_LIMITED for too many jobs at a time; INVALID_PARAMETERS for callback URLs that are
   * not at a callback origin of the client
   */
  async answer(asked: AskedJob, signal: AbortSignal): Promise<ShapedResult> {
    const { callbacks } = this.#deps
    await callbacks.check(asked)
    const id = this.#nameOf(asked)
    const first = await this.#obtain(id, asked)
    await callbacks.add(asked, first.job)
    const found = asked.work.waiting ? await this.#waited(asked, first, signal) : first
    return this.#answerOf(found, asked)
  }

  /** Ends what is in progress: other processes see at once that it is lost. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await Promise.all([...this.#gatherings.values()].map((gathering) => gathering.stop()))
  }

  /**
   * A job that can be waited for or answered from, or a new one.
   * @param seen the run whose end the caller waited for: it counts, although its failure was reported to another caller
   */
  async #obtain(id: string, asked: AskedJob, seen?: string): Promise<Found> {
    const { store, clock } = this.#deps
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const now = clock()
      const job = await store.jobs.find(id)
      if (job && (job.run === seen ? !isLost(job, now) : counts(job, asked, now))) return { job, isRestarted: false }
      await this.#checkRoom(asked)
      const begun = newJob(id, asked, now)
      const outcome = await store.jobs.begin(begun, job?.run)
      if (outcome === 'no owner') throw gone()
      if (outcome === 'taken') continue
      this.#gather(begun, asked)
      return { job: begun, isRestarted: job !== undefined && isLost(job, now) }
    }
    throw new ConnectorsError('UNAVAILABLE', 'Others began the same work at the same time; make the call again.', {
      retryable: true,
    })
  }

  #gather(job: JobRow, asked: AskedJob): void {
    const gathering = new Gathering(this.#deps, job, asked)
    this.#gatherings.set(job.run, gathering)
    void gathering.ended.then(() => {
      this.#gatherings.delete(job.run)
      this.#deps.callbacks.lookSoon()
    })
  }

  /** @throws RATE_LIMITED, UNAVAILABLE */
  async #checkRoom({ caller }: AskedJob): Promise<void> {
    const { store, clock } = this.#deps
    if (this.#isStopping || this.#gatherings.size >= MOST_HERE)
      throw new ConnectorsError('UNAVAILABLE', 'The service does too much in the background; make the call later.', {
        retryable: true,
        retryAfterSeconds: 30,
      })
    if ((await store.jobs.countHeld(caller.userId, clock())) < MOST_OF_USER) return
    throw new ConnectorsError(
      'RATE_LIMITED',
      `You have ${MOST_OF_USER} calls that go on in the background; wait until one has ended, then make the call again.`,
      { retryable: true, retryAfterSeconds: 15 },
    )
  }

  /** Waits for the end, within the limit. A job that is lost meanwhile is begun again. */
  async #waited(asked: AskedJob, first: Found, signal: AbortSignal): Promise<Found> {
    const deadline = startDeadline(WAIT, signal)
    // What was just gathered is new enough.
    const patient = { ...asked, work: { ...asked.work, forceNew: false } }
    let found = first
    try {
      while (found.job.state === 'running' && !deadline.signal.aborted) {
        const here = this.#gatherings.get(found.job.run)
        await (here ? Promise.race([here.ended, deadline.passed()]) : deadline.pause(LOOK_AGAIN))
        const next = await this.#obtain(found.job.id, patient, found.job.run)
        found = { job: next.job, isRestarted: found.isRestarted || next.isRestarted }
      }
      signal.throwIfAborted()
      return found
    } finally {
      deadline.end()
    }
  }

  async #answerOf({ job, isRestarted }: Found, { work, account, connector }: AskedJob): Promise<ShapedResult> {
    const { store, vault } = this.#deps
    const restarted = isRestarted ? { restarted: true } : {}
    if (job.state === 'running') {
      return { data: work.pending(), meta: { ...progressOf(job), ...restarted } }
    }
    const outcome = await openOutcome(vault, job)
    if ('kept' in outcome) {
      const answer = work.answer(outcome.kept)
      if (!isRestarted || !('data' in answer)) return answer
      return { ...answer, meta: { ...answer.meta, ...restarted } }
    }
    await store.jobs.markReported(job)
    const { code, message, ...options } = outcome.failure
    const failure = new ConnectorsError(code, message, options as ConstructorParameters<typeof ConnectorsError>[2])
    if (code !== 'RECONNECT_REQUIRED' || account === null) throw failure
    // So that the caller is offered the link that repairs the account.
    throw new ReconnectRequired({ connector, userIdentifier: account.userIdentifier }, failure)
  }
}

/** Whether a call need not begin the job itself. */
function counts(job: JobRow, { work }: AskedJob, now: number): boolean {
  if (isLost(job, now) || job.expiresAt <= now) return false
  // Whatever is running is new enough.
  return job.state === 'running' || !(work.forceNew || job.isReported)
}

const progressOf = ({ done, total }: JobRow): JsonObject =>
  done === null ? {} : { items_done: done, ...(total === null ? {} : { items_total: total }) }

const gone = (): ConnectorsError =>
  new ConnectorsError('INTEGRATION_NOT_FOUND', 'The account was removed meanwhile; link it again to use it.')
