import { ConnectorsError } from '../../base/errors.js'
import { missingScopes, type ScopeClause } from '../../kit/index.js'
import type { IntegrationRow } from '../../store/store.js'
import type { ConnectorEndpoints } from '../upstream/credentials.js'

/**
 * Refuses a call whose account has not been granted a scope that it needs, before anything is sent. An account of which no
 * scopes are known is not refused: some credentials have none, such as GitHub's fine-grained tokens.
 * @param clauses those that count for the input
 * @throws FORBIDDEN with the scopes of which one is needed, and those granted, in `details.upstream`
 */
export function checkScopes(
  clauses: readonly ScopeClause[],
  row: IntegrationRow,
  { provider }: Pick<ConnectorEndpoints, 'provider'>,
): void {
  const { connector, userIdentifier, authScopes, authType } = row
  if (authScopes.length === 0) return
  const missing = missingScopes(clauses, authScopes)
  if (missing === undefined) return
  const isAskedFor =
    authType === 'custom' || (provider !== undefined && missing.some((scope) => provider.scopes.includes(scope)))
  const message = isAskedFor
    ? `The account was linked without the scope ${missing[0]}, which this call needs; ${remedy(row)}. Nothing was sent.`
    : `This call needs the scope ${missing[0]}, which linking an account does not ask for; only the operator of the connector service can change that. Nothing was sent.`
  throw new ConnectorsError('FORBIDDEN', message, {
    details: {
      // Linking again helps in the first case only.
      reason: isAskedFor ? 'missing_scope' : 'scope_not_asked_for',
      connector,
      user_identifier: userIdentifier,
      upstream: { accepted_scopes: [...missing], granted_scopes: [...authScopes] },
    },
  })
}

const remedy = ({ authType }: IntegrationRow): string =>
  authType === 'custom' ? 'link it again with a credential that has it' : 'link it again and agree to that scope'

/**
 * Names the scope that a refusal may be about: one that the action needs for other data only, so that it was not checked
 * before. Where the vendor says itself what is missing, its words stand.
 */
export function withLikelyScope(error: unknown, clauses: readonly ScopeClause[], row: IntegrationRow): unknown {
  if (!(error instanceof ConnectorsError) || error.code !== 'FORBIDDEN' || row.authScopes.length === 0) return error
  const { message, details } = error
  if (details?.upstream === undefined || details.reason !== undefined) return error
  for (const { for: purpose, ...clause } of clauses) {
    const missing = purpose === undefined ? undefined : missingScopes([clause], row.authScopes)
    if (missing === undefined) continue
    const hint = `The account lacks the scope ${missing[0]}, which is for ${purpose}; if this call was about that, ${remedy(row)}.`
    return new ConnectorsError('FORBIDDEN', `${message} ${hint}`, { details, cause: error })
  }
  return error
}
