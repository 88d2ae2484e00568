import { type ReconnectOffer, ReconnectRequired } from '../grants/reconnect-required.js'
import type { Caller } from '../tenants/users.js'
import type { RunAction } from './run-action.js'

/**
 * Adds to every RECONNECT_REQUIRED a link that repairs the account.
 * @param begin begins the link, or finds the one that is already pending; throws where linking is not possible
 */
export const withReconnectOffer =
  (runAction: RunAction, begin: (caller: Caller, connector: string) => Promise<ReconnectOffer>): RunAction =>
  (caller, request) =>
    runAction(caller, request).catch(async (error: unknown) => {
      if (!(error instanceof ReconnectRequired)) throw error
      // If no link can be offered the error says enough without one.
      const link = await begin(caller, request.connector).catch(() => undefined)
      throw link ? error.with(link) : error
    })
