import type { ListenerAddress } from '../api/index.js'
import type { Logger } from '../base/log.js'
import type { Secret } from '../base/secret.js'
import { makeOnce } from '../base/single-flight.js'
import { withoutTrailingSlashes } from '../base/trailing-slashes.js'
import type { ClientFetch, ConnectorsClient } from '../client/index.js'
import type { Config, ConnectorNames } from '../config/index.js'
import { packagedConnectors } from '../connectors/index.js'
import { type DataFolder, openDataFolder } from '../home/data-folder.js'
import { findLogin, listLogins, saveLogin } from '../home/saved-login.js'
import type { Log } from '../mcp/deps.js'
import { type InitialLogin, Session } from '../mcp/session.js'
import { type StdioServer, serveOverStdio } from '../mcp/stdio/stdio.js'
import { callbackPath, IN_PROCESS } from '../wire/routes.js'
import { Embedded } from './embedded.js'
import { ownCommandElsewhere } from './own-command.js'
import { VERSION } from './version.js'

export { VERSION } from './version.js'

/** What the settings of the connectors of this package are named after. */
export const connectorNames: readonly ConnectorNames[] = packagedConnectors

/** What a saved login names its service when there is no base URL. */
export const EMBEDDED_SERVICE = 'embedded'

/** How this process reaches a connector service: in process, or over the network. */
export interface ServiceConnection {
  client(): Promise<ConnectorsClient>
  /** Where a browser ends after linking an account of this connector. */
  callbackUrl(connector: string): Promise<string>
  /** The service's base URL, or `embedded`. */
  service: string
  /** The data folder: key file, saved login, and the store of an embedded service. */
  folder: DataFolder
  embedded: Embedded | undefined
  close(): Promise<void>
}

/**
 * Connects to the configured service, or brings one along. Checks the keys; opens nothing else until a call needs it.
 * @param connectorFiles modules with connectors of a person's own, for an embedded service
 * @throws MISCONFIGURED, with what to do, for missing or wrong keys
 */
export async function connect(config: Config, connectorFiles: readonly string[] = []): Promise<ServiceConnection> {
  if (config.apiUrl !== undefined) return remote(config, await folderIfPossible(config), config.apiUrl)
  return inProcess(config, await openDataFolder(config), connectorFiles)
}

/**
 * A data folder, or why there is none: an agent with a remote service whose login the environment holds needs nothing of
 * it, and so runs where nothing can be written.
 */
async function folderIfPossible(config: Config): Promise<() => DataFolder> {
  try {
    const folder = await openDataFolder(config)
    return () => folder
  } catch (error) {
    if (!hasOwnIdentity(config)) throw error
    return () => {
      throw error
    }
  }
}

async function remote(config: Config, folder: () => DataFolder, baseUrl: string): Promise<ServiceConnection> {
  const { ConnectorsClient } = await import('../client/client.js')
  const client = new ConnectorsClient({
    baseUrl,
    ...(config.apiKey ? { apiKey: config.apiKey } : {}),
    ...(config.proxies ? { fetch: proxiedFetch(config.proxies) } : {}),
  })
  const base = withoutTrailingSlashes(baseUrl)
  return {
    client: async () => client,
    callbackUrl: async (connector) => base + callbackPath(connector),
    service: base,
    get folder() {
      return folder()
    },
    embedded: undefined,
    close: async () => {},
  }
}

/** Opened by the first request. */
function proxiedFetch(proxies: NonNullable<Config['proxies']>): ClientFetch {
  const opened = makeOnce(async () => (await import('../http/fetch.js')).openFetch(proxies))
  return async (url, init) => (await opened())(url, init)
}

function inProcess(config: Config, folder: DataFolder, connectorFiles: readonly string[]): ServiceConnection {
  const embedded = new Embedded({ config, folder, connectorFiles })
  const client = makeOnce(async (): Promise<ConnectorsClient> => {
    const [{ api, service }, { ConnectorsClient }, { inProcessFetch }] = await Promise.all([
      embedded.host(),
      import('../client/client.js'),
      import('./in-process.js'),
    ])
    const apiKey: Secret = config.apiKey ?? (await service.tenants.defaultApiKey())
    return new ConnectorsClient({ baseUrl: IN_PROCESS, apiKey, fetch: inProcessFetch(api), timeoutMs: 0 })
  })
  return {
    client,
    callbackUrl: async (connector) => (await embedded.publicUrl()) + callbackPath(connector),
    service: EMBEDDED_SERVICE,
    folder,
    embedded,
    close: () => embedded.close(),
  }
}

