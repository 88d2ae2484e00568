import type { Hono } from 'hono'
import { callbackPath } from '../../wire/index.js'
import type { ApiDeps, ApiEnv } from '../environment.js'
import { told, toldTo } from '../link-answer.js'
import { outcomePage } from '../pages/outcome.js'
import { readVisit } from '../visitor.js'

/** Where a person's browser comes back from the authorization server. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 */
export function callbackRoute(app: Hono<ApiEnv>, { service, log }: ApiDeps): void {
  app.get('/connectors/:connector/success-authorize-callback', async (c) => {
    const connector = c.req.param('connector')
    const query = new URL(c.req.url).searchParams
    const { visitor, base } = await readVisit(c, service.linkPages)
    if (!query.has('state') && !query.has('code')) {
      return outcomePage({ base, connector: service.catalogue.has(connector) ? connector : undefined, query })
    }
    const { outcome, callbackUrl, linkId, reason } = await service.linking.finish(connector, query, visitor.browser)
    if (reason) log.warn({ err: reason, connector, request_id: c.get('requestId') }, 'a link was not finished')
    if (linkId !== undefined) return c.redirect(`${base}/connect/${linkId}`, 303)
    if (callbackUrl === undefined) {
      const query = new URLSearchParams(told(outcome))
      return outcomePage({ base, connector: undefined, query, status: 400, reason: reason?.message })
    }
    const target = toldTo(callbackUrl, outcome)
    // The page of this very route is shown at once rather than by a redirect to ourselves on another origin's terms.
    if (target.pathname === callbackPath(connector) && target.origin === new URL(c.req.url).origin) {
      return outcomePage({ base, connector, query: target.searchParams })
    }
    return c.redirect(target.href, 302)
  })
}
