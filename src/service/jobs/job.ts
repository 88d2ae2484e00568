import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { Secret } from '../../base/secret.js'
import { sign } from '../../crypto/index.js'
import type { Kept, PreparedBackground, ReportDone } from '../../kit/index.js'
import type { JobRow } from '../../store/store.js'
import type { Caller } from '../tenants/users.js'
import type { Vault } from '../vault/vault.js'

/** The longest that one job may take. Milliseconds. */
export const JOB_TIME = 10 * 60_000
/** How long a job may wait for a third party's rate limit in all. Milliseconds. */
export const JOB_PATIENCE = 5 * 60_000
/** For how long a process promises to be heard of again; a job of which nothing is heard is lost. Milliseconds. */
export const LEASE = 30_000
/** How often it is heard of. Milliseconds. */
export const HEARTBEAT = 2_000
/** For how long a failure is kept for the caller who asks. Milliseconds. */
export const FAILURE_KEPT = 3_600_000

/** What a call asks of background work. */
export interface AskedJob {
  caller: Caller
  /** The account that gathers; null for a connector that needs none. */
  account: { id: string; userIdentifier: string } | null
  connector: string
  action: string
  /** As the caller gave it, for the answers that are posted. */
  input: Readonly<Record<string, unknown>>
  work: PreparedBackground
  /** Gathers with a credential that is fresh. */
  gather: (signal: AbortSignal, report: ReportDone) => Promise<Kept>
}

/** How a job ended, as it is sealed. */
export type Outcome = { kept: Kept } | { failure: StoredFailure }

/** A failure that is reported later. */
export type StoredFailure = Pick<ConnectorsError, 'code' | 'message' | 'details' | 'retryable' | 'retryAfterSeconds'>

/** The row of a job that begins now. */
export function newJob(id: string, { caller, account, work }: AskedJob, now: number): JobRow {
  return {
    id,
    run: uuid(),
    clientId: caller.clientId,
    userId: caller.userId,
    integrationId: account?.id ?? null,
    state: 'running',
    heldUntil: now + LEASE,
    sealed: null,
    isReported: false,
    done: null,
    total: null,
    endedAt: null,
    expiresAt: now + JOB_TIME + work.keptFor * 1000,
  }
}

/**
 * Names what a call gathers: equal calls with the same account share it. A keyed hash, since the parameters are somebody's data.
 * @param vault makes a key of its own for it
 */
export function jobNames(vault: Vault): (asked: AskedJob) => string {
  const key = vault.derived('jobs')
  return ({ caller, account, connector, action, work }) =>
    sign(key, JSON.stringify([caller.userId, account?.id ?? null, connector, action, work.key]))
}

/** The process that ran it has not been heard of for too long. */
export const isLost = (job: JobRow, now: number): boolean => job.state === 'running' && job.heldUntil <= now

/** What the outcome of a job is bound to. */
const outcomeContext = ({ id, run, userId }: JobRow): string[] => ['job', userId, id, run]

export const sealOutcome = (vault: Vault, job: JobRow, outcome: Outcome): Promise<string> =>
  vault.seal(job.clientId, outcomeContext(job), JSON.stringify(outcome))

/** @throws MISCONFIGURED for what was not sealed here for this run */
export const openOutcome = async (vault: Vault, job: JobRow): Promise<Outcome> =>
  JSON.parse(await vault.open(job.clientId, outcomeContext(job), job.sealed ?? '')) as Outcome

/** A failure as it is kept; one that is not an error of this program is a fault of it, and its text stays here. */
export function storedFailure(error: unknown): StoredFailure {
  if (!(error instanceof ConnectorsError)) {
    return {
      code: 'INTERNAL',
      message: 'The work in the background ended by a fault of this service; its operator finds it in the log.',
      details: undefined,
      retryable: false,
      retryAfterSeconds: undefined,
    }
  }
  const { code, message, details, retryable, retryAfterSeconds } = error
  return { code, message, details, retryable, retryAfterSeconds }
}

/** The secret by which a client checks the signatures of what is posted to its callback URLs: `whsec_…`. */
export const callbackSecret = (vault: Vault, clientId: string): Secret =>
  new Secret(`whsec_${Buffer.from(vault.derived(`callbacks of ${clientId}`)).toString('base64')}`)
