import { type Api, createApi } from '../api/index.js'
import { systemClock } from '../base/clock.js'
import { createLogger, type Logger } from '../base/log.js'
import type { Config } from '../config/index.js'
import { createDatabasePort } from '../database/index.js'
import type { DataFolder } from '../home/data-folder.js'
import { createEgressPolicy } from '../http/egress.js'
import { embedder } from '../http/embeddings.js'
import { createSend } from '../http/send.js'
import { webhookPoster } from '../http/webhook.js'
import type { Connector } from '../kit/connector.js'
import { createService, rootKeyId, type Service } from '../service/index.js'
import { openSqliteStore } from '../store/sqlite/store.js'
import { callbackPath, connectPath } from '../wire/index.js'
import { endpointsOf } from './connector-settings.js'
import { outboundOf } from './outbound.js'
import { VERSION } from './version.js'

/** A running service, without a port. */
export interface ServiceHost {
  service: Service
  api: Api
  log: Logger
  close(): Promise<void>
}

export interface ServiceHostOptions {
  config: Config
  folder: DataFolder
  ownConnectors?: readonly Connector[]
  /** Where browsers reach the service. */
  publicUrl: () => Promise<string>
  /** What to set, as a sentence, if the port of that address changes with each start. */
  movingPort?: string | undefined
  /** True if people other than the owner of this machine can reach the link page. */
  requireSignIn: boolean
}

const PLAIN_HTTP =
  'Its operator can put it behind a proxy with TLS and set CONNECTORS_PUBLIC_URL to the https address there.'

/** Builds the service: store, keys, ports, connectors, API. */
export async function openServiceHost(options: ServiceHostOptions): Promise<ServiceHost> {
  const { config, folder, ownConnectors = [], ...links } = options
  const log = createLogger(config.logLevel)
  const store = await openSqliteStore(folder.storeFile, { log })
  const outbound = outboundOf(config)
  const databases = createDatabasePort(outbound.databases)
  const send = createSend({ egress: outbound.egress, proxies: config.proxies })
  const embedding = embeddingOf(config)
  const close = async (): Promise<void> => {
    await databases.closeAll()
    await send.close()
    await embedding?.close()
    await store.close()
  }
  try {
    const service = await createService({
      store,
      keyRing: folder.keys,
      mayBeOlder: folder.mayBeOlder(),
      ports: { send, post: webhookPoster(send), databases },
      clock: systemClock,
      log,
      embed: embedding?.embed,
      ownConnectors,
      endpointsOf: endpointsOf(config),
      callbackPath,
      connectPath,
      plainHttp: config.publicUrl?.startsWith('https:') ? undefined : PLAIN_HTTP,
      ...links,
    })
    const keyId = await rootKeyId(store)
    if (keyId !== undefined) folder.noteKey(keyId)
    const works = [service.revocations, service.background, service.keeping, service.removals]
    for (const work of works) work.start()
    return {
      service,
      api: createApi({ service, log, publicUrl: config.publicUrl, version: VERSION }),
      log,
      async close() {
        for (const work of works.toReversed()) await work.stop()
        await service.search.close()
        await service.settled()
        await close()
      },
    }
  } catch (error) {
    // The caller may try again, and each attempt would leave the file open.
    await close()
    throw error
  }
}

/**
 * What ranks the actions that a search finds. Its requests leave by a way of their own, which reaches that endpoint alone: users may
 * not name it, and it may be in a private network all the same.
 */
function embeddingOf({ embedding, proxies }: Config) {
  if (embedding === undefined) return undefined
  const egress = createEgressPolicy({ allowPrivate: false, allowedHosts: [new URL(embedding.url).origin] })
  const send = createSend({ egress, proxies })
  return { embed: embedder(send, embedding), close: () => send.close() }
}
