import type { Config, ConnectorNames, ConnectorSettings, ProviderAddress } from '../config/index.js'
import type { Connector } from '../kit/connector.js'
import type { OAuthProvider } from '../oauth/provider.js'
import type { ConnectorEndpoints } from '../service/index.js'

/** Which part of a provider's data each address setting replaces. */
const REPLACES = {
  ISSUER: 'issuer',
  AUTHORIZATION_URL: 'authorization_endpoint',
  TOKEN_URL: 'token_endpoint',
  DEVICE_URL: 'device_authorization_endpoint',
  REVOCATION_URL: 'revocation_endpoint',
} as const satisfies Record<ProviderAddress, keyof OAuthProvider>

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

/** What the settings of a connector are named after. The catalogue says the same of a connector that is not loaded. */
export const settingNamesOf = ({ name, auth, hosts = {} }: Connector): ConnectorNames => ({
  name,
  family: auth.oauth2?.family,
  hosts: Object.keys(hosts),
  endpointSettings: Object.keys(auth.oauth2?.endpoint_settings ?? {}),
})

function build(config: Config, connector: Connector): ConnectorEndpoints {
  const settings = config.connector(settingNamesOf(connector))
  const { oauthClient, addresses, hosts } = settings
  const { baseUrl, auth } = connector
  return {
    baseUrl: addresses.API_URL ?? baseUrl,
    hosts: { ...connector.hosts, ...hosts },
    provider: auth.oauth2 && providerOf(auth.oauth2, settings),
    oauthClient: oauthClient && { client_id: oauthClient.id, client_secret: oauthClient.secret?.reveal() },
    howToConfigure: howToConfigure(config, connector),
  }
}

/** The vendor's data with what the operator set in their place. An address of the operator stays as it is written. */
function providerOf(vendor: OAuthProvider, { addresses, endpointSettings }: ConnectorSettings): OAuthProvider {
  const filledIn = { ...vendor.endpoint_settings, ...endpointSettings }
  const endpoints = Object.entries(REPLACES).flatMap(([setting, field]) => {
    const url = addresses[setting as ProviderAddress] ?? withSettings(vendor[field], filledIn)
    return url === undefined ? [] : [[field, url]]
  })
  return { ...vendor, ...Object.fromEntries(endpoints) }
}

/** The address with a value for each `{name}`. */
const withSettings = (address: string | undefined, values: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(values).reduce((text, [name, value]) => text?.replaceAll(`{${name}}`, value), address)

function howToConfigure(config: Config, { name, title, auth }: Connector): string {
  const { family = name, registration_page = 'the vendor', public_clients } = auth.oauth2 ?? {}
  const pairOf = (owner: string): string =>
    ['CLIENT_ID' as const, 'CLIENT_SECRET' as const].map((setting) => config.settingName(owner, setting)).join(' and ')
  const secret = public_clients ? ' (the secret only where the client has one)' : ''
  const alone = family === name ? '' : `, or for this connector alone ${pairOf(name)}`
  const instead = auth.custom
    ? ` An account can be linked without one, too: on the page of a link (not by a device code), or by a configuration with ${Object.keys(auth.custom.fields).join(', ')}.${auth.custom.help ? ` ${auth.custom.help}` : ''}`
    : ''
  return `No OAuth client of ${title} is configured: the operator registers one at ${registration_page} and sets ${pairOf(family)}${secret}${alone}.${instead}`
}
