import { ConnectorsError } from '../../base/errors.js'
import type { Caller } from '../tenants/users.js'
import type { RunAction } from './run-action.js'

/** A link that gives an account its new credential, and where the person opens it. */
export interface ReconnectLink {
  linkId: string
  url: string
  /** Shown on the page, too. */
  code: string
  /** Whether the person may finish a link by a code on another device instead. */
  deviceAvailable: boolean
}

/**
 * Adds to every RECONNECT_REQUIRED the link that repairs it: `details.reconnect_url`, `link_id` and `link_code`, and
 * `link_device_available` where that holds.
 * @param begin begins the link, or finds the one that waits for the person already; throws where there is no way to link so
 */
export const withReconnectLink =
  (runAction: RunAction, begin: (caller: Caller, connector: string) => Promise<ReconnectLink>): RunAction =>
  (caller, request) =>
    runAction(caller, request).catch(async (error: unknown) => {
      if (!(error instanceof ConnectorsError) || error.code !== 'RECONNECT_REQUIRED') throw error
      // Where no link can be offered the error says enough without one.
      const link = await begin(caller, request.connector).catch(() => undefined)
      if (!link) throw error
      throw new ConnectorsError(error.code, error.message, {
        details: {
          ...error.details,
          reconnect_url: link.url,
          link_id: link.linkId,
          link_code: link.code,
          ...(link.deviceAvailable ? { link_device_available: true } : {}),
        },
        cause: error.cause,
      })
    })
