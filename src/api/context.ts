import type { Logger } from '../base/log.js'
import type { Service } from '../service/index.js'
import type { ErrorContract } from '../wire/index.js'
import type { HeldRoom } from './body-room.js'

/** Where a request came in; empty within the process. */
export interface ListenerPlace {
  /** Host and port of the listener, as this process has them. */
  listensAt?: string
}

/** What every request carries through the app. */
export interface ApiEnv {
  Bindings: ListenerPlace
  Variables: { requestId: string; contract: ErrorContract; room: HeldRoom }
}

export interface ApiDeps {
  service: Service
  log: Logger
  /** Where others reach the service, as its operator set it; without a slash at its end. */
  publicUrl?: string | undefined
  /** The version of this package, for the description of the API. */
  version?: string
}
