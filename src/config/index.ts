import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { Secret } from '../base/secret.js'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'
import { ConfigError } from './config-error.js'
import {
  type AddressSetting,
  type ConnectorNames,
  type ConnectorSettings,
  connectorSettingNames,
  httpUrl,
  mayBeOfConnector,
  readConnectorSettings,
  settingName,
} from './connectors.js'
import { EMBEDDING_SETTINGS, type EmbeddingSettings, embeddingWithoutUrl, readEmbeddingSettings } from './embedding.js'
import { type ReadingOptions, SettingsReader, type Variables } from './environment.js'
import { Folders } from './folders.js'
import { unknownSettings } from './known-names.js'
import { readSettingsFile } from './settings-file.js'

export { ConfigError } from './config-error.js'
export type { AddressSetting, ConnectorNames, ConnectorSettings, ProviderAddress } from './connectors.js'

export interface KnownConnectors {
  connectors: readonly ConnectorNames[]
  /** False where there may be others, whose settings have names of the same form. */
  isComplete: boolean
}

export interface Config {
  /** Where the embedded service keeps its store and its key file. */
  dataDir: string
  /** The home folder, if the data folder is at its default place in it; otherwise undefined. */
  homeOfDataDir: string | undefined
  /** The key-encryption keys, in place of the key file: its text, or its lines separated by commas. */
  key: Secret | undefined
  /** A command that prints them: an executable and its arguments. */
  keyCommand: readonly string[] | undefined
  /** What an export is encrypted with. */
  passphrase: Secret | undefined
  /** The folder of the configuration file, which may hold secrets. */
  settingsFolder: string
  /** The folders below which an agent may send files of this machine. */
  fileRoots: readonly string[]
  /** A remote service; without one the service is embedded. */
  apiUrl: string | undefined
  apiKey: Secret | undefined
  /** The login of the session, from the environment. */
  identifier: string | undefined
  userSecret: Secret | undefined
  userToken: Secret | undefined
  /** The port of the loopback listener that finishes links in embedded use; 0 is any free one. */
  callbackPort: number
  /** The address at which browsers reach a shared service. */
  publicUrl: string | undefined
  /** Private addresses that a shared service may call: `host`, `host:port` or an origin. */
  allowedHosts: readonly string[]
  /** The proxies that requests go through; undefined for direct connections. Their addresses may hold a password. */
  proxies: Readonly<{ https: Secret | undefined; http: Secret | undefined; except: string | undefined }> | undefined
  /** The endpoint that ranks what a search for actions finds; without one the words decide. */
  embedding: EmbeddingSettings | undefined
  logLevel: string
  /** The variables that tell Node which certificates to trust, for processes that get no other variables. */
  trust: Readonly<Record<string, string>>
  /** The settings of one connector; one of its own counts before that of its family. */
  connector(names: ConnectorNames): ConnectorSettings
  /** The name of a setting of a connector or a family, for sentences that say what to set. */
  settingName(owner: string, setting: AddressSetting | 'CLIENT_ID' | 'CLIENT_SECRET'): string
  /** The path with the home folder in place of a leading `~`: agents pass on paths as they are written. */
  expandedPath(path: string): string
  /** Warnings for the person, about an unexpanded `${VARIABLE}` for example. It grows as settings are read. */
  notices: readonly string[]
  /** Sentences about settings that do not exist or have no effect. */
  unknownSettings(known: KnownConnectors): string[]
}

const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const
const PROXY_SETTINGS = ['environment', 'none'] as const
const port = z.coerce.number('must be a port number').int().min(0).max(65_535)

/** Every setting there is, apart from those of single connectors. */
const NAMES = [
  ...['DATA_DIR', 'KEY', 'KEY_COMMAND', 'PASSPHRASE', 'API_URL', 'API_KEY', 'IDENTIFIER', 'USER_SECRET', 'USER_TOKEN'],
  ...['CALLBACK_PORT', 'PUBLIC_URL', 'ALLOWED_HOSTS', 'PROXY', 'LOG_LEVEL', 'FILE_ROOTS'],
]
  .map((name) => `CONNECTORS_${name}`)
  .concat(EMBEDDING_SETTINGS)

/**
 * Reads the environment and the configuration file (`$XDG_CONFIG_HOME/connectors-mcp/config.json`, the same names as keys;
 * the environment wins), once. This is the only place that does.
 * @throws ConfigError
 */
