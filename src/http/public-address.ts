import ipaddr from 'ipaddr.js'

type IPv4 = InstanceType<typeof ipaddr.IPv4>
type IPv6 = InstanceType<typeof ipaddr.IPv6>

/** IPv6 addresses that are routed on the internet. @see https://www.rfc-editor.org/rfc/rfc4291#section-2.4 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')
/** The well-known prefix of NAT64, whose last 32 bits are the embedded IPv4 address. @see https://www.rfc-editor.org/rfc/rfc6052#section-2.1 */
const WELL_KNOWN_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96')
/** Answers metadata and DHCP inside Azure, in a range that looks public. @see https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const AZURE_WIRE_SERVER = '168.63.129.16'

/**
 * True for an address of the public internet. False for private, loopback, link-local (where clouds keep their metadata),
 * carrier-grade NAT, multicast, documentation and reserved ranges, and for IPv6 forms that carry such an IPv4 address.
 * @param address an IP address in text, IPv6 without brackets; anything else is not public
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  return parsed instanceof ipaddr.IPv4 ? isPublicIPv4(parsed) : isPublicIPv6(parsed as IPv6)
}

/** True for 127.0.0.0/8, ::1 and the IPv4-mapped form of the first. */
export function isLoopbackAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'
}

/** @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
export const isLoopbackHost = (host: string): boolean => isLoopbackAddress(host) || /^(?:.+\.)?localhost\.?$/.test(host)

/** The host without port and brackets, lower case, as a resolver takes it. */
export const bareHost = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '')

/**
 * Names that only have a meaning inside a network: a single label, and those reserved for local use. They do not exist on
 * the public internet.
 * @see https://www.iana.org/assignments/special-use-domain-names
 */
export const isInsideName = (host: string): boolean =>
  /^(?:[^.:]+|.+\.(?:local|localhost|internal|home\.arpa|lan|intranet|corp|home))\.?$/.test(host)

const isPublicIPv4 = (address: IPv4): boolean =>
  address.range() === 'unicast' && address.toString() !== AZURE_WIRE_SERVER

function isPublicIPv6(address: IPv6): boolean {
  const bytes = address.toByteArray()
  switch (address.range()) {
    case 'ipv4Mapped':
      return isPublicIPv4(new ipaddr.IPv4(bytes.slice(12)))
    case 'rfc6052':
      return address.match(WELL_KNOWN_NAT64) && isPublicIPv4(new ipaddr.IPv4(bytes.slice(12)))
    case '6to4':
      return isPublicIPv4(new ipaddr.IPv4(bytes.slice(2, 6)))
    case 'unicast':
      return address.match(GLOBAL_UNICAST)
    default:
      return false
  }
}
