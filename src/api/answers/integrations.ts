import type { Integration, StoredAccount } from '../../service/index.js'
import type { IntegrationDetail, IntegrationSummary, StoredIntegration } from '../../wire/index.js'

/** The same mask for every credential: it reveals neither length nor ending. */
const MASKED = '********'

export const integrationSummaryOf = (row: Integration): IntegrationSummary => ({
  id: row.id,
  client_id: row.clientId,
  user_id: row.userId,
  connector: row.connector,
  user_identifier: row.userIdentifier,
  title: titleOf(row),
  selected: row.selected,
  auth_status: row.authStatus,
})

export const integrationDetailOf = (row: Integration): IntegrationDetail => ({
  ...integrationSummaryOf(row),
  auth_scopes: row.authScopes,
  auth_string: MASKED,
  created_at: new Date(row.createdAt).toISOString(),
})

const texts = new WeakMap<readonly Integration[], string>()

/** The JSON text of an answer with accounts; made once for a list, which is the same object as long as nothing has changed. */
export function summariesText(rows: readonly Integration[]): string {
  const known = texts.get(rows)
  if (known !== undefined) return known
  const text = JSON.stringify({ data: rows.map(integrationSummaryOf), meta: null })
  texts.set(rows, text)
  return text
}

const titleOf = ({ title, userIdentifier }: Integration): string => title ?? userIdentifier

/** An account that was tried and stored, with what the trial found. */
export const storedIntegrationOf = ({
  row,
  replaced,
  replacedAccount,
  server,
  readOnly,
}: StoredAccount): StoredIntegration => ({
  success: true,
  user_identifier: row.userIdentifier,
  title: titleOf(row),
  selected: row.selected,
  replaced,
  replaced_account: replacedAccount,
  auth_scopes: row.authScopes,
  server: server ?? null,
  read_only: readOnly ?? null,
})
