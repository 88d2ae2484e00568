import { type Api, createApi } from '../api/index.js'
import { systemClock } from '../base/clock.js'
import { createLogger, type Logger } from '../base/log.js'
import type { Config } from '../config/index.js'
import { createDatabasePort } from '../database/index.js'
import { createEgressPolicy } from '../http/egress.js'
import { createSend } from '../http/send.js'
import type { Connector } from '../kit/define.js'
import { createService, rootKeyId, type Service } from '../service/index.js'
import { openSqliteStore } from '../store/sqlite.js'
import { callbackPath } from '../wire/index.js'
import { placeOf } from './connector-places.js'
import type { DataFolder } from './data-folder.js'

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
}

/** Builds the service: store, keys, ports, connectors, API. */
export async function openServiceHost({
  config,
  folder,
  ownConnectors,
  publicUrl,
}: ServiceHostOptions): Promise<ServiceHost> {
  const log = createLogger(config.logLevel)
  const store = await openSqliteStore(folder.storeFile)
  const databases = createDatabasePort()
  const send = createSend({ egress: createEgressPolicy({ allowPrivate: true }) })
  const service = await createService({
    store,
    keyRing: folder.keys,
    ports: { send, databases },
    clock: systemClock,
    ownConnectors: ownConnectors ?? [],
    placeOf: placeOf(config),
    publicUrl,
    callbackPath,
  })
  const keyId = await rootKeyId(store)
  if (keyId !== undefined) folder.noteKey(keyId)
  return {
    service,
    api: createApi({ service, log }),
    log,
    async close() {
      await databases.closeAll()
      await store.close()
    },
  }
}
