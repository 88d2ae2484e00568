import type { IntegrationRow } from '../../store/store.js'
import type { LinkDeps } from './deps.js'
import type { Link } from './link.js'

/**
 * What was asked for and not granted, where the provider lets people leave out single scopes. Elsewhere a difference means
 * nothing: providers also answer with other names, or leave out what others contain.
 * @param account what was linked
 * @returns null where nothing is known to be missing
 */
export async function missingScopes(
  { catalogue, endpointsOf }: Pick<LinkDeps, 'catalogue' | 'endpointsOf'>,
  { connector, state }: Link,
  account: Pick<IntegrationRow, 'authType'> | undefined,
): Promise<string[] | null> {
  const granted = state.phase === 'linked' ? state.scopes : undefined
  if (granted === undefined || account?.authType !== 'oauth2') return null
  const { provider } = endpointsOf(await catalogue.get(connector))
  const missing = provider?.optional_scopes ? provider.scopes.filter((scope) => !granted.includes(scope)) : []
  return missing.length > 0 ? missing : null
}
