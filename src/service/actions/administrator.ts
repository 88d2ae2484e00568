import { ConnectorsError } from '../../base/errors.js'
import type { Action } from '../../kit/index.js'

/**
 * Keeps an administrator's action to the administrator, and all others to users.
 * @param isAdministrator whether the call came with the administrator's key
 * @throws INVALID_API_KEY
 */
export function checkAdministrator({ name, administrator }: Action, isAdministrator: boolean): void {
  if (administrator === isAdministrator) return
  throw new ConnectorsError(
    'INVALID_API_KEY',
    administrator
      ? `Only the administrator of this service may call ${name}: with the administrator's key and the token of a user of the client that is meant.`
      : `The administrator's key is not for ${name}; send the key of the client, or none.`,
  )
}
