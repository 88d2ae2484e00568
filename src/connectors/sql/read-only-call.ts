import type { Database } from '../../database/port.js'
import { type Call, readOnlyCall } from '../../kit/index.js'

/**
 * A read-only session holds back what a statement changes, not the functions by which an administrator acts on the server.
 * So a call that may only read is not run for one, nor for a login of which nothing is known.
 * @param account whose scopes are what its login was found to be able to do when it was linked
 * @throws FORBIDDEN
 */
export function refuseUnheldLogin({ engine }: Database, account: Call['account']): void {
  const scopes = account?.scopes ?? []
  if (scopes.includes('admin')) {
    throw readOnlyCall(
      'a read-only session does not hold an administrator, which the database login of this account is',
      'link an account of a database user with fewer rights',
    )
  }
  // A file has no administrator.
  if (scopes.length === 0 && engine !== 'sqlite') {
    throw readOnlyCall(
      'what the database login of this account can do could not be found out when it was linked, so it may be an administrator',
      'link an account of a database user that may only read',
    )
  }
}
