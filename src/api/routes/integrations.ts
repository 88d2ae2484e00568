import type { Context, Hono } from 'hono'
import { ConnectorsError } from '../../base/errors.js'
import { linkBody } from '../../wire/requests/index.js'
import { integrationDetailOf, storedIntegrationOf, summariesText } from '../answers/integrations.js'
import { jsonAnswer, jsonTextAnswer } from '../answers/json.js'
import { getCaller } from '../authenticate.js'
import { bodyOf, readBody } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'
import { withOriginsAdvice } from '../origins-advice.js'

type Ctx = Context<ApiEnv>

/** Accounts: link, list, look at, choose the default, remove. */
export function integrationRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { accounts, linking } = service

  app.get('/connectors/:connector/integration-exists', async (c) => {
    const rows = await accounts.listOfConnector(await getCaller(c, service), c.req.param('connector'))
    return jsonAnswer({ data: { has_integration: rows.length > 0 }, meta: null })
  })

  app.get('/connectors/:connector/integrations', async (c) => {
    const rows = await accounts.listOfConnector(await getCaller(c, service), c.req.param('connector'))
    return jsonTextAnswer(summariesText(rows))
  })

  app.post('/connectors/:connector/integrations', async (c) => {
    const caller = await getCaller(c, service)
    const connector = c.req.param('connector')
    service.catalogue.requireKnown(connector)
    const body = await readBody(c, bodyOf(caller.userId), linkBody)
    const replaceDuplicate = body.replace_duplicate || (body.replace_same && ('same' as const))
    if (body.auth_type === 'custom') {
      const stored = await accounts.link(caller, connector, body.configuration, { replace: replaceDuplicate })
      return jsonAnswer({ data: storedIntegrationOf(stored), meta: null })
    }
    const request = { callbackUrl: body.callback_url, replaceDuplicate }
    const { url, linkId } = await withOriginsAdvice(linking.start(caller, connector, request))
    return jsonAnswer({ data: { url, link_id: linkId }, meta: null })
  })

  app.get('/connectors/:connector/integrations/*', (c) =>
    orLegacyFailure(c, async () => {
      const row = await accounts.get(await getCaller(c, service), c.req.param('connector'), identifierOf(c))
      return jsonAnswer({ data: integrationDetailOf(row), meta: null })
    }),
  )

  app.post('/connectors/:connector/integrations/*', (c) =>
    orLegacyFailure(c, async () => {
      await accounts.select(await getCaller(c, service), c.req.param('connector'), identifierOf(c))
      return jsonAnswer({ data: { success: true }, meta: null })
    }),
  )

  app.delete('/connectors/:connector/integrations/*', (c) =>
    orLegacyFailure(c, async () => {
      const removed = await service.remove(await getCaller(c, service), c.req.param('connector'), identifierOf(c))
      const data = { success: true, new_default: removed.newDefault, revoked_at_provider: removed.revokedAtProvider }
      return jsonAnswer({ data, meta: null })
    }),
  )
}

/** Everything after `/integrations/`, percent-decoded once; a malformed escape stays as it is. */
function identifierOf(c: Ctx): string {
  const after = c.req.path.replace(/^\/connectors\/[^/]*\/integrations\//, '')
  return after.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) => {
    try {
      return decodeURIComponent(escaped)
    } catch {
      return escaped
    }
  })
}

/** Under contract 1 an account the user doesn't have is a 200 that says so; errors of tokens and connectors stay errors. */
async function orLegacyFailure(c: Ctx, run: () => Promise<Response>): Promise<Response> {
  try {
    return await run()
  } catch (error) {
    if (c.env.contract === 2 || !(error instanceof ConnectorsError) || error.code !== 'INTEGRATION_NOT_FOUND')
      throw error
    return jsonAnswer({ data: { success: false, error: error.message, message: error.message }, meta: null })
  }
}
