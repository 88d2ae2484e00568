import type { Clock } from '../../base/clock.js'
import type { Connector } from '../../kit/index.js'
import type { Store } from '../../store/store.js'
import type { Accounts } from '../accounts/accounts.js'
import type { Revoker } from '../grants/revoke.js'
import type { Ports } from '../upstream/bind.js'
import type { Catalogue } from '../upstream/catalogue.js'
import type { ConnectorEndpoints } from '../upstream/credentials.js'
import type { Links } from './links.js'
import type { RedirectLimits } from './methods.js'
import type { BrowserProofs } from './page/browser-session.js'

export interface LinkRequest {
  /** Where the browser goes at the end; our own page by default. */
  callbackUrl: string | undefined
  /** Whether an account of the same name gets the new credential; `same`: only where it is the same account. */
  replaceDuplicate: boolean | 'same'
  /** Values for the form, for the person to check, by the names of fields. */
  prefill?: Prefill | undefined
}

export type Prefill = Readonly<Record<string, string | number | boolean | null>>

export interface LinkDeps extends RedirectLimits {
  store: Store
  links: Links
  accounts: Accounts
  catalogue: Catalogue
  /** What browsers hold to prove that they are the same as before, or whose they are. */
  proofs: BrowserProofs
  ports: Ports
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  /** Where browsers reach this service; starts the listener of an embedded one. */
  publicUrl: () => Promise<string>
  /** The path of the callback of a connector. */
  callbackPath: (connector: string) => string
  /** True where the person signs in with the user's secret; false where only this machine reaches the page. */
  requireSignIn: boolean
  revoker: Revoker
  clock: Clock
}