export function readConfig(environment: Variables = process.env): Config {
  const notices: string[] = []
  const folders = new Folders(environment, notices)
  const settingsFolder = join(folders.xdg('XDG_CONFIG_HOME', '.config'), 'connectors-mcp')
  const file = readSettingsFile(join(settingsFolder, 'config.json'))
  const settings = new SettingsReader(environment, file, notices)
  const value = (name: string, options?: ReadingOptions): string | undefined => settings.text(name, options)
  const secret = (name: string, options?: ReadingOptions): Secret | undefined => {
    const text = value(name, options)
    return text === undefined ? undefined : new Secret(text)
  }
  const checked = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined => {
    const text = value(name)
    if (text === undefined) return undefined
    const parsed = schema.safeParse(text)
    if (parsed.success) return parsed.data
    throw new ConfigError(`${name}: ${parsed.error.issues[0]?.message ?? 'cannot be used'}.`)
  }
  const apiUrl = checked('CONNECTORS_API_URL', httpUrl)
  const publicUrl = checked('CONNECTORS_PUBLIC_URL', httpUrl)
  const proxy = checked('CONNECTORS_PROXY', z.enum(PROXY_SETTINGS, `takes ${PROXY_SETTINGS.join(' or ')}`))
  return Object.freeze({
    ...dataFolder(folders, value('CONNECTORS_DATA_DIR')),
    ...keySettings(settings, folders),
    settingsFolder,
    fileRoots: fileRoots(folders, value(FILE_ROOTS)),
    passphrase: secret('CONNECTORS_PASSPHRASE', VERBATIM),
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
    embedding: readEmbeddingSettings({ secret, checked }),
    logLevel: checked('CONNECTORS_LOG_LEVEL', z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`)) ?? 'warn',
    trust: trustSettings(environment),
    expandedPath: (path: string) => folders.expanded(path),
    settingName,
    connector: (names: ConnectorNames) => readConnectorSettings({ value, secret, checked }, names),
    notices,
    unknownSettings: (known: KnownConnectors) =>
      unknownNames([...Object.keys(environment), ...Object.keys(file)], known),
  })
}

function unknownNames(given: readonly string[], { connectors, isComplete }: KnownConnectors): string[] {
  const checked = isComplete ? given : given.filter((name) => !mayBeOfConnector(name))
  const known = connectorSettingNames(connectors)
  return [
    ...unknownSettings(checked, [...NAMES, ...known]),
    ...secretsWithoutId(given, known),
    ...embeddingWithoutUrl(given),
  ]
}

/** The secret of one OAuth client never goes with the id of another, so alone it is not used. */
function secretsWithoutId(given: readonly string[], known: readonly string[]): string[] {
  return known.flatMap((name) => {
    const id = name.replace(/_SECRET$/, '_ID')
    const isAlone = id !== name && given.includes(name) && !given.includes(id)
    return isAlone ? [`${name} has no effect without ${id}.`] : []
  })
}

const VERBATIM: ReadingOptions = { verbatim: true }

function dataFolder(folders: Folders, given: string | undefined): Pick<Config, 'dataDir' | 'homeOfDataDir'> {
  if (given !== undefined) return { dataDir: folders.absolute('CONNECTORS_DATA_DIR', given), homeOfDataDir: undefined }
  const dataHome = folders.xdg('XDG_DATA_HOME', '.local/share')
  const home = folders.home()
  return { dataDir: join(dataHome, 'connectors-mcp'), homeOfDataDir: dataHome.startsWith(home) ? home : undefined }
}

const FILE_ROOTS = 'CONNECTORS_FILE_ROOTS'

/** Separated as in PATH. */
const fileRoots = (folders: Folders, given = ''): string[] =>
  given.split(delimiter).flatMap((part) => {
    const folder = part.trim()
    return folder === '' ? [] : [folders.absolute(FILE_ROOTS, folder)]
  })

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
function trustSettings(environment: Variables): Record<string, string> {
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
 * Where the keys come from. A setting that is present but empty, or a variable that was not filled in, is an error here: it
 * would count as not set, and a key file would be made for a store whose keys are elsewhere.
 */
function keySettings(settings: SettingsReader, folders: Folders): Pick<Config, 'key' | 'keyCommand'> {
  const names = ['CONNECTORS_KEY', 'CONNECTORS_KEY_COMMAND']
  const given = names.filter((name) => settings.isPresent(name))
  const [key, command] = names.map((name) => settings.text(name, VERBATIM))
  for (const name of given) {
    if (settings.text(name, VERBATIM) === undefined)
      throw new ConfigError(`${name} is set but empty; fill it in or remove it.`)
  }
  if (given.length > 1) throw new ConfigError(`${names.join(' and ')} are both set; keep one of them.`)
  const [executable, ...args] = command?.split(/\s+/) ?? []
  return {
    key: key === undefined ? undefined : new Secret(key),
    keyCommand: executable === undefined ? undefined : [folders.expanded(executable), ...args],
  }
}
