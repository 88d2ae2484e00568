import type { AddressSetting, Config } from '../config/index.js'
import type { Connector } from '../kit/connector.js'
import type { OAuthProvider } from '../oauth/provider.js'
import type { ConnectorEndpoints } from '../service/index.js'

/** Which part of a provider's data each address setting recache. */
const REPLACES: Record<Exclude<AddressSetting, 'API_URL'>, keyof OAuthProvider> = {
  ISSUER: 'issuer',
  AUTHORIZATION_URL: 'authorization_endpoint',
  TOKEN_URL: 'token_endpoint',
  DEVICE_URL: 'device_authorization_endpoint',
  REVOCATION_URL: 'revocation_endpoint',
}

/** Makes the function that resolves the endpoints of a connector's provider and API, from the vendor's data and the settings. */
export function endpointsOf(config: Config): (connector: Connector) => ConnectorEndpoints {
  const cache = new WeakMap<Connector, ConnectorEndpoints>()
  return (connector) => {
    const known = cache.get(connector)
    if (known) return known
    const endpoints = build(config, connector)
    cache.set(connector, endpoints)
    return endpoints
  }
}

function build(config: Config, connector: Connector): ConnectorEndpoints {
  const { clientId, clientSecret, addresses } = config.connector(connector.name)
  const vendor = connector.auth.oauth2
  const replaced = Object.fromEntries(
    Object.entries(REPLACES).flatMap(([setting, field]) => {
      const url = addresses[setting as AddressSetting]
      return url === undefined ? [] : [[field, url]]
    }),
  )
  return {
    baseUrl: addresses.API_URL ?? connector.baseUrl,
    provider: vendor && { ...vendor, ...replaced },
    oauthClient: clientId === undefined ? undefined : { client_id: clientId, client_secret: clientSecret?.reveal() },
    howToConfigure: howToConfigure(config, connector),
  }
}

function howToConfigure(config: Config, connector: Connector): string {
  const { name, title, auth } = connector
  const [id, secret] = [config.settingName(name, 'CLIENT_ID'), config.settingName(name, 'CLIENT_SECRET')]
  const instead = auth.custom
    ? ` An account can be linked without one, too: on the page of a link (not by a device code), or by a configuration with ${Object.keys(auth.custom.fields).join(', ')}.${auth.custom.help ? ` ${auth.custom.help}` : ''}`
    : ''
  return `No OAuth client of ${title} is configured: the operator registers one at ${auth.oauth2?.registration_page ?? 'the vendor'} and sets ${id} and ${secret}.${instead}`
}
