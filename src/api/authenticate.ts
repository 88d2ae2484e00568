import type { Context } from 'hono'
import { ConnectorsError } from '../base/errors.js'
import type { Caller, Service, Tenant } from '../service/index.js'
import { HEADER, NO_API_KEY } from '../wire/index.js'

/** The API key of a request, or undefined when it has none. */
function apiKeyOf(c: Context): string | undefined {
  const key = c.req.header(HEADER.apiKey)
  return key === undefined || key === '' || key === NO_API_KEY ? undefined : key
}

/** The tenant whose key was sent, or undefined without a key. @throws INVALID_API_KEY */
export async function findTenant(c: Context, service: Service): Promise<Tenant | undefined> {
  const key = apiKeyOf(c)
  return key === undefined ? undefined : service.tenants.byApiKey(key)
}

/** @throws INVALID_API_KEY also when there is none */
export async function getTenant(c: Context, service: Service): Promise<Tenant> {
  const tenant = await findTenant(c, service)
  if (!tenant)
    throw new ConnectorsError('INVALID_API_KEY', 'This call needs the API key of a client, in the header X-API-Key.')
  return tenant
}

export function isAdministrator(c: Context, service: Service): boolean {
  const key = apiKeyOf(c)
  return key !== undefined && service.tenants.isAdministrator(key)
}

/** @throws INVALID_API_KEY */
export function requireAdministrator(c: Context, service: Service): void {
  if (!isAdministrator(c, service)) {
    throw new ConnectorsError(
      'INVALID_API_KEY',
      'This call needs the administrator key of this service, in the header X-API-Key.',
    )
  }
}

/** The user whose token was sent. @throws INVALID_TOKEN */
export async function bearerToken(c: Context, service: Service): Promise<Caller> {
  const [, token] = /^Bearer +(\S+)$/i.exec(c.req.header(HEADER.authorization) ?? '') ?? []
  if (!token) {
    throw new ConnectorsError(
      'INVALID_TOKEN',
      'This call needs the token of a user: log in first and send the token as a Bearer credential.',
    )
  }
  return service.users.byToken(token)
}

/** As `bearerToken`; a key sent with the token must be valid and of the same client. @throws INVALID_TOKEN, INVALID_API_KEY */
export async function getCaller(c: Context, service: Service): Promise<Caller> {
  const caller = await bearerToken(c, service)
  const tenant = await findTenant(c, service)
  if (tenant && tenant.id !== caller.clientId) {
    throw new ConnectorsError(
      'INVALID_API_KEY',
      'The key sent with the login belongs to another client; send the key of the same client, or none.',
    )
  }
  return caller
}

/** The same where no token is needed: undefined when none was sent. @throws INVALID_TOKEN, INVALID_API_KEY */
export const findCaller = async (c: Context, service: Service): Promise<Caller | undefined> =>
  c.req.header(HEADER.authorization) === undefined ? undefined : getCaller(c, service)
