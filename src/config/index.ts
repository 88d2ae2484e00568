import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { Secret } from '../base/secret.js'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'

/** What an operator may set for one connector: its OAuth client and other addresses than the vendor's. */
export interface ConnectorSettings {
  clientId: string | undefined
  clientSecret: Secret | undefined
  /** Base URL of the API, and the endpoints of the OAuth provider, by the suffix of their setting's name. */
  addresses: Readonly<Partial<Record<AddressSetting, string>>>
}

const ADDRESS_SETTINGS = [
  'API_URL',
  'ISSUER',
  'AUTHORIZATION_URL',
  'TOKEN_URL',
  'DEVICE_URL',
  'REVOCATION_URL',
] as const
export type AddressSetting = (typeof ADDRESS_SETTINGS)[number]

export interface Config {
  /** Where the embedded service keeps its store and its key file. */
  dataDir: string
  /** The key-encryption keys, in the place of the key file: its text, or its lines separated by commas. */
  key: Secret | undefined
  /** A command that prints them: an executable and its arguments. */
  keyCommand: readonly string[] | undefined
  /** What an export is encrypted with. */
  passphrase: Secret | undefined
  /** A remote service; without one the service is embedded. */
  apiUrl: string | undefined
  apiKey: Secret | undefined
  /** Who the session is, as the environment says. */
  identifier: string | undefined
  userSecret: Secret | undefined
  userToken: Secret | undefined
  /** The port of the loopback listener that finishes links in embedded use; 0 is any free one. */
  callbackPort: number
  /** The address that browsers reach a shared service at. */
  publicUrl: string | undefined
  /** Places that a shared service may call although they are private: `host`, `host:port` or an origin. */
  allowedHosts: readonly string[]
  /** The proxies that requests go through; undefined where they leave directly. Their addresses may hold a password. */
  proxies: Readonly<{ https: Secret | undefined; http: Secret | undefined; except: string | undefined }> | undefined
  logLevel: string
  /** The variables by which Node is told whose certificates to trust, for processes that get no others. */
  trust: Readonly<Record<string, string>>
  /** The settings of one connector. */
  connector(name: string): ConnectorSettings
  /** The name of a connector's setting, for sentences that say what to set. */
  settingName(connector: string, setting: AddressSetting | 'CLIENT_ID' | 'CLIENT_SECRET'): string
  /** What a person should know: settings that look like an unexpanded `${VARIABLE}`, say. */
  notices: readonly string[]
}

