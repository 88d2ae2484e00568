import type { Config } from '../config/index.js'
import type { DataFolder } from './data-folder.js'
import type { Listener } from './listener.js'
import type { ServiceHost } from './service-host.js'

/** The service in this process: opened by the first call that needs it, so that starting costs nothing. */
export interface Embedded {
  host(): Promise<ServiceHost>
  /** Where a browser reaches this process; starts the loopback listener. */
  publicUrl(): Promise<string>
  close(): Promise<void>
}

/** What a browser may reach on the loopback listener: the end of a link, and nothing of the API. */
const BROWSER_PATHS = /^\/connectors\/[^/]+\/success-authorize-callback$/

/**
 * The connector service in this process, with its store in the data folder.
 * @param connectorFiles modules with connectors of a person's own
 */
export function createEmbedded(config: Config, folder: DataFolder, connectorFiles: readonly string[] = []): Embedded {
  let host: Promise<ServiceHost> | undefined
  let listener: Promise<Listener> | undefined
  let own: Listener | undefined

  const open = async (): Promise<ServiceHost> => {
    const { openServiceHost } = await import('./service-host.js')
    const { loadOwnConnectors } = await import('./own-connectors.js')
    const ownConnectors = await loadOwnConnectors(connectorFiles)
    return openServiceHost({ config, folder, ownConnectors, publicUrl: () => embedded.publicUrl() })
  }

  const startListener = async (): Promise<Listener> => {
    const [{ listen }, { api }] = await Promise.all([import('./listener.js'), embedded.host()])
    const started = await listen((request) => {
      const { pathname, host: askedFor } = new URL(request.url)
      if (!own || askedFor !== new URL(own.url).host || !BROWSER_PATHS.test(pathname))
        return new Response(null, { status: 404 })
      return api.fetch(request)
    }, config.callbackPort)
    // A browser may come back for ten minutes; that must not keep a finished process alive.
    started.server.unref()
    own = started
    return started
  }

  const embedded: Embedded = {
    host: () => {
      host ??= open()
      return host
    },
    async publicUrl() {
      if (config.publicUrl) return config.publicUrl
      listener ??= startListener().catch((error: unknown) => {
        listener = undefined
        throw error
      })
      return (await listener).url
    },
    async close() {
      await own?.close()
      await (await host?.catch(() => undefined))?.close()
    },
  }
  return embedded
}
