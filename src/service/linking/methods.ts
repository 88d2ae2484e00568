import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import type { Connector, CustomAuth } from '../../kit/index.js'
import type { OAuthClient, OAuthProvider } from '../../oauth/provider.js'
import { authTypeNotSupported } from '../accounts/configuration.js'
import type { ConnectorEndpoints } from '../upstream/credentials.js'

/** The methods by which an account of a connector can currently be linked. */
export interface LinkMethods {
  oauth2: { provider: OAuthProvider; oauthClient: OAuthClient } | undefined
  /** Why the connector's OAuth 2 cannot be used, if it has OAuth 2. */
  problem: ConnectorsError | undefined
  /** True where the reason is that browsers do not reach this service by https. */
  needsHttps?: boolean
  custom: CustomAuth | undefined
}

/** What providers may object to in the address at which browsers reach this service; undefined where they cannot. */
export interface RedirectLimits {
  /** A sentence that says which setting fixes the port, where it is a different one each time. */
  movingPort?: string | undefined
  /** A sentence that says which setting gives the service an address with https, where it has none. */
  plainHttp?: string | undefined
}

/** The methods in a browser that comes back to us. */
export function linkMethods(
  connector: Connector,
  endpoints: ConnectorEndpoints,
  { movingPort, plainHttp }: RedirectLimits,
): LinkMethods {
  const { provider: vendor } = endpoints
  if (vendor?.https_redirect && plainHttp !== undefined) {
    // Said first: to register an OAuth client would not help.
    const { custom } = connector.auth
    return { oauth2: undefined, problem: notConfigured(httpsNeeded(connector, plainHttp)), needsHttps: true, custom }
  }
  const methods = deviceMethods(connector, endpoints)
  if (!methods.oauth2) return methods
  const { provider, oauthClient } = methods.oauth2
  if (provider.device_flow_without_secret && !oauthClient.client_secret) {
    const message = `The OAuth client of ${connector.title} has no secret, so it only works for links by a device code; its operator must set the secret for links in a browser.`
    return { ...methods, oauth2: undefined, problem: notConfigured(message) }
  }
  if (provider.exact_redirect_port && movingPort !== undefined) {
    const message = `${connector.title} accepts one exact redirect address, port included. ${movingPort}`
    return { ...methods, oauth2: undefined, problem: notConfigured(message) }
  }
  return methods
}

/** The methods where no browser comes back to us, so that the port does not matter, nor at some vendors a secret. */
export function deviceMethods(connector: Connector, endpoints: ConnectorEndpoints): LinkMethods {
  const { custom } = connector.auth
  const { provider, oauthClient, howToConfigure } = endpoints
  if (!provider) return { oauth2: undefined, problem: undefined, custom }
  if (!oauthClient) return { oauth2: undefined, problem: notConfigured(howToConfigure), custom }
  return { oauth2: { provider, oauthClient }, problem: undefined, custom }
}

function httpsNeeded({ title, auth }: Connector, plainHttp: string): string {
  const fields = Object.keys(auth.custom?.fields ?? {}).join(', ')
  const instead =
    auth.custom === undefined
      ? ''
      : ` An account can be linked without that, too: on the page of a link, or by a configuration with ${fields}.`
  return `${title} sends a browser back to addresses with https only, and this service has none. ${plainHttp}${instead}`
}

const notConfigured = (message: string) => new ConnectorsError('OAUTH_NOT_CONFIGURED', message)

/** @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED */
export function oauthMethod(
  connector: Connector,
  { oauth2, problem }: LinkMethods,
): NonNullable<LinkMethods['oauth2']> {
  if (oauth2) return oauth2
  throw problem ?? authTypeNotSupported(connector)
}

/** @throws INVALID_PARAMETERS for anything but an absolute http or https URL without credentials */
export function parseCallbackUrl(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw invalidParameters('The callback_url must be an absolute http or https URL without a user name.', [
      { field: 'callback_url', message: 'is not an http or https URL' },
    ])
  }
  return url.href
}
