import { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { ConnectorsError } from '../base/errors.js'
import type { Config } from '../config/index.js'
import { catalogue } from '../connectors/index.js'
import type { DatabasePortOptions } from '../database/index.js'
import { createEgressPolicy, type EgressPolicy } from '../http/egress.js'
import { isPublicAddress } from '../http/public-address.js'

/** What requests and database connections of this service may reach. */
export interface Outbound {
  egress: EgressPolicy
  databases: DatabasePortOptions
}

/**
 * On a shared service (one that has a public address) what users name must be public, unless the operator allows it by
 * CONNECTORS_ALLOWED_HOSTS or configured it himself; files of the machine are not the users'. On a person's own machine
 * everything is theirs, but for the service's own folder.
 */
export function outboundOf(config: Config): Outbound {
  const shared = config.publicUrl !== undefined
  const configured = catalogue.flatMap(({ name }) => Object.values(config.connector(name).addresses))
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

/** The address that a database host stands for. @throws FORBIDDEN unless it is public or allowed; UPSTREAM_ERROR */
async function publicAddressOf(host: string, allowed: readonly string[]): Promise<string> {
  const addresses = isIP(host) ? [host] : await resolveName(host)
  const [first] = allowed.includes(host) ? addresses : addresses.filter(isPublicAddress)
  if (first !== undefined) return first
  throw new ConnectorsError(
    'FORBIDDEN',
    'The database is in a private network, which this service may not reach; its operator can allow the host by CONNECTORS_ALLOWED_HOSTS.',
  )
}

async function resolveName(host: string): Promise<string[]> {
  try {
    return (await systemLookup(host, { all: true })).map(({ address }) => address)
  } catch (cause) {
    throw new ConnectorsError('UPSTREAM_ERROR', 'The name of the database host cannot be resolved; check it.', {
      cause,
    })
  }
}
