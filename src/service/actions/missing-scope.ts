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
  const { connector, userIdentifier, authScopes } = row
  if (authScopes.length === 0) return
  const missing = missingScopes(clauses, authScopes)
  if (missing === undefined) return
  const isAskedFor = provider !== undefined && missing.some((scope) => provider.scopes.includes(scope))
  throw new ConnectorsError('FORBIDDEN', `${sentence(row, missing[0], isAskedFor)} Nothing was sent.`, {
    details: {
      reason: 'missing_scope',
      connector,
      user_identifier: userIdentifier,
      upstream: { accepted_scopes: [...missing], granted_scopes: [...authScopes] },
    },
  })
}

/** What is missing and who can do what. @param isAskedFor whether linking by OAuth asks for it */
function sentence({ authType }: IntegrationRow, scope: string, isAskedFor: boolean): string {
  const without = `The account was linked without the scope ${scope}, which this call needs`
  if (authType === 'custom') return `${without}; link it again with a credential that has it.`
  return isAskedFor
    ? `${without}; link it again and agree to that scope.`
    : `${without} and which linking does not ask for; only the operator of the connector service can change that.`
}
