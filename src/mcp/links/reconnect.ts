import { ConnectorsError } from '../../base/errors.js'
import type { BegunLink } from '../../wire/index.js'
import type { ToolCall } from '../tool.js'
import { obtainLinkPage } from './link-page.js'
import { isWebAddress } from './web-address.js'

/** Where the person repairs an account. */
export type ReconnectPage = Pick<BegunLink, 'url' | 'link_id' | 'code' | 'device_available'>

/** RECONNECT_REQUIRED, or INTEGRATION_NOT_FOUND where no account is linked, with the link that helps. */
export class ReconnectError extends ConnectorsError {
  override readonly name: string = 'ReconnectError'
  readonly link: ReconnectPage

  constructor(failure: ConnectorsError, link: ReconnectPage) {
    const { code, message, details = {}, retryable, retryAfterSeconds } = failure
    const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
    super(code, message, { details, retryable, cause: failure, ...wait })
    this.link = link
  }
}

/** What was to be run: with which account, or with the default of the connector. */
interface Wanted {
  connector: string
  identifier?: string | undefined
}

/**
 * Runs something; if an account has to be linked for that, or linked again, begins a link and adds it to the error.
 * @throws what `run` throws, also if the link cannot be begun
 */
export async function withReconnectPage<T>(call: ToolCall, wanted: Wanted, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof ConnectorsError) || !isHelpedByLink(error, wanted)) throw error
    const { connector } = wanted
    const link = linkOfService(error) ?? (await reconnectLink(call, connector).catch(() => undefined))
    throw link === undefined ? error : new ReconnectError(error, link)
  }
}

function isHelpedByLink({ code, details }: ConnectorsError, { identifier }: Wanted): boolean {
  if (code === 'RECONNECT_REQUIRED') return true
  // The named account may be misspelt, and a link that the service could not begin is not begun in vain again.
  return code === 'INTEGRATION_NOT_FOUND' && identifier === undefined && details?.reason !== 'oauth_not_configured'
}

/** The link that the service itself has begun, if it is one of this product. */
function linkOfService({ details }: ConnectorsError): ReconnectPage | undefined {
  const { reconnect_url: url, link_id, link_code: code, link_device_available } = details ?? {}
  return url !== undefined && isWebAddress(url) && link_id !== undefined && code !== undefined
    ? { url, link_id, code, device_available: link_device_available === true }
    : undefined
}

/** Begins a link. One that is finished already did not repair the account, or the call would not have failed. */
async function reconnectLink(call: ToolCall, connector: string): Promise<BegunLink | undefined> {
  const page = await obtainLinkPage(call, { connector })
  if (!page || 'link' in page) return page?.link
  call.begunLinks.forget(page.linked.link_id)
  const another = await obtainLinkPage(call, { connector })
  return another && 'link' in another ? another.link : undefined
}
