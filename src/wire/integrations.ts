import { z } from 'zod'
import { integrationSummary } from './people.js'

/** One account, as its own route shows it. `auth_string` is always masked. */
export const integrationDetail = z.looseObject({
  ...integrationSummary.shape,
  auth_scopes: z.array(z.string()),
  auth_string: z.string(),
  created_at: z.string().optional(),
})
export type IntegrationDetail = z.infer<typeof integrationDetail>

export const AUTH_TYPES = ['oauth2', 'custom'] as const
export type AuthType = (typeof AUTH_TYPES)[number]

/** The answer to an OAuth2 link: where the person goes. `link_id` is ours; the hosted service sends `url` alone. */
export const startedLink = z.looseObject({ url: z.string(), link_id: z.string().optional() })
export type StartedLink = z.infer<typeof startedLink>

/** The answer to a custom configuration that was tried and stored. */
export const storedIntegration = z.looseObject({
  success: z.literal(true),
  user_identifier: z.string().optional(),
  selected: z.boolean().optional(),
  replaced: z.boolean().optional(),
})
export type StoredIntegration = z.infer<typeof storedIntegration>

export const hasIntegration = z.looseObject({ has_integration: z.boolean() })

/**
 * What select, get and remove say under error contract 1 of an account that is not there; `success: true` of one that is.
 * `new_default` and `revoked_at_provider` are ours.
 */
export const outcome = z.looseObject({
  success: z.boolean(),
  error: z.string().optional(),
  message: z.string().optional(),
})
export type Outcome = z.infer<typeof outcome>

/** The `error` a person's browser brings back to the callback URL. */
export const CALLBACK_ERRORS = [
  'invalid_request',
  'integration_error',
  'cancelled_error',
  'duplicate_user_error',
] as const
export type CallbackError = (typeof CALLBACK_ERRORS)[number]
