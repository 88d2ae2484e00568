import { JSON_DEPTH, type JsonBounds } from '../base/json-bounds.js'

/** JSON text in one field of a form or configuration. */
export const FIELD_JSON: JsonBounds = { depth: JSON_DEPTH, values: 10_000 }
/**
 * What a third party answers, whoever it is: deeper than any API nests, and as much as 32 MiB of real data hold.
 */
export const ANSWER_JSON: JsonBounds = { depth: 200, values: 2_000_000 }

/** What `response_filters` and `response_fields` of one call may ask for, so that the work is bounded by the answer. */
export const SHAPING = {
  /** Conditions of `response_filters`. */
  filters: 50,
  /** Values of one condition. */
  values: 10_000,
  /** Paths of `response_fields`. */
  fields: 500,
  /** Characters of one path. */
  path: 500,
} as const

/** The most faults of an input that an error lists. */
export const FAULTS = 50
/** The most characters of a name that somebody made up which an error repeats. */
export const FAULT_NAME = 200

/** Characters of JSON that a configuration takes; it is kept, opened and sealed again for as long as the account lives. */
export const CONFIGURATION = 64 * 1024

/** What one statement for a database may carry, the same for every engine. */
export const STATEMENT = {
  /** Characters of its text. */
  text: 1024 * 1024,
  /** Values of its variables, each item of a list counted: what the protocols of PostgreSQL and MySQL can number. */
  values: 65_535,
  /** Characters of one value that is a text: half of what MariaDB takes by default in one packet. */
  value: 8 * 1024 * 1024,
  /** Characters of one name. */
  name: 200,
} as const
