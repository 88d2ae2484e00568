import type { Logger } from '../base/log.js'
import type { Service } from '../service/index.js'
import type { ErrorContract } from '../wire/index.js'
import type { RequestMemory } from './bodies/body-memory.js'

/** Where a request was received; empty for requests within the process. */
export interface ListenerAddress {
  /** Host and port of the listener, as this process has them. */
  listensAt?: string
}

/** Where a request came from. Set by the code that passes it on; never read from the request itself. */
export interface RequestOrigin extends ListenerAddress {
  /**
   * True where the caller is the operator's own agent in this process, which may see what only the operator can fix, paths of
   * this machine included. False by default: the caller is at the other end of a socket.
   */
  inProcess?: boolean
}

/** What is known of each request. */
export interface RequestFacts {
  requestId: string
  contract: ErrorContract
  room: RequestMemory
}

/** The context of every request. */
export interface ApiEnv {
  Bindings: RequestOrigin & RequestFacts
}

export interface ApiDeps {
  service: Service
  log: Logger
  /** Where others reach the service, as set by its operator; without a trailing slash. */
  publicUrl?: string | undefined
  /** The version of this package, for the description of the API. */
  version?: string
}
