import { z } from 'zod'

/** An account of a user at a connector, as lists show it. */
export const integrationSummary = z.looseObject({
  id: z.string(),
  client_id: z.string(),
  user_id: z.string(),
  connector: z.string(),
  user_identifier: z.string(),
  /** What people call it, in any script; its name where that says the same. An addition of this service. */
  title: z.string().optional(),
  selected: z.boolean(),
  auth_status: z.string().nullable().optional(),
})
export type IntegrationSummary = z.infer<typeof integrationSummary>

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

/**
 * The answer to an OAuth2 link: where the person goes. `link_id` is an addition of this service; the hosted service sends
 * `url` alone.
 */
export const startedLink = z.looseObject({ url: z.string(), link_id: z.string().optional() })
export type StartedLink = z.infer<typeof startedLink>

/** What the trial of an account found. Additions of this service, absent or null where nothing is known. */
const found = {
  /** What people call the account; its name where that says the same. */
  title: z.string().nullish(),
  /**
   * What was linked under its name before, in the words of its owner and the third party: another account, or the same one as
   * read-only. Null where there was nothing, or the same account has a new credential.
   */
  replaced_account: z.string().nullish(),
  /** What the credential may do. */
  auth_scopes: z.array(z.string()).nullish(),
  /** The server that answered: `{name: "PostgreSQL", version: "17.5"}`. */
  server: z.object({ name: z.string(), version: z.string() }).nullish(),
  /** True when nothing can be changed through the account. */
  read_only: z.boolean().nullish(),
}

/** The answer to a custom configuration that was tried and stored. */
export const storedIntegration = z.looseObject({
  success: z.literal(true),
  user_identifier: z.string().optional(),
  selected: z.boolean().optional(),
  replaced: z.boolean().optional(),
  ...found,
})
export type StoredIntegration = z.infer<typeof storedIntegration>

export const hasIntegration = z.looseObject({ has_integration: z.boolean() })

/**
 * What select, get and remove answer under error contract 1 for an account that does not exist; `success: true` for one that
 * does.
 */
export const outcome = z.looseObject({
  success: z.boolean(),
  error: z.string().optional(),
  message: z.string().optional(),
})
export type Outcome = z.infer<typeof outcome>

/** What unlinking answers. Both of its own fields are additions of this service. */
export const removedIntegration = z.looseObject({
  ...outcome.shape,
  /** The account that became the default; null where there is none, absent where the service does not say. */
  new_default: z.string().nullish(),
  /** Whether the third party ended the grant: `yes`, `no`, `unsupported`; absent where the service does not say. */
  revoked_at_provider: z.string().nullish(),
})
export type RemovedIntegration = z.infer<typeof removedIntegration>

/** The values of `error` with which a person's browser returns to the callback URL. */
export const CALLBACK_ERRORS = [
  'invalid_request',
  'integration_error',
  'cancelled_error',
  'duplicate_user_error',
] as const
export type CallbackError = (typeof CALLBACK_ERRORS)[number]

/** A pending link: the page a person opens, and the code that the page and the agent both show. */
export const begunLink = z.looseObject({
  link_id: z.string(),
  url: z.string(),
  code: z.string(),
  expires_at: z.string(),
  status: z.literal('pending'),
  connector: z.string(),
  /** True: `url` is a page of the third party that opens on any device, and `code` is what the person types in there. */
  device: z.boolean().optional(),
  /** That page with the code filled in. */
  url_complete: z.string().optional(),
  /** True: the link could also be begun with `device`. */
  device_available: z.boolean().optional(),
})
export type BegunLink = z.infer<typeof begunLink>

export const LINK_STATUSES = ['pending', 'linked', 'failed', 'expired'] as const

/** The state of a link, or how it ended. `message` is the service's own sentence. */
export const linkState = z.looseObject({
  link_id: z.string(),
  connector: z.string(),
  status: z.enum(LINK_STATUSES),
  user_identifier: z.string().nullable(),
  selected: z.boolean().nullable(),
  replaced: z.boolean().nullable(),
  ...found,
  /** What was asked for and not granted, where the person could leave it out. An addition of this service. */
  missing_scopes: z.array(z.string()).nullish(),
  error: z.enum(CALLBACK_ERRORS).nullable(),
  message: z.string().nullable(),
})
export type LinkState = z.infer<typeof linkState>

/** The longest a service waits for a link to end before it answers. Seconds. */
export const LONGEST_LINK_WAIT = 25
