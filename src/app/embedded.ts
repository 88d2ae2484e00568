import { startDeadline } from '../base/deadline.js'
import { randomToken } from '../base/random.js'
import { makeOnce } from '../base/single-flight.js'
import type { Config } from '../config/index.js'
import type { DataFolder } from '../home/data-folder.js'
import { SharedListener } from '../listener/shared-listener.js'
import type { ServiceHost } from './service-host.js'

/** The service in this process: opened by the first call that needs it, so that starting costs nothing. */
export interface Embedded {
  host(): Promise<ServiceHost>
  /** Where a browser reaches this process; starts the loopback listener. */
  publicUrl(): Promise<string>
  close(): Promise<void>
}

/** What a browser may reach on the loopback listener: the page and the end of a link, and nothing of the API. */
const BROWSER_PATHS = /^\/connectors\/[^/]+\/success-authorize-callback$|^\/connect\/[^/]+(?:\/[a-z-]+)?$/
/** How long a process that holds the port may take to say that it is one of ours. Milliseconds. */
const PROOF_TIME = 2000

const MOVING_PORT =
  'Set CONNECTORS_CALLBACK_PORT to a free port, so that the address stays the same, and register that address there.'

/**
 * The connector service in this process, with its store in the data folder.
 * @param connectorFiles modules with connectors of a person's own
 */
export function createEmbedded(config: Config, folder: DataFolder, connectorFiles: readonly string[] = []): Embedded {
  const host = makeOnce(async (): Promise<ServiceHost> => {
    const { openServiceHost } = await import('./service-host.js')
    const { loadOwnConnectors } = await import('./own-connectors.js')
    return openServiceHost({
      config,
      folder,
      ownConnectors: await loadOwnConnectors(connectorFiles),
      publicUrl: () => embedded.publicUrl(),
      movingPort: config.callbackPort === 0 && !config.publicUrl ? MOVING_PORT : undefined,
      // Only this machine reaches the page, and its code shows that agent and page belong together.
      requireSignIn: false,
    })
  })

  const listener = new SharedListener({
    port: config.callbackPort,
    reachable: BROWSER_PATHS,
    answer: async (request, listensAt) => (await embedded.host()).api.fetch(request, { listensAt }),
    isOurs: async (url) => isServiceOf(await embedded.host(), url),
  })

  const embedded: Embedded = {
    host,
    publicUrl: async () => config.publicUrl ?? listener.url(),
    async close() {
      await listener.close()
      await (await host.existing()?.catch(() => undefined))?.close()
    },
  }
  return embedded
}

/** Whether a process on the same store listens there: no other program can answer the challenge, not even by passing it on. */
async function isServiceOf({ service }: ServiceHost, url: string): Promise<boolean> {
  const { pooledFetch } = await import('../http/fetch.js')
  const challenge = randomToken()
  const deadline = startDeadline(PROOF_TIME)
  try {
    const send = await pooledFetch()
    const response = await send(`${url}/connect/service.json?challenge=${challenge}`, {
      redirect: 'error',
      signal: deadline.signal,
    })
    const answer = (await response.json()) as { data?: { service?: unknown; proof?: unknown } }
    const { service: name, proof } = answer.data ?? {}
    return (
      name === 'connectors-mcp' &&
      typeof proof === 'string' &&
      service.proof.isProof(challenge, new URL(url).host, proof)
    )
  } catch {
    return false
  } finally {
    deadline.end()
  }
}
