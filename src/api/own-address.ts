import type { Context } from 'hono'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'
import { IN_PROCESS } from '../wire/index.js'
import type { ApiDeps } from './context.js'

/** The host names of this machine, as in a parsed URL. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The address of this service, for the URLs in its answers: the configured address, otherwise the one the request was sent to,
 * if that is on this machine. Any other `Host` is not repeated: the sender can write anything there, and an answer may be
 * stored or passed on.
 * @returns an absolute URL without a trailing slash
 */
export async function ownAddress(c: Context, { publicUrl, service }: ApiDeps): Promise<string> {
  if (publicUrl !== undefined) return publicUrl
  const asked = new URL(c.req.url)
  if (asked.origin === IN_PROCESS || LOOPBACK.test(asked.hostname)) return asked.origin
  return withoutTrailingSlashes((await service.linkPages.address()).href)
}
