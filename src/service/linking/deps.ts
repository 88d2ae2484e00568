import type { Clock } from '../../base/clock.js'
import type { Logger } from '../../base/log.js'
import type { Schedule } from '../../base/schedule.js'
import type { Connector } from '../../kit/index.js'
import type { Store } from '../../store/store.js'
import type { Integrations } from '../accounts/accounts.js'
import type { Revoke } from '../grants/revoke.js'
import type { Ports } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorPlace } from '../upstream/credentials.js'
import type { Vault } from '../vault/vault.js'
import type { BrowserProofs } from './browser-session.js'

export interface LinkRequest {
  callbackUrl: unknown
  replaceDuplicate: boolean
}

export interface LinkDeps {
  store: Store
  vault: Vault
  catalogue: Catalogue
  integrations: Integrations
  /** What browsers hold to prove that they are the one from before, or whose they are. */
  proofs: BrowserProofs
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  /** Where browsers reach this service; starts the listener of an embedded one. */
  publicUrl: () => Promise<string>
  /** The path of the callback of a connector. */
  callbackPath: (connector: string) => string
  /** What to set, as a sentence, where the port of that address is another one each time. */
  movingPort?: string | undefined
  /** True where the person proves by the user's secret who they are; false where only this machine reaches the page. */
  requireSignIn: boolean
  revoke: Revoke
  clock: Clock
  schedule: Schedule
  /** For the operator. */
  log?: Logger
}
