import type { Hono } from 'hono'
import { type CallbackOriginList, type CallbackSecret, ROUTE } from '../../wire/index.js'
import { callbackOriginsBody, createClientBody } from '../../wire/requests/index.js'
import { jsonAnswer } from '../answers/json.js'
import { getTenant, requireAdministrator } from '../authenticate.js'
import { bodyOf, readBody } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** The sender of the administrator's bodies, apart from clients and users. */
const ADMINISTRATOR = 'administrator'

/**
 * Clients, which the administrator creates; and, for the client itself, where callback URLs may lead and how it checks what is
 * posted there.
 */
export function tenantRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  const { tenants } = service

  app.post(ROUTE.clients, async (c) => {
    requireAdministrator(c, service)
    const { name } = await readBody(c, bodyOf(ADMINISTRATOR), createClientBody)
    const created = await tenants.create(name)
    return jsonAnswer({
      data: { id: created.id, name: created.name, api_key: created.apiKey.reveal(), is_active: true },
      meta: null,
    })
  })

  app.get(ROUTE.callbackOrigins, async (c) => {
    const { id } = await getTenant(c, service)
    const data: CallbackOriginList = { callback_origins: await tenants.callbackOrigins(id) }
    return jsonAnswer({ data, meta: null })
  })

  app.get(ROUTE.callbackSecret, async (c) => {
    const { id } = await getTenant(c, service)
    const data: CallbackSecret = { callback_secret: service.background.callbackSecret(id).reveal() }
    return jsonAnswer({ data, meta: null })
  })

  app.put(ROUTE.callbackOrigins, async (c) => {
    const { id } = await getTenant(c, service)
    const { callback_origins } = await readBody(c, bodyOf(id), callbackOriginsBody)
    const data: CallbackOriginList = { callback_origins: await tenants.setCallbackOrigins(id, callback_origins) }
    return jsonAnswer({ data, meta: null })
  })
}
