import { startDeadline } from '../base/deadline.js'
import { randomToken } from '../base/random.js'
import { makeOnce } from '../base/single-flight.js'
import type { Config } from '../config/index.js'
import { packagedConnectors } from '../connectors/index.js'
import type { DataFolder } from '../home/data-folder.js'
import { SharedListener } from '../listener/shared-listener.js'
import type { ConnectorFileFailure, OwnConnectors } from './own-connectors.js'
import type { ServiceHost } from './service-host.js'

/** The paths that a browser may reach on the loopback listener: the page and the end of a link, nothing of the API. */
const BROWSER_PATHS = /^\/connectors\/[^/]+\/success-authorize-callback$|^\/connect\/[^/]+(?:\/[a-z-]+)?$/
/** How long a process that holds the port may take to prove that it uses the same store. Milliseconds. */
const PROOF_TIME = 2000

const MOVING_PORT =
  'Set CONNECTORS_CALLBACK_PORT to a free port, so that the address stays the same, and register that address there.'

interface EmbeddedDeps {
  config: Config
  folder: DataFolder
  /** Modules with the person's own connectors. */
  connectorFiles: readonly string[]
}

/**
 * The connector service in this process, with its store in the data folder. It is opened by the first call that needs it,
 * so that starting costs nothing.
 */
export class Embedded {
  readonly #deps: EmbeddedDeps
  readonly #host = makeOnce(() => this.#open())
  readonly #listener: SharedListener
  #failures: readonly ConnectorFileFailure[] = []

  constructor(deps: EmbeddedDeps) {
    this.#deps = deps
    this.#listener = new SharedListener({
      port: deps.config.callbackPort,
      reachable: BROWSER_PATHS,
      answer: async (request, listensAt) => (await this.host()).api.fetch(request, { listensAt }),
      isOurs: async (url) => isServiceOf(await this.host(), url),
    })
  }

  /** The names of the connectors, in a sentence. The person's own connectors are not known before their files are loaded. */
  get connectors(): string {
    const names = packagedConnectors.map(({ name }) => name).join(', ')
    return this.#deps.connectorFiles.length === 0 ? names : `${names}, and the person's own`
  }

  /** The service and its API; opens them on first use. @throws what `openServiceHost` throws */
  host(): Promise<ServiceHost> {
    return this.#host()
  }

  /** The person's own connector files that could not be used, completely or in part. Opens the service. */
  async connectorFailures(): Promise<readonly ConnectorFileFailure[]> {
    await this.host()
    return this.#failures
  }

  /** Where a browser reaches this process; starts the loopback listener where no address is configured. */
  async publicUrl(): Promise<string> {
    return this.#deps.config.publicUrl ?? this.#listener.url()
  }

  async close(): Promise<void> {
    await this.#listener.close()
    await (await this.#host.existing()?.catch(() => undefined))?.close()
  }

  async #open(): Promise<ServiceHost> {
    const { config, folder, connectorFiles } = this.#deps
    const [{ openServiceHost }, { connectors, failures }] = await Promise.all([
      import('./service-host.js'),
      ownConnectors(config, connectorFiles),
    ])
    this.#failures = failures
    return openServiceHost({
      config,
      folder,
      ownConnectors: connectors,
      publicUrl: () => this.publicUrl(),
      movingPort: config.callbackPort === 0 && !config.publicUrl ? MOVING_PORT : undefined,
      // Only this machine reaches the page, and its code shows that agent and page belong together.
      requireSignIn: false,
    })
  }
}

async function ownConnectors(config: Config, files: readonly string[]): Promise<OwnConnectors> {
  if (files.length === 0) return { connectors: [], failures: [] }
  return (await import('./own-connectors.js')).loadOwnConnectors(config, files)
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
