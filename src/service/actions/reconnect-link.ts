import { BoundedMap } from '../../base/bounded-map.js'
import { type ReconnectLink, ReconnectRequired } from '../grants/reconnect-required.js'
import type { Caller } from '../tenants/users.js'
import type { RunAction } from './run-action.js'

export interface RepairLinks {
  /** Begins a link that gives the account its new credential in place. May throw where there is no way to link so. */
  begin(caller: Caller, connector: string): Promise<ReconnectLink>
  /** Whether the person can still open it. */
  isOpen(linkId: string): Promise<boolean>
}

/** How many are remembered. */
const KEPT = 500

/**
 * Adds to every RECONNECT_REQUIRED the link that repairs it: `details.reconnect_url`, `link_id` and `link_code`, and
 * `link_device_available` where that holds. While one is
 * open, the same is named by every error of that user and connector.
 */
export function withRepairLink(runAction: RunAction, links: RepairLinks): RunAction {
  const begun = new BoundedMap<string, Promise<ReconnectLink>>(KEPT)

  const linkFor = async (caller: Caller, connector: string): Promise<ReconnectLink | undefined> => {
    const key = JSON.stringify([caller.userId, connector])
    const before = await begun.get(key)?.catch(() => undefined)
    if (before && (await links.isOpen(before.linkId))) return before
    const beginning = links.begin(caller, connector)
    begun.set(key, beginning)
    // No link can be offered: the error says enough without one.
    return beginning.catch(() => undefined)
  }

  return (caller, request) =>
    runAction(caller, request).catch(async (error: unknown) => {
      if (!(error instanceof ReconnectRequired)) throw error
      const link = await linkFor(caller, request.connector)
      throw link ? error.with(link) : error
    })
}
