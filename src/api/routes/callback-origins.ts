import type { Hono } from 'hono'
import { type CallbackOrigins, ROUTE } from '../../wire/index.js'
import { getTenant } from '../authenticate.js'
import { from, readJsonObject } from '../body.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** The origins that callback URLs of a client's links may lead to, shown and replaced by the client itself. */
export function callbackOriginRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { tenants } = service

  app.get(ROUTE.callbackOrigins, async (c) => {
    const { id } = await getTenant(c, service)
    const data: CallbackOrigins = { callback_origins: await tenants.callbackOrigins(id) }
    return c.json({ data, meta: null })
  })

  app.put(ROUTE.callbackOrigins, async (c) => {
    const { id } = await getTenant(c, service)
    const { callback_origins } = await readJsonObject(c, from(id))
    const data: CallbackOrigins = { callback_origins: await tenants.setCallbackOrigins(id, callback_origins) }
    return c.json({ data, meta: null })
  })
}
