import { z } from 'zod'

/** The answer of an action that is not a file. */
export const actionAnswer = z.looseObject({ data: z.unknown(), meta: z.record(z.string(), z.unknown()).nullish() })
export type ActionAnswer = z.infer<typeof actionAnswer>

/** The most times an action is played, the first included. */
export const MAX_ATTEMPTS = 11
/** A wait longer than this is not waited: the failure goes back to the caller. Seconds. */
export const LONGEST_WAIT_SECONDS = 64
/** The parameter by which an action is told how long it may take, where it can be told. Milliseconds. */
export const TIME_PARAMETER = 'timeout_ms'
