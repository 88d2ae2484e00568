import { z } from 'zod'
import { integrationSummary } from './integrations.js'

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
