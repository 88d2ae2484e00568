import type { Call } from '../../kit/index.js'
import type { Caller } from '../tenants/users.js'
import type { Vault } from '../vault/vault.js'

/** Seals what an action puts into a cursor, so that it opens only in calls of the same action by the same user. */
export function sealedCursors(vault: Vault, caller: Caller, action: readonly string[]): Pick<Call, 'seal' | 'open'> {
  const context = ['cursor', caller.userId, ...action]
  return {
    seal: (text) => vault.seal(caller.clientId, context, text),
    // Whatever is wrong with it, a caller invented it or took it from elsewhere.
    open: (sealed) => vault.open(caller.clientId, context, sealed).catch(() => undefined),
  }
}
