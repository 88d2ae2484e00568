import type { Hono } from 'hono'
import { callbackPath } from '../../wire/index.js'
import type { ApiDeps, ApiEnv } from '../environment.js'
import { outcomePage } from '../pages.js'

/** Where a person's browser comes back from the authorization server. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2 */
export function callbackRoute(app: Hono<ApiEnv>, { service, log }: ApiDeps): void {
  app.get('/connectors/:connector/success-authorize-callback', async (c) => {
    const connector = c.req.param('connector')
    const query = new URL(c.req.url).searchParams
    if (!query.has('state') && !query.has('code')) {
      return outcomePage({ connector: service.catalogue.has(connector) ? connector : undefined, query })
    }
    const { outcome, callbackUrl, reason } = await service.linking.finish(connector, query)
    if (reason) log.warn({ err: reason, connector, request_id: c.get('requestId') }, 'a link was not finished')
    const told =
      outcome.status === 'success'
        ? { status: 'success', connector: outcome.connector, user_identifier: outcome.userIdentifier }
        : { error: outcome.error }
    if (callbackUrl === undefined)
      return outcomePage({ connector: undefined, query: new URLSearchParams(told), status: 400 })
    const target = new URL(callbackUrl)
    for (const [name, value] of Object.entries(told)) target.searchParams.set(name, value)
    // The page of this very route is shown at once rather than by a redirect to ourselves on another origin's terms.
    if (target.pathname === callbackPath(connector) && target.origin === new URL(c.req.url).origin) {
      return outcomePage({ connector, query: target.searchParams })
    }
    return c.redirect(target.href, 302)
  })
}
