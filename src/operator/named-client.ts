import { ConnectorsError } from '../base/errors.js'
import type { Service, Tenant } from '../service/index.js'

/** The client with that name. @throws NOT_FOUND */
export async function namedClient({ tenants }: Service, name: string): Promise<Tenant> {
  const client = await tenants.findByName(name)
  if (!client) throw noSuchClient()
  return client
}

/** The error for a client that does not exist, or no longer exists. */
export const noSuchClient = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'No client has that name; "connectors-mcp clients list" shows them all.')
