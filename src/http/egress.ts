import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { BoundedMap } from '../base/bounded-map.js'
import { ConnectorsError } from '../base/errors.js'
import { hasBadPort } from './bad-ports.js'
import { proxyFailure } from './proxy.js'
import { bareHost, isInsideName, isLoopbackHost, isPublicAddress } from './public-address.js'

/** Decides which URLs may be called. One is made for the whole process. */
export interface EgressPolicy {
  /**
   * Called before each request and each redirect. Behind a proxy this is the only check: the proxy resolves names and
   * has to refuse private addresses itself. @throws FORBIDDEN
   */
  check(url: URL): void
  /**
   * Resolves a name for a connection and returns only addresses that may be called, so that the checked address
   * is the one that is connected to. For undici: `connect: { lookup }`.
   */
  lookup: LookupFunction
  /**
   * The error to show for a failed request to an address that a third party chose, in a redirect: if private addresses
   * are refused, errors must not differ in a way that reveals which names exist inside the network.
   */
  redirectFailure(url: URL, error: unknown): unknown
}

export interface EgressOptions {
  /** Lets requests reach private addresses, and loopback over plain HTTP. */
  allowPrivate: boolean
  /**
   * Places the operator named, which may be private: `host` or `host:port` as in `new URL(…).host` (HTTPS; on loopback
   * plain HTTP too), or an origin `http://host:port` where plain HTTP is meant.
   */
  allowedHosts?: readonly string[]
  /** How names are resolved; the system's resolver by default, another one in tests. */
  resolve?: LookupFunction
}

/** Origins that were allowed before, so that they need not be read again: as many as there are vendors, and then some. */
const KEPT = 500

/**
 * Makes the policy against server-side request forgery: HTTPS only, no credentials in the URL, public addresses only.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function createEgressPolicy({ allowPrivate, allowedHosts = [], resolve }: EgressOptions): EgressPolicy {
  const origins = new Set(allowedHosts.flatMap(toOrigins))
  const namedHosts = new Set([...origins].map((origin) => bareHost(new URL(origin))))
  const requirePublic = (host: string): void => {
    // Such a host passes `lookup` with any address, so its other ports must not pass here.
    if (namedHosts.has(host)) throw forbidden('The address has a port that the operator did not allow.')
    if (isIP(host) === 0 ? isInsideName(host) : !isPublicAddress(host)) throw privateAddress()
  }
  /** By protocol, host and port, of which all that follows is. */
  const passed = new BoundedMap<string, true>(KEPT)
  return {
    check(url) {
      refuseCredentials(url)
      const { protocol } = url
      const place = `${protocol}//${url.host}`
      if (passed.get(place)) return
      // `blob:https://…` has the origin that it contains.
      if (protocol !== 'https:' && protocol !== 'http:') throw notHttps()
      if (origins.has(url.origin)) return
      if (hasBadPort(url))
        throw forbidden('The address has a port that is never used for HTTP; the operator can allow it.')
      const host = bareHost(url)
      if (protocol === 'http:' && !(allowPrivate && isLoopbackHost(host))) throw notHttps()
      if (!allowPrivate) requirePublic(host)
      passed.set(place, true)
    },
    lookup: pinnedLookup((host, address) => allowPrivate || namedHosts.has(host) || isPublicAddress(address), resolve),
    redirectFailure: (url, error) =>
      allowPrivate || namedHosts.has(bareHost(url)) || !(isUnresolved(error) || proxyFailure(error))
        ? error
        : privateAddress(),
  }
}

/** Whether the host's name could not be resolved: it does not exist, or the resolver failed. */
function isUnresolved(error: unknown): boolean {
  for (let next = error; next instanceof Error; next = next.cause) {
    if (next instanceof Error && 'syscall' in next && next.syscall === 'getaddrinfo') return true
  }
  return false
}

function pinnedLookup(
  allows: (host: string, address: string) => boolean,
  resolve: LookupFunction = systemLookup as LookupFunction,
): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0)
      const allowed = (found as LookupAddress[]).filter(({ address }) => allows(host.toLowerCase(), address))
      const [first] = allowed
      if (!first) return callback(privateAddress() as NodeJS.ErrnoException & ConnectorsError, '', 0)
      if (options.all) callback(null, allowed)
      else callback(null, first.address, first.family)
    })
  }
}

function refuseCredentials(url: URL): void {
  if (url.username !== '' || url.password !== '') {
    throw forbidden('The address contains a user name or password; remove them.')
  }
}

function toOrigins(entry: string): string[] {
  if (/^https?:\/\//.test(entry)) return [new URL(entry).origin]
  const secure = new URL(`https://${entry}`)
  return isLoopbackHost(bareHost(secure)) ? [secure.origin, new URL(`http://${entry}`).origin] : [secure.origin]
}

const forbidden = (message: string): ConnectorsError => new ConnectorsError('FORBIDDEN', message)

const notHttps = (): ConnectorsError =>
  forbidden('The address is not an HTTPS address; only HTTPS addresses are allowed.')

const privateAddress = (): ConnectorsError =>
  forbidden(
    'The address is not on the public internet, or its name is not known there, so it may not be called; the operator can allow it.',
  )
