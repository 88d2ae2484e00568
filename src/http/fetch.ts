import { makeOnce } from '../base/single-flight.js'
import { openDispatchers, type Proxies, proxyFailure } from './proxy.js'

type Fetch = typeof globalThis.fetch

/**
 * A fetch whose connections stay open between calls, for the thin client. It takes an address and `init`, not a `Request`,
 * and knows no egress policy: the address of the service is the operator's own. Loaded on first use, made once.
 */
export const pooledFetch: () => Promise<Fetch> = makeOnce(() => openFetch(undefined))

/**
 * As `pooledFetch`, through proxies; loopback is reached directly.
 * @throws from the fetch, apart from what a fetch throws: UNAVAILABLE, FORBIDDEN and MISCONFIGURED for failures of the proxy
 */
export async function openFetch(proxies: Proxies | undefined): Promise<Fetch> {
  const undici = await import('./undici.js')
  // The client sets its own time limits, and some calls have none.
  const connections = { keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 }
  const dispatchers = openDispatchers(undici, connections, proxies)
  const send = async (input: string | URL, init: RequestInit = {}) => {
    const body = isForm(init.body) ? ownForm(init.body, new undici.FormData()) : init.body
    const dispatcher = dispatchers.of(new URL(input))
    // The platform's types and undici's describe the same things under two names.
    const options = { ...init, ...(body == null ? {} : { body }), dispatcher } as never
    return undici.fetch(String(input), options).catch((error: unknown) => {
      throw proxyFailure(error) ?? error
    })
  }
  return send as unknown as Fetch
}

/** Recognized by its tag: naming the global class would load the platform's second copy of undici. */
const isForm = (body: unknown): body is FormData => Object.prototype.toString.call(body) === '[object FormData]'

/** undici sends only its own FormData as a form; the platform's would become the text `[object FormData]`. */
function ownForm<Own extends { append(name: string, value: unknown): void }>(form: FormData, own: Own): Own {
  for (const [name, value] of form) own.append(name, value)
  return own
}
