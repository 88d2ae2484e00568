import type { Integration } from '../service/index.js'
import type { IntegrationDetail, IntegrationSummary } from '../wire/index.js'

/** Masked whatever it is: neither its length nor its end tells anything. */
const MASKED = '********'

export const integrationSummary = (row: Integration): IntegrationSummary => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  connector: row.connector,
  user_identifier: row.userIdentifier,
  selected: row.selected,
  auth_status: row.authStatus,
})

export const integrationDetail = (row: Integration): IntegrationDetail => ({
  ...integrationSummary(row),
  auth_scopes: row.authScopes,
  auth_string: MASKED,
  created_at: new Date(row.createdAt).toISOString(),
})
