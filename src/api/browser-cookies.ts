import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'
import { type LinkPages, SESSION_LIFETIME, type Visitor } from '../service/index.js'

/** Names of the cookies; over https each has the prefix `__Host-`. */
const BROWSER = 'connect-browser'
const SESSION = 'connect-session'

/** A browser on one of our pages, and where it reached us. */
export interface Visit {
  visitor: Visitor
  /** The path of the service's address, without a trailing slash. */
  base: string
  /** Where the page is, in a person's words: on this computer, or the name of the host. */
  place: string
  secure: boolean
}

/**
 * Recognises the browser by its cookies. A browser without one is a new one, known only once `setBrowserCookie` was called.
 * @see https://www.rfc-editor.org/rfc/rfc6265
 */
export async function readVisit(c: Context, pages: LinkPages): Promise<Visit> {
  const { protocol, pathname, host } = await pages.address()
  const secure = protocol === 'https:'
  const cookie = (name: string) => (secure ? getCookie(c, name, 'host') : getCookie(c, name))
  const visitor = { browser: pages.proofs.browser(cookie(BROWSER)), session: cookie(SESSION) }
  const place = pages.isLocal ? 'on this computer' : host
  return { visitor, base: withoutTrailingSlashes(pathname), place, secure }
}

export const setBrowserCookie = (c: Context, { visitor, secure }: Visit): void =>
  keep(c, BROWSER, visitor.browser, secure)

/** Signs the browser in, including the rest of this request. */
export function setSessionCookie(c: Context, visit: Visit, session: string): void {
  visit.visitor = { ...visit.visitor, session }
  keep(c, SESSION, session, visit.secure)
}

/**
 * Lax, since the person comes back from another site by a link or a redirect.
 * @see https://www.ietf.org/archive/id/draft-ietf-httpbis-rfc6265bis-20.html#section-4.1.3.2
 */
function keep(c: Context, name: string, value: string, secure: boolean): void {
  setCookie(c, name, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    maxAge: SESSION_LIFETIME / 1000,
    secure,
    ...(secure ? { prefix: 'host' as const } : {}),
  })
}
