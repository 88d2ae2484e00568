import { ConnectorsError } from '../base/errors.js'
import type { Service, Tenant } from '../service/index.js'

/** The client of that name. @throws NOT_FOUND */
export async function namedClient({ tenants }: Service, name: string): Promise<Tenant> {
  const client = await tenants.findByName(name)
  if (!client) throw noSuchClient()
  return client
}

/** The error of a client that is not there, or not any more. */
export const noSuchClient = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'There is no client of that name; "connectors-mcp clients list" names all.')
