import { ConnectorsError, type FieldError, invalidParameters } from '../../base/errors.js'

/** The most origins a client can list. */
const MOST = 50

/** Scheme, host and port, and nothing else; what the parts may be is decided after parsing. */
const ORIGIN = /^https?:\/\/[^/?#\\@\s]*[^/?#\\@\s:]\/?$/i
/** A name, an IPv4 address or an IPv6 address, as a parsed URL has them. A wildcard is none of these. */
const HOST = /^(?:[a-z\d._-]+|\[[\da-f:]+\])$/
/** This machine, as applications that run on it write it. */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Origins in the form in which they are stored: lower case, IDN as punycode, without a default port, each once. Of
 * `http://127.0.0.1`, `http://[::1]` and `http://localhost` a port given stays, 80 too, since without one any is meant.
 * @throws INVALID_PARAMETERS, naming each entry by its place
 * @see https://url.spec.whatwg.org/#origin
 */
export function parseCallbackOrigins(given: readonly string[]): string[] {
  if (given.length > MOST) throw invalid(`A client can list at most ${MOST} callback origins.`)
  const parsed = given.map(parseOrigin)
  const errors = parsed.flatMap((one, index): FieldError[] =>
    'fault' in one ? [{ field: `callback_origins[${index}]`, message: one.fault }] : [],
  )
  if (errors.length === 0) return [...new Set(parsed.flatMap((one) => ('origin' in one ? [one.origin] : [])))]
  const [first] = errors
  const place = parsed.findIndex((one) => 'fault' in one) + 1
  throw invalid(`Number ${place} of the callback origins ${first?.message}.`, errors)
}

const invalid = (sentence: string, errors: FieldError[] = []): ConnectorsError =>
  invalidParameters(sentence, errors.length > 0 ? errors : [{ field: 'callback_origins', message: 'does not fit' }])

function parseOrigin(given: string): { origin: string } | { fault: string } {
  if (!ORIGIN.test(given) || !URL.canParse(given))
    return { fault: 'is not an origin: write scheme, host and port alone, such as https://app.example:8443' }
  const { protocol, hostname, origin } = new URL(given)
  if (!HOST.test(hostname)) return { fault: 'has a host that is no name and no address; wildcards are not possible' }
  if (protocol === 'https:') return { origin }
  if (!LOOPBACK.has(hostname))
    return { fault: 'uses http, which is only for this machine (127.0.0.1, [::1], localhost); use https' }
  return { origin: /:0*80\/?$/.test(given) ? `${origin}:80` : origin }
}

/**
 * Whether a client that lists these origins allows this URL. Compared are parsed origins, never texts. An entry for
 * this machine without a port allows any port of that very host, since such an application takes a free one.
 * @param origins as `parseCallbackOrigins` gave them; none: any URL is allowed
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export function allowsCallback(origins: readonly string[], callbackUrl: string): boolean {
  return origins.length === 0 || origins.some((origin) => isAt(origin, new URL(callbackUrl)))
}

function isAt(listed: string, url: URL): boolean {
  const entry = new URL(listed)
  const anyPort = entry.protocol === 'http:' && LOOPBACK.has(entry.hostname) && !/:\d+$/.test(listed)
  if (anyPort) return url.protocol === 'http:' && url.hostname === entry.hostname
  // A `blob:` URL has the origin of what made it.
  return url.protocol === entry.protocol && url.origin === entry.origin
}

/** Whether the browser would end on the page that the service itself has for that. Its query does not matter. */
export function isOwnPage(callbackUrl: string, ownPage: string): boolean {
  const [given, own] = [new URL(callbackUrl), new URL(ownPage)]
  return given.origin === own.origin && given.pathname === own.pathname
}

/**
 * @param origins what is allowed instead
 * @param optional whether a link can do without a callback URL, and end on our own page
 */
export const callbackRefused = (origins: readonly string[], optional: boolean): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    `The callback_url leads to an origin that this client does not list among its callback origins; ${optional ? 'leave it out to end on a page of this service, ' : ''}use one that is listed, or have it added by the operator of the service or by the holder of the client's API key.`,
    {
      details: {
        errors: [{ field: 'callback_url', message: 'is not at one of the callback origins of this client' }],
        callback_origins: [...origins],
      },
    },
  )
