import type { Hono } from 'hono'
import { connectPath } from '../../wire/index.js'
import { withOutcome } from '../answers/links.js'
import { readVisit, setBrowserCookie } from '../browser-cookies.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { neutralPage, refusedPage } from '../pages/outcome.js'

/**
 * Where a person's browser comes back from the authorization server. A browser that has proven to be the user's is
 * redirected to the callback URL, any other one to the page of the link.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export function callbackRoute(app: Hono<ApiEnv>, { service, log }: ApiDeps): void {
  app.get('/connectors/:connector/success-authorize-callback', async (c) => {
    const connector = c.req.param('connector')
    const query = new URL(c.req.url).searchParams
    const visit = await readVisit(c, service.linkPages)
    const { visitor, base } = visit
    // Published CLIs use this route as their callback URL. Its query can have been written by anyone.
    if (!query.has('state') && !query.has('code')) return neutralPage(visit)
    const { outcome, callbackUrl, linkId, reason } = await service.linking.finish(connector, query, visitor)
    if (reason) log.warn({ err: reason, connector, request_id: c.env.requestId }, 'a link was not finished')
    if (linkId === undefined) return refusedPage(visit, reason?.message)
    setBrowserCookie(c, visit)
    if (callbackUrl === undefined || outcome.status === 'unconfirmed')
      return c.redirect(base + connectPath(linkId), 303)
    return c.redirect(withOutcome(callbackUrl, outcome).href, 302)
  })
}
