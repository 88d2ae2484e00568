import type { Logger } from '../base/log.js'
import type { Service } from '../service/index.js'
import type { ErrorContract } from '../wire/index.js'
import type { HeldRoom } from './body-room.js'

/** What every request carries through the app. */
export interface ApiEnv {
  Variables: { requestId: string; contract: ErrorContract; room: HeldRoom }
}

export interface ApiDeps {
  service: Service
  log: Logger
  /** Where others reach the service, as its operator set it; without a slash at its end. */
  publicUrl?: string | undefined
}
