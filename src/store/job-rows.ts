export type JobState = 'running' | 'done' | 'failed'

/** What an action gathers in the background, once for an account, and keeps for a while. */
export interface JobRow {
  /** Names what is gathered: of two calls with the same id, one gathers. */
  id: string
  /** Names this one gathering: every new attempt has another one. */
  run: string
  clientId: string
  userId: string
  /** The account that it is gathered with; null for a connector that needs none. It ends with it. */
  integrationId: string | null
  state: JobState
  /** While it runs: until when its process has promised to be heard of again. After that it is lost. */
  heldUntil: number
  /** What was gathered, or why it failed. Sealed; opaque to the store. Null while it runs. */
  sealed: string | null
  /** Whether the failure was reported to a caller: the next call then begins again. */
  isReported: boolean
  /** How far it is, and how much there is; null while that is not known. */
  done: number | null
  total: number | null
  endedAt: number | null
  /** It is deleted then, however it ended. */
  expiresAt: number
}

/** An address that the result of a job is still to be posted to. */
export interface CallbackRow {
  id: string
  clientId: string
  userId: string
  jobId: string
  run: string
  /** The address, and the call whose answer is posted. Sealed; opaque to the store. */
  sealed: string
  /** How many attempts have failed. */
  attempts: number
  /** It is not tried earlier; null until the job has ended. */
  dueAt: number | null
}
