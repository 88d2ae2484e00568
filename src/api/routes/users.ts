import type { Hono } from 'hono'
import type { Integration, User } from '../../service/index.js'
import { type IssuedToken, type Me, type NewUser, ROUTE } from '../../wire/index.js'
import { createUserBody, loginBody } from '../../wire/requests/index.js'
import { integrationSummaryOf } from '../answers/integrations.js'
import { jsonAnswer, jsonTextAnswer } from '../answers/json.js'
import { findTenant, getCaller, getTenant } from '../authenticate.js'
import { ANONYMOUS_BODY, bodyOf, readBody, readJsonObject } from '../bodies/body.js'
import type { ApiDeps, ApiEnv } from '../context.js'

/** Stands for a malformed body, so that it is handled exactly like a wrong secret. */
const WRONG_LOGIN = { identifier: '', secret: '' }

/** Users and their tokens, also under the paths that the published CLI uses. */
export function userRoutes(app: Hono<ApiEnv>, { service }: ApiDeps): void {
  app.on('POST', [ROUTE.users, ROUTE.registerUser], async (c) => {
    const tenant = await getTenant(c, service)
    const { identifier } = await readBody(c, bodyOf(tenant.id), createUserBody)
    const { user, secret } = await service.users.create(tenant, identifier)
    const data: NewUser = {
      id: user.id,
      client_id: user.clientId,
      identifier: user.identifier,
      secret: secret.reveal(),
      secret_preview: user.secretPreview,
      is_active: user.isActive,
      integrations: [],
    }
    return jsonAnswer({ data, meta: null })
  })

  app.on('POST', [ROUTE.tokens, ROUTE.oauthToken], async (c) => {
    const tenant = await findTenant(c, service)
    const sent = loginBody.safeParse(await readJsonObject(c, tenant ? bodyOf(tenant.id) : ANONYMOUS_BODY))
    const { identifier, secret } = sent.data ?? WRONG_LOGIN
    const { user, token, expiresAt } = await service.users.login(identifier, secret, tenant)
    const data: IssuedToken = {
      token: token.reveal(),
      token_type: 'Bearer',
      expires_at: new Date(expiresAt).toISOString(),
      is_revoked: false,
      user_id: user.id,
      client_id: user.clientId,
    }
    return jsonAnswer({ data, meta: null })
  })

  app.on('GET', [ROUTE.me, ROUTE.clientsUser], async (c) => {
    const caller = await getCaller(c, service)
    const [user, integrations] = await Promise.all([service.users.get(caller), service.accounts.listOfUser(caller)])
    return jsonTextAnswer(meText(user, integrations))
  })
}

/** Rows are the same objects as long as nothing is written. */
const texts = new WeakMap<User, { accounts: readonly Integration[]; text: string }>()

/** The JSON text of what a user sees of themselves. */
function meText(user: User, accounts: readonly Integration[]): string {
  const known = texts.get(user)
  if (known?.accounts === accounts) return known.text
  const data: Me = {
    id: user.id,
    client_id: user.clientId,
    identifier: user.identifier,
    secret_preview: user.secretPreview,
    is_active: user.isActive,
    integrations: accounts.map(integrationSummaryOf),
  }
  const text = JSON.stringify({ data, meta: null })
  texts.set(user, { accounts, text })
  return text
}
