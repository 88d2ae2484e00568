import type { Context } from 'hono'
import { IN_PROCESS } from '../wire/index.js'
import type { ApiDeps } from './environment.js'

/** This machine, as a parsed URL has it. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * Where this service is, for the addresses in its answers. What is configured counts. Else it is where the asker reached
 * it, but only on this machine: an answer may be kept or passed on, and a `Host` says whatever its sender likes.
 * @returns without a slash at its end
 */
export async function ownAddress(c: Context, { publicUrl, service }: ApiDeps): Promise<string> {
  if (publicUrl !== undefined) return publicUrl
  const asked = new URL(c.req.url)
  if (asked.origin === IN_PROCESS || LOOPBACK.test(asked.hostname)) return asked.origin
  return (await service.linkPages.address()).href.replace(/\/+$/, '')
}
