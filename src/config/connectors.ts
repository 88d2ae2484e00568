import { z } from 'zod'
import type { Secret } from '../base/secret.js'
import type { ReadingOptions } from './environment.js'

/** What the settings of a connector are named after. */
export interface ConnectorNames {
  /** The connector's name. */
  name: string
  /** The family of its OAuth provider: a client and endpoints set for that are used by all its connectors. */
  family?: string | undefined
  /** Its further hosts. */
  hosts?: readonly string[] | undefined
  /** What is put into the addresses of its provider: `tenant`. */
  endpointSettings?: readonly string[] | undefined
}

/** What an operator may set for one connector: its OAuth client, and addresses other than the vendor's. */
export interface ConnectorSettings {
  /** Id and secret from the same place: those of the connector itself, otherwise those of its family. */
  oauthClient: { id: string; secret: Secret | undefined } | undefined
  /** Base URL of the API, and the endpoints of the OAuth provider, by the suffix of their setting's name. */
  addresses: Readonly<Partial<Record<AddressSetting, string>>>
  /** Addresses of further hosts, by their names. */
  hosts: Readonly<Record<string, string>>
  /** What is put into the addresses of the provider, by name. */
  endpointSettings: Readonly<Record<string, string>>
}

/** Where the OAuth provider is: may be set for a connector or for its family. */
const PROVIDER_ADDRESSES = ['ISSUER', 'AUTHORIZATION_URL', 'TOKEN_URL', 'DEVICE_URL', 'REVOCATION_URL'] as const
const CLIENT = ['CLIENT_ID', 'CLIENT_SECRET'] as const

export type ProviderAddress = (typeof PROVIDER_ADDRESSES)[number]
export type AddressSetting = 'API_URL' | ProviderAddress

/** Reads single settings. */
export interface Reading {
  value(name: string, options?: ReadingOptions): string | undefined
  secret(name: string, options?: ReadingOptions): Secret | undefined
  /** @throws ConfigError for a text that does not fit the schema */
  checked<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined
}

export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' })
/** It becomes part of the path of a URL. */
const pathSegment = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/, 'takes letters, digits, dots, hyphens and underscores')

/** The name of a setting of a connector or a family. */
export const settingName = (owner: string, setting: string): string =>
  `CONNECTORS_${owner.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${setting.toUpperCase()}`

/** A connector and its family, in the order in which their settings count. */
const ownersOf = ({ name, family = name }: ConnectorNames): string[] => [...new Set([name, family])]

const hostSetting = (host: string): string => `${host}_URL`

/**
 * The settings of one connector. One of its own counts before that of its family.
 * @throws ConfigError
 */
export function readConnectorSettings(reading: Reading, names: ConnectorNames): ConnectorSettings {
  const owners = ownersOf(names)
  const first = <Schema extends z.ZodType>(setting: string, schema: Schema): z.output<Schema> | undefined =>
    owners.map((owner) => reading.checked(settingName(owner, setting), schema)).find((found) => found !== undefined)
  const ownUrl = (setting: string): string | undefined => reading.checked(settingName(names.name, setting), httpUrl)
  return {
    oauthClient: oauthClientOf(reading, owners),
    addresses: {
      ...present(['API_URL'], ownUrl),
      ...present(PROVIDER_ADDRESSES, (setting) => first(setting, httpUrl)),
    },
    hosts: present(names.hosts ?? [], (host) => ownUrl(hostSetting(host))),
    endpointSettings: present(names.endpointSettings ?? [], (name) => first(name, pathSegment)),
  }
}

/** Never the id of one owner with the secret of another. */
function oauthClientOf({ value, secret }: Reading, owners: readonly string[]): ConnectorSettings['oauthClient'] {
  for (const owner of owners) {
    const id = value(settingName(owner, 'CLIENT_ID'))
    if (id !== undefined) return { id, secret: secret(settingName(owner, 'CLIENT_SECRET'), { verbatim: true }) }
  }
  return undefined
}

/** What is set, by name. */
const present = (names: readonly string[], read: (name: string) => string | undefined): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const text = read(name)
      return text === undefined ? [] : [[name, text]]
    }),
  )

/** The names of every setting of these connectors and their families. */
export function connectorSettingNames(connectors: readonly ConnectorNames[]): string[] {
  const names = connectors.flatMap((connector) => [
    ...ownersOf(connector).flatMap((owner) =>
      [...CLIENT, ...PROVIDER_ADDRESSES, ...(connector.endpointSettings ?? [])].map((setting) =>
        settingName(owner, setting),
      ),
    ),
    ...['API_URL', ...(connector.hosts ?? []).map(hostSetting)].map((setting) => settingName(connector.name, setting)),
  ])
  return [...new Set(names)]
}

/** Whether a name has the form of a setting that some connector could have. */
export const mayBeOfConnector = (name: string): boolean =>
  name.endsWith('_URL') || [...CLIENT, 'ISSUER'].some((setting) => name.endsWith(`_${setting}`))