/** Who the session is before anybody said so: what the environment holds, else what `auth login` saved. */
async function seed(config: Config, connection: ServiceConnection): Promise<InitialLogin> {
  if (hasOwnIdentity(config)) {
    return { identifier: config.identifier, secret: config.userSecret, token: config.userToken }
  }
  const saved = await findLogin(connection.folder, connection.service)
  return saved ? { identifier: saved.identifier, secret: saved.secret } : {}
}

/** Whether the environment says who the session is; what is saved on this machine does not count then. */
const hasOwnIdentity = ({ userToken, identifier, userSecret }: Config): boolean =>
  userToken !== undefined || (identifier !== undefined && userSecret !== undefined)

/**
 * Saves the login of a user whom an agent registered, so that the next conversation finds the user. False where somebody is
 * logged in.
 */
async function saveFirstLogin(
  { folder, service }: ServiceConnection,
  identifier: string,
  secret: Secret,
): Promise<boolean> {
  const stands = listLogins(folder).some(
    (login) => login.service === service && (login.current || login.identifier === identifier),
  )
  if (!stands) await saveLogin(folder, { service, identifier, secret })
  return !stands
}

/** Serves MCP over stdin and stdout, for the agent that started this process. */
export function startStdio(config: Config, connection: ServiceConnection): StdioServer {
  const command = ownCommandElsewhere()
  const saves = connection.embedded !== undefined && !hasOwnIdentity(config)
  return serveOverStdio({
    client: connection.client,
    session: new Session({ seed: () => seed(config, connection), command }),
    command,
    saveLogin: saves ? (identifier, secret) => saveFirstLogin(connection, identifier, secret) : undefined,
    defaultCallbackUrl: connection.callbackUrl,
    version: VERSION,
    embedded: connection.embedded !== undefined,
    connectors: connection.embedded?.connectors,
    readPath: async (path) => (await import('./read-path.js')).readPathFor(config)(path),
    brokenConnectorFiles: async () => (await connection.embedded?.connectorFailures())?.map(({ file }) => file) ?? [],
    log: lazyLog(config),
  })
}

/** pino is loaded with the first line, since most processes never write one. */
function lazyLog(config: Config): Log {
  const logger = makeOnce(async (): Promise<Logger> => {
    const { createLogger } = await import('../base/log.js')
    return createLogger(config.logLevel)
  })
  return (level, fields) => {
    void logger().then((log) => log[level](fields))
  }
}

export interface ServedApi {
  url: string
  close(): Promise<void>
}

/**
 * Serves the wire API on the loopback address, from the data folder's store.
 * @param options `port` 0 takes any free one; `connectorFiles` are modules with connectors of a person's own
 * @throws UNAVAILABLE when the port cannot be used
 */
export async function serveApi(
  config: Config,
  options: { port: number; connectorFiles: readonly string[] },
): Promise<ServedApi> {
  const [{ openServiceHost }, { loadOwnConnectors }, { listen }] = await Promise.all([
    import('./service-host.js'),
    import('./own-connectors.js'),
    import('../listener/listen.js'),
  ])
  const folder = await openDataFolder(config)
  const own = await loadOwnConnectors(config, options.connectorFiles)
  let url = config.publicUrl ?? ''
  const host = await openServiceHost({
    config,
    folder,
    ownConnectors: own.connectors,
    publicUrl: async () => url,
    requireSignIn: true,
  })
  await host.service.tenants.defaultApiKey()
  const place: ListenerAddress = {}
  const listener = await listen((request) => host.api.fetch(request, place), options.port)
  place.listensAt = new URL(listener.url).host
  url ||= listener.url
  return {
    url: listener.url,
    async close() {
      await listener.close()
      await host.close()
    },
  }
}
