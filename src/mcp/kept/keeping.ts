import type { Json, JsonObject } from '../../base/json.js'
import type { ClientFile } from '../../client/responses/files.js'

/** What is known of something that is kept, without its content. */
export interface KeptThing {
  /** By which it is asked for: `file_…` or `result_…`. */
  handle: string
  /** In bytes. */
  size: number
  /** ISO 8601. */
  expires_at: string
}

/** The result of an action, as it is kept. */
export interface KeptAnswer {
  data: Json
  meta: JsonObject | null
}

/**
 * Keeps files and long results for a while under handles, so that they need not pass through a conversation. They are the user's
 * own: in the service, or in this process where the service does not keep any.
 */
export interface Keeping {
  /** @throws TOO_LARGE */
  keepFile(file: ClientFile): Promise<KeptThing>
  /** @throws NOT_FOUND for a handle that is unknown, has expired or is another user's */
  file(handle: string): Promise<ClientFile>
  /** @throws TOO_LARGE */
  keepResult(answer: KeptAnswer): Promise<KeptThing>
  /** @throws NOT_FOUND for a handle that is unknown, has expired or is another user's */
  result(handle: string): Promise<KeptAnswer>
}
