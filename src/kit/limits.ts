import type { JsonBounds } from '../base/json-bounds.js'

/**
 * Limits for the JSON of any third party: deeper than any API nests, and as many values as 32 MiB of real data hold.
 */
export const ANSWER_JSON: JsonBounds = { depth: 200, values: 2_000_000 }

/**
 * Limits for the XML of any third party: how deep elements may be nested, and how many pieces there may be, which are elements,
 * attributes and stretches of text.
 */
export const ANSWER_XML = { depth: 200, pieces: 1_000_000 } as const

/** The most faults of an input that an error lists. */
export const FAULT_LIMIT = 50
/** The most characters that an error repeats of a name invented by the sender. */
export const FAULT_NAME_LIMIT = 200

/** The longest configuration, in characters of JSON; it is stored, opened and sealed again for as long as the account lives. */
export const CONFIGURATION = 64 * 1024
