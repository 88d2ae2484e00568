import { readFileSync } from 'node:fs'
import { KeyRing } from '../../../src/crypto/index.js'
import { createEgressPolicy } from '../../../src/http/egress.js'
import { createSend } from '../../../src/http/send.js'
import type { Send } from '../../../src/kit/index.js'
import type { OAuthClient, OAuthProvider } from '../../../src/oauth/provider.js'
import type { Caller, Service } from '../../../src/service/index.js'
import type { Store } from '../../../src/store/store.js'
import { userinfoConnector } from '../notes.js'
import { newService } from '../service.js'

/** What a process of its own must know to run the service of a test; written as JSON into a file. */
export interface ChildSetting {
  /** The store's file. */
  file: string
  /** The text of the key file. */
  keys: string
  provider: OAuthProvider
  oauthClient: OAuthClient
  /** Where the connector's API is. */
  origin: string
  caller: Caller
  /** Milliseconds by which the process's clock is ahead. */
  ahead: number
}

export const readSetting = (path: string): ChildSetting => JSON.parse(readFileSync(path, 'utf8')) as ChildSetting

export const realSend = (): Send => createSend({ egress: createEgressPolicy({ allowPrivate: true }) })

/** The service on that store, through that way out. */
export const serviceOf = (setting: ChildSetting, store: Store, send: Send): Promise<Service> =>
  newService({
    store,
    keyRing: KeyRing.parse(setting.keys),
    connector: userinfoConnector(setting.provider, setting.origin),
    oauthClient: setting.oauthClient,
    clock: () => Date.now() + setting.ahead,
    send,
  })
