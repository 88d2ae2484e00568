import { type ReconnectOffer, ReconnectRequired } from '../grants/reconnect-required.js'
import type { Caller } from '../tenants/users.js'
import { NoAccountLinked } from './pick-account.js'
import type { RunAction } from './run-action.js'

/**
 * Adds to every RECONNECT_REQUIRED a link that repairs the account, and to every call without an account the link of one.
 * @param begin begins the link, or finds the one that is already pending; throws where linking is not possible
 */
export const withReconnectOffer =
  (runAction: RunAction, begin: (caller: Caller, connector: string) => Promise<ReconnectOffer>): RunAction =>
  (caller, request) =>
    runAction(caller, request).catch(async (error: unknown) => {
      const isUnlinked = error instanceof NoAccountLinked
      if (!isUnlinked && !(error instanceof ReconnectRequired)) throw error
      throw await begin(caller, request.connector).then(
        (link) => error.with(link),
        // Of an account that was linked once the error says enough without a link.
        (cause: unknown) => (isUnlinked ? error.without(cause) : error),
      )
    })
