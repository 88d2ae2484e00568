import { checkAuthorizationResponse, finishAuthorization } from '../../oauth/index.js'
import type { LinkRow } from '../../store/store.js'
import type { StoredAccount } from '../accounts/accounts.js'
import type { Credential } from '../upstream/credentials.js'
import type { LinkDeps } from './deps.js'
import { type LinkSecrets, linkedEnding, linkUnknown } from './link.js'
import { linkWays, oauthWay } from './methods.js'

/**
 * Exchanges the code of an authorization response for tokens, and stores the account together with the link's end.
 * @throws what `finishAuthorization` and `Integrations.store` throw; OAUTH_NOT_CONFIGURED
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 */
export async function storeGrant(
  deps: LinkDeps,
  link: LinkRow,
  secrets: LinkSecrets,
  callback: URLSearchParams,
): Promise<StoredAccount> {
  const { integrations, ports, vault, clock } = deps
  const { connector, provider, oauthClient, answer } = await partiesOf(deps, link, secrets, callback)
  const tokens = await finishAuthorization(provider, oauthClient, answer, { send: ports.send, clock })
  const credential: Credential = { kind: 'oauth2', issuer: provider.issuer, tokens }
  const scopes = tokens.scopes ?? provider.scopes
  const ending = linkedEnding(vault, link, secrets)
  return integrations.store(secrets.caller, connector, credential, scopes, link.replaceDuplicate, { ending })
}

/**
 * Looks at an authorization response without acting on it: no request is sent, and its code stays good.
 * @throws LINK_FAILED for an error, and for what is no answer to this link's request; OAUTH_NOT_CONFIGURED
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export async function checkGrant(
  deps: LinkDeps,
  link: LinkRow,
  secrets: LinkSecrets,
  callback: URLSearchParams,
): Promise<void> {
  const { provider, oauthClient, answer } = await partiesOf(deps, link, secrets, callback)
  checkAuthorizationResponse(provider, oauthClient, answer)
}

async function partiesOf(
  { catalogue, placeOf, movingPort }: LinkDeps,
  link: LinkRow,
  { request }: LinkSecrets,
  callback: URLSearchParams,
) {
  const connector = await catalogue.get(link.connector)
  const { provider, oauthClient } = oauthWay(connector, linkWays(connector, placeOf(connector), movingPort))
  if (!request) throw linkUnknown()
  return { connector, provider, oauthClient, answer: { callback, ...request } }
}
