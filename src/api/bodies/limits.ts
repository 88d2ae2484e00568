import { ANSWER_JSON } from '../../kit/limits.js'

/** Limits for the body of one request. */
export interface BodyLimits {
  /** Bytes as sent. */
  bytes: number
  /** Fields of a form, including files. */
  fields: number
  /** Values of JSON, including lists and objects. */
  values: number
  /** How deep lists and objects of JSON may be nested; 100 by default. */
  depth?: number
  /** Milliseconds until the whole body must have arrived. */
  milliseconds: number
}

const MIB = 1024 * 1024

/** Everything but the parameters of an action: the sender may be anyone, and no more is needed. */
export const SMALL_BODY: BodyLimits = { bytes: MIB, fields: 300, values: 10_000, milliseconds: 20_000 }
/** The parameters of an action, files among them, from a user whose token was checked. */
export const ACTION_BODY: BodyLimits = { bytes: 32 * MIB, fields: 10_000, values: 200_000, milliseconds: 120_000 }

/** The result of an action, which may be as large as what a third party answers, in its envelope. */
export const RESULT_BODY: BodyLimits = {
  ...ACTION_BODY,
  values: ANSWER_JSON.values + 2,
  depth: ANSWER_JSON.depth + 1,
}

/** The most bytes that the header of one part of a multipart form takes: its name, file name and type. */
export const PART_HEADER_BYTES = 8 * 1024

/** Bodies up to this size do not count against the memory: they are small, and a login must get through. Bytes. */
export const UNCOUNTED_BYTES = 64 * 1024
/** The most memory for larger bodies at any time: those of strangers, of all users, of one user. Bytes. */
export const MEMORY_LIMITS = { strangers: 32 * MIB, users: 128 * MIB, oneUser: 64 * MIB }
