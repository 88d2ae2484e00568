import type { Context } from 'hono'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'
import { IN_PROCESS } from '../wire/index.js'
import type { ApiDeps } from './context.js'

/** This machine, as a parsed URL has it. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Where this service is, for the addresses in its answers: the configured address, or else the one at which it was asked,
 * if that is on this machine. Any other `Host` is not repeated: its sender can write what it likes, and an answer may be
 * kept or passed on.
 * @returns an absolute URL without a slash at its end
 */
export async function ownAddress(c: Context, { publicUrl, service }: ApiDeps): Promise<string> {
  if (publicUrl !== undefined) return publicUrl
  const asked = new URL(c.req.url)
  if (asked.origin === IN_PROCESS || LOOPBACK.test(asked.hostname)) return asked.origin
  return withoutTrailingSlashes((await service.linkPages.address()).href)
}
