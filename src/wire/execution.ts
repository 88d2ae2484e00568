import { z } from 'zod'

/** The answer of an action that is not a file. */
export const actionAnswer = z.looseObject({ data: z.unknown(), meta: z.record(z.string(), z.unknown()).nullish() })
export type ActionAnswer = z.infer<typeof actionAnswer>

/** The most attempts at an action, including the first. */
export const MAX_ATTEMPTS = 11
/** A client does not wait longer than this: the failure goes back to the caller. Seconds. */
export const LONGEST_WAIT_SECONDS = 64
/** The parameter that limits how long an action may take, where an action has it. Milliseconds. */
export const TIME_PARAMETER = 'timeout_ms'
