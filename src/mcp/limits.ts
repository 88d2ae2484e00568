import { JSON_DEPTH, type JsonBounds } from '../base/json-bounds.js'

/** The longest message accepted over stdio, in bytes: room for a file that is passed to an action. */
export const MESSAGE_BYTES = 32 * 1024 * 1024
/** The bounds of a message: a little more than the service accepts, so that the service's own error names the limit. */
export const MESSAGE_JSON: JsonBounds = { depth: JSON_DEPTH + 20, values: 250_000 }