/** A setting that cannot be used. The message says which one and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
const PROXY_SETTINGS = ['environment', 'none'] as const
const httpUrl = z.url({ protocol: /^https?$/, error: 'takes an http or https URL' })
const port = z.coerce.number('takes a port number').int().min(0).max(65_535)

/**
 * Reads the environment and the config file (`$XDG_CONFIG_HOME/connectors-mcp/config.json`, the same names as keys; the
 * environment wins), once. This is the only place that does.
 * @throws ConfigError
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const file = readConfigFile(environment)
  const notices: string[] = []
  const value = (name: string): string | undefined => {
    const text = environment[name]?.trim() || file[name]?.trim()
    if (!text) return undefined
    if (!/^\$\{.*\}$/.test(text)) return text
    notices.push(`${name} is still "${text}": the agent did not fill in that variable, so it counts as not set.`)
    return undefined
  }
  const secret = (name: string): Secret | undefined => {
    const text = value(name)
    return text === undefined ? undefined : new Secret(text)
  }
  const checked = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined => {
    const text = value(name)
    if (text === undefined) return undefined
    const parsed = schema.safeParse(text)
    if (parsed.success) return parsed.data
    throw new ConfigError(`${name}: ${parsed.error.issues[0]?.message ?? 'cannot be used'}.`)
  }
  const settingName = (connector: string, setting: string): string =>
    `CONNECTORS_${connector.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_${setting}`
  const apiUrl = checked('CONNECTORS_API_URL', httpUrl)
  const publicUrl = checked('CONNECTORS_PUBLIC_URL', httpUrl)
  const proxy = checked('CONNECTORS_PROXY', z.enum(PROXY_SETTINGS, `takes ${PROXY_SETTINGS.join(' or ')}`))
  return Object.freeze({
    dataDir: value('CONNECTORS_DATA_DIR') ?? join(xdg(environment, 'XDG_DATA_HOME', '.local/share'), 'connectors-mcp'),
    ...keySettings(environment, file, value),
    passphrase: secret('CONNECTORS_PASSPHRASE'),
    apiUrl,
    apiKey: secret('CONNECTORS_API_KEY'),
    identifier: value('CONNECTORS_IDENTIFIER'),
    userSecret: secret('CONNECTORS_USER_SECRET'),
    userToken: secret('CONNECTORS_USER_TOKEN'),
    callbackPort: checked('CONNECTORS_CALLBACK_PORT', port) ?? 0,
    publicUrl: publicUrl && withoutTrailingSlashes(publicUrl),
    allowedHosts: (value('CONNECTORS_ALLOWED_HOSTS') ?? '').split(',').flatMap((host) => host.trim() || []),
    // On a shared service the egress policy would no longer see which address a name leads to: its operator decides.
    proxies: (proxy ?? (publicUrl ? 'none' : 'environment')) === 'environment' ? proxySettings(value) : undefined,
    logLevel: checked('CONNECTORS_LOG_LEVEL', z.enum(LOG_LEVELS, `takes one of ${LOG_LEVELS.join(', ')}`)) ?? 'warn',
    trust: trustSettings(environment),
    settingName,
    connector: (name: string) => ({
      clientId: value(settingName(name, 'CLIENT_ID')),
      clientSecret: secret(settingName(name, 'CLIENT_SECRET')),
      addresses: Object.fromEntries(
        ADDRESS_SETTINGS.flatMap((setting) => {
          const url = checked(settingName(name, setting), httpUrl)
          return url === undefined ? [] : [[setting, url]]
        }),
      ),
    }),
    notices,
  })
}

/** The names that programs agree on, in small letters first as with curl. @see https://curl.se/docs/manpage.html#ENVIRONMENT */
function proxySettings(value: (name: string) => string | undefined): Config['proxies'] {
  const either = (name: string): string | undefined => value(name.toLowerCase()) ?? value(name)
  const [https, http] = ['HTTPS_PROXY', 'HTTP_PROXY'].map((name) => {
    const text = either(name)
    return text === undefined ? undefined : new Secret(text)
  })
  return https || http ? { https, http, except: either('NO_PROXY') } : undefined
}

/** @see https://nodejs.org/api/cli.html#environment-variables */
function trustSettings(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR']
  const options = environment.NODE_OPTIONS?.split(/\s+/).filter((option) =>
    /^--use-(?:system|openssl|bundled)-ca$/.test(option),
  )
  return Object.fromEntries([
    ...names.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
    ...(options?.length ? [['NODE_OPTIONS', options.join(' ')]] : []),
  ])
}

/**
 * Where the keys come from. A setting that is there but empty, or a variable that nobody filled in, is an error here: it
 * would count as not set, and a key file would be made for a store whose keys are elsewhere.
 */
function keySettings(
  environment: Readonly<Record<string, string | undefined>>,
  file: Readonly<Record<string, string>>,
  value: (name: string) => string | undefined,
): Pick<Config, 'key' | 'keyCommand'> {
  const names = ['CONNECTORS_KEY', 'CONNECTORS_KEY_COMMAND']
  const given = names.filter((name) => environment[name] !== undefined || file[name] !== undefined)
  const [key, command] = names.map(value)
  for (const name of given) {
    if (value(name) === undefined) throw new ConfigError(`${name} is set, but to nothing; fill it in or remove it.`)
  }
  if (given.length > 1) throw new ConfigError(`${names.join(' and ')} are both set; keep one of them.`)
  return { key: key === undefined ? undefined : new Secret(key), keyCommand: command?.split(/\s+/) }
}

function xdg(environment: Readonly<Record<string, string | undefined>>, name: string, fallback: string): string {
  return environment[name] || join(environment.HOME || homedir(), fallback)
}

function readConfigFile(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const path = join(xdg(environment, 'XDG_CONFIG_HOME', '.config'), 'connectors-mcp', 'config.json')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ConfigError(`The config file ${path} cannot be read; check its permissions.`)
  }
  try {
    return z.record(z.string(), z.string()).parse(JSON.parse(text))
  } catch {
    throw new ConfigError(`The config file ${path} is not a JSON object of texts; mend or remove it.`)
  }
}
