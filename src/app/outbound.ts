import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import { packagedConnectors } from '../connectors/index.js'
import type { DatabasePortOptions } from '../database/index.js'
import { createEgressPolicy, type EgressPolicy } from '../http/egress.js'
import { isPublicAddress } from '../http/public-address.js'

/** What requests and database connections of this service may reach. */
export interface Outbound {
  egress: EgressPolicy
  databases: DatabasePortOptions
}

/**
 * On a shared service (one with a public address) the addresses that users enter must be public, unless the operator
 * allows them by CONNECTORS_ALLOWED_HOSTS or configured them; users cannot reach files of the machine. On a person's own
 * machine everything is allowed, except the service's own folder.
 */
export function outboundOf(config: Config): Outbound {
  const shared = config.publicUrl !== undefined
  const configured = packagedConnectors.flatMap((entry) => {
    const { addresses, hosts } = config.connector(entry)
    return [...Object.values(addresses), ...Object.values(hosts)]
  })
  const origins = configured.map((address) => new URL(address).origin)
  return {
    egress: createEgressPolicy({ allowPrivate: !shared, allowedHosts: [...config.allowedHosts, ...origins] }),
    databases: {
      ownFolder: config.dataDir,
      localFiles: !shared,
      environment: config.trust,
      ...(shared ? { resolveHost: (host: string) => publicAddressOf(host, config.allowedHosts) } : {}),
    },
  }
}

/** The shortest time after which a name is refused. Milliseconds. */
const REFUSED_AFTER = 200

/**
 * The address of a database host. An unknown name and one that leads into a private network get
 * the same answer after the same time, so that the names inside cannot be listed.
 * @throws FORBIDDEN unless it is public or allowed; UPSTREAM_ERROR for an allowed name that cannot be resolved
 */
async function publicAddressOf(host: string, allowed: readonly string[]): Promise<string> {
  if (allowed.includes(host)) return allowedAddressOf(host)
  if (isIP(host)) {
    if (isPublicAddress(host)) return host
    throw notPublic()
  }
  const refusal = pause(REFUSED_AFTER)
  const addresses = await addressesOf(host).catch(() => [])
  const first = addresses.find(isPublicAddress)
  if (first !== undefined) return first
  await refusal
  throw notPublic()
}

async function allowedAddressOf(host: string): Promise<string> {
  try {
    const [first] = isIP(host) ? [host] : await addressesOf(host)
    if (first !== undefined) return first
  } catch (cause) {
    throw new ConnectorsError(
      'UPSTREAM_ERROR',
      'The name of the database host cannot be resolved; check its spelling.',
      {
        details: { errors: [{ field: 'host', message: 'cannot be resolved' }] },
        cause,
      },
    )
  }
  throw notPublic()
}

const addressesOf = async (host: string): Promise<string[]> =>
  (await systemLookup(host, { all: true })).map(({ address }) => address)

const notPublic = (): ConnectorsError =>
  new ConnectorsError(
    'FORBIDDEN',
    'The host of the database is not on the public internet, or its name is not known there; check it, or let the operator of this service allow it by CONNECTORS_ALLOWED_HOSTS.',
    { details: { errors: [{ field: 'host', message: 'is not on the public internet, or not known there' }] } },
  )
