import { checkAuthorizationResponse, finishAuthorization } from '../../oauth/index.js'
import type { Trial } from '../accounts/trial.js'
import type { LinkDeps } from './deps.js'
import { type Link, linkUnknown } from './link.js'
import { linkMethods, oauthMethod } from './methods.js'

/**
 * Exchanges the code of an authorization response for tokens, and asks the third party whose account they open.
 * @throws what `finishAuthorization` and `Accounts.try` throw; OAUTH_NOT_CONFIGURED
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
 */
export async function tryGrant(deps: LinkDeps, link: Link, callback: URLSearchParams): Promise<Trial> {
  const { accounts, ports, clock } = deps
  const { connector, provider, oauthClient, answer } = await partiesOf(deps, link, callback)
  const tokens = await finishAuthorization(provider, oauthClient, answer, { send: ports.send, clock })
  return accounts.try({
    caller: link.caller,
    connector,
    credential: { kind: 'oauth2', issuer: provider.issuer, tokens },
    scopes: tokens.scopes ?? provider.scopes,
  })
}

/**
 * Checks an authorization response without using it: no request is sent, and its code stays valid.
 * @throws LINK_FAILED for an error, and for a response that does not answer this link's request; OAUTH_NOT_CONFIGURED
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export async function checkGrant(deps: LinkDeps, link: Link, callback: URLSearchParams): Promise<void> {
  const { provider, oauthClient, answer } = await partiesOf(deps, link, callback)
  checkAuthorizationResponse(provider, oauthClient, answer)
}

async function partiesOf(deps: LinkDeps, link: Link, callback: URLSearchParams) {
  const { catalogue, endpointsOf } = deps
  const connector = await catalogue.get(link.connector)
  const { provider, oauthClient } = oauthMethod(connector, linkMethods(connector, endpointsOf(connector), deps))
  if (!link.request) throw linkUnknown()
  return { connector, provider, oauthClient, answer: { callback, ...link.request } }
}
