import { BoundedMap } from '../../base/bounded-map.js'
import { hashSecret } from '../../crypto/index.js'
import type { Caller } from '../tenants/users.js'

const CALLERS_KEPT = 2_000

/**
 * Makes the function that names callers for connectors: an opaque text for each user. The last ones are remembered, since every call
 * has one and hardly any action uses it.
 */
export function callerNames(): (caller: Caller) => string {
  const kept = new BoundedMap<string, string>(CALLERS_KEPT)
  return ({ clientId, userId }) => {
    const caller = `${clientId}:${userId}`
    const known = kept.get(caller)
    if (known !== undefined) return known
    const name = hashSecret(caller)
    kept.set(caller, name)
    return name
  }
}
