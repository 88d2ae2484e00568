import { ConnectorsError, type FieldError, invalidParameters } from '../../base/errors.js'

/** The most origins a client can list. */
const MOST = 50

/** Scheme, host and port, and nothing else; what the parts may be is decided after parsing. */
const ORIGIN = /^https?:\/\/[^/?#\\@\s]*[^/?#\\@\s:]\/?$/i
/** A name, an IPv4 address or an IPv6 address, as a parsed URL has them. A wildcard is not one of these. */
const HOST = /^(?:[a-z\d._-]+|\[[\da-f:]+\])$/
/** This machine, as applications that run on it write it. */
const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/**
 * Origins in the form in which they are stored: lower case, IDN as punycode, without a default port, each once. Of
 * `http://127.0.0.1`, `http://[::1]` and `http://localhost` a given port stays, even 80, since no port means any port.
 * @throws INVALID_PARAMETERS, with the index of each invalid entry
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
  throw invalid(`${first?.field} ${first?.message}.`, errors)
}

const invalid = (sentence: string, errors: FieldError[] = []): ConnectorsError =>
  invalidParameters(sentence, errors.length > 0 ? errors : [{ field: 'callback_origins', message: 'does not fit' }])

function parseOrigin(given: string): { origin: string } | { fault: string } {
  if (!ORIGIN.test(given) || !URL.canParse(given))
    return { fault: 'is not an origin: write scheme, host and port alone, such as https://app.example:8443' }
  const { protocol, hostname, origin } = new URL(given)
  if (!HOST.test(hostname))
    return { fault: 'has a host that is neither a name nor an address; wildcards are not supported' }
  if (protocol === 'https:') return { origin }
  if (!LOOPBACK.has(hostname))
    return { fault: 'uses http, which is only for this machine (127.0.0.1, [::1], localhost); use https' }
  return { origin: /:0*80\/?$/.test(given) ? `${origin}:80` : origin }
}

/**
 * Whether a client that lists these origins allows this URL. Parsed origins are compared, never texts. An entry for
 * this machine without a port allows any port of that very host, since such an application uses any free port.
 * @param origins as returned by `parseCallbackOrigins`; an empty list allows any URL
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export function allowsCallback(origins: readonly string[], callbackUrl: string): boolean {
  return origins.length === 0 || origins.some((origin) => isAt(origin, new URL(callbackUrl)))
}

function isAt(listed: string, url: URL): boolean {
  const entry = new URL(listed)
  const anyPort = entry.protocol === 'http:' && LOOPBACK.has(entry.hostname) && !/:\d+$/.test(listed)
  if (anyPort) return url.protocol === 'http:' && url.hostname === entry.hostname
  // A `blob:` URL has the origin of the page that created it.
  return url.protocol === entry.protocol && url.origin === entry.origin
}

/** Whether the browser would end on the service's own callback page. The query does not matter. */
export function isOwnPage(callbackUrl: string, ownPage: string): boolean {
  const [given, own] = [new URL(callbackUrl), new URL(ownPage)]
  return given.origin === own.origin && given.pathname === own.pathname
}

/**
 * @param origins the allowed ones
 * @param optional whether the callback URL can be left out, so that the link ends on our own page
 */
export const callbackRefused = (origins: readonly string[], optional: boolean): ConnectorsError =>
  new ConnectorsError(
    'INVALID_PARAMETERS',
    `The callback_url leads to an origin that this client does not list among its callback origins; ${optional ? 'leave it out to end on a page of this service, ' : ''}use one that is listed, or ask the operator of the service or the holder of the client's API key to add it.`,
    {
      details: {
        errors: [{ field: 'callback_url', message: 'is not at one of the callback origins of this client' }],
        callback_origins: [...origins],
      },
    },
  )
