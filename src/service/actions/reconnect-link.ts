import { type ReconnectOffer, ReconnectRequired } from '../grants/reconnect-required.js'
import type { Caller } from '../tenants/users.js'
import type { RunAction } from './run-action.js'

/**
 * Adds to every RECONNECT_REQUIRED the link that repairs it.
 * @param begin begins the link, or finds the one that waits for the person already; throws where there is no way to link so
 */
export const withReconnectOffer =
  (runAction: RunAction, begin: (caller: Caller, connector: string) => Promise<ReconnectOffer>): RunAction =>
  (caller, request) =>
    runAction(caller, request).catch(async (error: unknown) => {
      if (!(error instanceof ReconnectRequired)) throw error
      // Where no link can be offered the error says enough without one.
      const link = await begin(caller, request.connector).catch(() => undefined)
      throw link ? error.with(link) : error
    })
