import type { JsonBounds } from '../base/json-bounds.js'

/**
 * What a third party answers, whoever it is: deeper than any API nests, and as much as 32 MiB of real data hold.
 */
export const ANSWER_JSON: JsonBounds = { depth: 200, values: 2_000_000 }

/** The most faults of an input that an error lists. */
export const FAULT_LIMIT = 50
/** The most characters of a name that somebody made up which an error repeats. */
export const FAULT_NAME_LIMIT = 200

/** Characters of JSON that a configuration takes; it is kept, opened and sealed again for as long as the account lives. */
export const CONFIGURATION = 64 * 1024
