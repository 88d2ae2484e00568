import { z } from 'zod'

/** An account of a user at a connector, as lists show it. */
export const integrationSummary = z.looseObject({
  id: z.string(),
  client_id: z.string(),
  user_id: z.string(),
  connector: z.string(),
  user_identifier: z.string(),
  selected: z.boolean(),
  auth_status: z.string().nullable().optional(),
})
export type IntegrationSummary = z.infer<typeof integrationSummary>

export const newUser = z.looseObject({
  id: z.string(),
  client_id: z.string().optional(),
  identifier: z.string(),
  secret: z.string(),
  secret_preview: z.string(),
  is_active: z.boolean(),
})
export type NewUser = z.infer<typeof newUser>

export const issuedToken = z.looseObject({
  token: z.string(),
  token_type: z.string(),
  expires_at: z.string(),
  is_revoked: z.boolean(),
  user_id: z.string(),
  client_id: z.string(),
})
export type IssuedToken = z.infer<typeof issuedToken>

export const me = z.looseObject({
  id: z.string(),
  client_id: z.string(),
  identifier: z.string(),
  secret_preview: z.string(),
  is_active: z.boolean(),
  integrations: z.array(integrationSummary),
})
export type Me = z.infer<typeof me>

export const newClient = z.looseObject({
  id: z.string(),
  name: z.string(),
  api_key: z.string(),
  is_active: z.boolean(),
})
export type NewClient = z.infer<typeof newClient>

/** The origins that callback URLs of a client's links may lead to; none: any. */
export const callbackOrigins = z.looseObject({ callback_origins: z.array(z.string()) })
export type CallbackOrigins = z.infer<typeof callbackOrigins>
