import { JSON_DEPTH, type JsonBounds } from '../base/json-bounds.js'

/** The longest message taken over stdio, in bytes: room for a file that goes into an action. */
export const MESSAGE_BYTES = 32 * 1024 * 1024
/** What a message may hold: a little more than the service takes, so that the service says what is too much. */
export const MESSAGE_JSON: JsonBounds = { depth: JSON_DEPTH + 20, values: 250_000 }
