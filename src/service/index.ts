import type { Clock } from '../base/clock.js'
import { type CatalogueEntry, catalogue as packaged } from '../connectors/index.js'
import { hashSecret, type KeyRing } from '../crypto/index.js'
import type { Connector } from '../kit/index.js'
import type { Store } from '../store/store.js'
import { type Catalogue, createCatalogue } from './catalogue.js'
import { type ConnectorPlace, createCredentials } from './credentials.js'
import { createIntegrations, type Integrations } from './integrations.js'
import { createLinking, type Linking } from './linking.js'
import type { Ports } from './ports.js'
import { createRefresher } from './refresh.js'
import { createRemoval } from './removal.js'
import { withRepairLink } from './repair.js'
import { createRunAction, type RunAction } from './run-action.js'
import { createSearch, type Search } from './search.js'
import { createSkills, type Skills } from './skills.js'
import { createTenants, type Tenants } from './tenants.js'
import { type Caller, createUsers, type Users } from './users.js'
import { openVault } from './vault.js'

export type { Action, Connector } from '../kit/index.js'
export { binaryParameters, ConnectorFile, type FormField, formInput } from '../kit/index.js'
export type { IntegrationRow as Integration, SkillRow as Skill } from '../store/store.js'
export { type Catalogue, getAction } from './catalogue.js'
export type { ConnectorPlace } from './credentials.js'
export type { Ports } from './ports.js'
export type { Removed } from './removal.js'
export type { Tenant } from './tenants.js'
export type { Caller } from './users.js'

/** What must be left of a link's life for it to be named once more. Milliseconds. */
const TIME_TO_FINISH = 2 * 60_000

/** The connector service. It knows people, accounts and actions; it knows no HTTP. */
export interface Service {
  tenants: Tenants
  users: Users
  integrations: Integrations
  linking: Linking
  remove: ReturnType<typeof createRemoval>
  catalogue: Catalogue
  search: Search
  skills: Skills
  runAction: RunAction
  /** Resolves when nothing is under way that closing the store could lose. */
  settled(): Promise<void>
}

export interface ServiceOptions {
  store: Store
  keyRing: KeyRing
  ports: Ports
  clock: Clock
  /** Connectors of a person's own, besides those of the package. */
  ownConnectors?: readonly Connector[]
  placeOf: (connector: Connector) => ConnectorPlace
  publicUrl: () => Promise<string>
  callbackPath: (connector: string) => string
}

/** @throws INTERNAL when the key file does not belong to the store */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { store, ports, clock, placeOf } = options
  const vault = await openVault(store, options.keyRing)
  const own: CatalogueEntry[] = (options.ownConnectors ?? []).map((connector) => ({
    name: connector.name,
    load: async () => connector,
  }))
  const catalogue = createCatalogue([...packaged, ...own])
  const credentials = createCredentials(vault)
  const integrations = createIntegrations({ store, catalogue, credentials, ports, placeOf, clock })
  const refresher = createRefresher(store, credentials, ports, clock)
  const linking = createLinking({ ...options, vault, catalogue, integrations })
  const callerName = (caller: Caller): string => hashSecret(`${caller.clientId}:${caller.userId}`)
  return {
    tenants: createTenants(store, vault, clock),
    users: createUsers(store, vault, clock),
    integrations,
    linking,
    remove: createRemoval({ store, catalogue, credentials, ports, placeOf, clock }),
    catalogue,
    search: createSearch(catalogue),
    skills: createSkills(store, vault, clock),
    runAction: withRepairLink(createRunAction({ store, catalogue, refresher, ports, placeOf, callerName }), {
      begin: async (caller, connector) => {
        const callbackUrl = `${await options.publicUrl()}${options.callbackPath(connector)}`
        return linking.start(caller, connector, { callbackUrl, replaceDuplicate: true })
      },
      isOpen: async (linkId) => {
        const link = await store.links.find(linkId)
        return link?.status === 'pending' && link.expiresAt - clock() > TIME_TO_FINISH
      },
    }),
    settled: () => refresher.settled(),
  }
}
