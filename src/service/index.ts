import type { Clock } from '../base/clock.js'
import type { Logger } from '../base/log.js'
import { keptSchedule, type Schedule, systemSchedule } from '../base/schedule.js'
import type { Sweeping } from '../base/sweeping.js'
import { type CatalogueEntry, packagedConnectors as packaged } from '../connectors/index.js'
import { type KeyRing, KeySource } from '../crypto/index.js'
import type { Connector } from '../kit/index.js'
import type { Store } from '../store/store.js'
import { Accounts } from './accounts/accounts.js'
import { type RemovedAccount, removeAccount } from './accounts/unlink.js'
import { withReconnectOffer } from './actions/reconnect-link.js'
import { ActionExecutor, type RunAction } from './actions/run-action.js'
import { administrations } from './admin/accounts-removal.js'
import { type RemovedClient, removeClient } from './admin/client-removal.js'
import { Transfer } from './admin/transfer.js'
import { Keeping } from './files/keeping.js'
import { PendingRevocations } from './grants/pending-revocations.js'
import { Refresher } from './grants/refresh.js'
import { Revoker } from './grants/revoke.js'
import { Background } from './jobs/background.js'
import { Linking } from './linking/linking.js'
import { Links } from './linking/links.js'
import type { RedirectLimits } from './linking/methods.js'
import { BrowserProofs } from './linking/page/browser-session.js'
import { LinkPages } from './linking/page/page.js'
import { sweepRemovals } from './tenants/removals.js'
import { Skills } from './tenants/skills.js'
import { Tenants } from './tenants/tenants.js'
import { type Caller, callerName, Users } from './tenants/users.js'
import type { Ports } from './upstream/bind.js'
import { buildIndex } from './upstream/build-index.js'
import { Catalogue } from './upstream/catalogue.js'
import { type ConnectorEndpoints, Credentials } from './upstream/credentials.js'
import type { Embed } from './upstream/embeddings.js'
import { Pacer } from './upstream/pace.js'
import { Search } from './upstream/search.js'
import { SecretHashes } from './vault/secret-hashes.js'
import { ServiceProof } from './vault/service-proof.js'
import { openVault } from './vault/vault.js'

export type { Action, ActionSummary, Connector, ConnectorSummary } from '../kit/index.js'
export type { IntegrationRow as Integration, SkillRow as Skill, UserRow as User } from '../store/store.js'
export type { StoredAccount } from './accounts/accounts.js'
export type { ExistingAccountFacts } from './accounts/existing-account.js'
export type { RemovedAccount } from './accounts/unlink.js'
export type { RemovedClient } from './admin/client-removal.js'
export type { ImportSummary, Transfer } from './admin/transfer.js'
export type { Keeping, KeptThing } from './files/keeping.js'
export type { LinkOutcome, LinkResult } from './linking/link.js'
export type { LinkSnapshot } from './linking/linking.js'
export type { LinkChoice } from './linking/page/access-choice.js'
export { SESSION_LIFETIME, type Visitor } from './linking/page/browser-session.js'
export type { Confirmation } from './linking/page/confirmation.js'
export type { LinkPages } from './linking/page/page.js'
export type { FinishedLinkView, PageForm, PendingLinkView } from './linking/page/views.js'
export type { FormSender } from './linking/page/visits.js'
export type { Tenant } from './tenants/tenants.js'
export type { Caller } from './tenants/users.js'
export type { Ports } from './upstream/bind.js'
export { actionsOfUsers, type Catalogue, getAction } from './upstream/catalogue.js'
export type { ConnectorEndpoints } from './upstream/credentials.js'
export type { ActionMatch } from './upstream/search.js'
export { recordsByKey, rewrapAll, rootKeyId } from './vault/key-rotation.js'
export type { ServiceProof } from './vault/service-proof.js'

/** The connector service. It knows people, accounts and actions, but nothing of HTTP. */
export interface Service {
  tenants: Tenants
  users: Users
  accounts: Accounts
  linking: Linking
  linkPages: LinkPages
  /** Proves to other processes that this one shares their store. */
  proof: ServiceProof
  /** Removes an account and ends its grant. @throws CONNECTOR_NOT_FOUND, INTEGRATION_NOT_FOUND */
  remove(caller: Caller, connector: string, identifier: string): Promise<RemovedAccount>
  /** Removes a client with all its data. @returns undefined when there was no such client */
  removeClient(id: string, signal: AbortSignal): Promise<RemovedClient | undefined>
  /** Revocations that removed accounts still need at third parties; runs by itself once it is started. */
  revocations: PendingRevocations
  catalogue: Catalogue
  search: Search
  skills: Skills
  runAction: RunAction
  /** What actions do in the background. */
  background: Omit<Background, 'jobs'>
  /** Files and results that are kept for users; what has expired is deleted once it is started. */
  keeping: Keeping
  /** Deletes what removed clients left in the store, once it is started. */
  removals: Sweeping
  /** Resolves when nothing is in progress that closing the store could lose. */
  settled(): Promise<void>
  transfer: Transfer
}

export interface ServiceOptions extends RedirectLimits {
  store: Store
  /** The keys, or a source that is read again after a rotation. */
  keyRing: KeyRing | KeySource
  /** False where the store is known not to be sealed in the form of an older release; true by default. */
  mayBeOlder?: boolean
  ports: Ports
  clock: Clock
  /** The process's timers by default. */
  schedule?: Schedule
  /** For events without a caller. */
  log?: Logger
  /** Ranks what a search finds by a model; by default the words decide. */
  embed?: Embed | undefined
  /** A person's own connectors, in addition to those of the package. */
  ownConnectors?: readonly Connector[]
  endpointsOf: (connector: Connector) => ConnectorEndpoints
  publicUrl: () => Promise<string>
  callbackPath: (connector: string) => string
  /** The path of the page that finishes a link. */
  connectPath: (linkId: string) => string
  /** False where only the person whose machine this is reaches the link page; true by default. */
  requireSignIn?: boolean
}

/** @throws MISCONFIGURED when the keys do not belong to the store */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { store, clock, endpointsOf, keyRing, log, schedule = systemSchedule, requireSignIn = true } = options
  const pacer = new Pacer({ leases: store.leases, clock, schedule: options.schedule ?? keptSchedule })
  const ports = { ...options.ports, pacer }
  const keys = keyRing instanceof KeySource ? keyRing : KeySource.fixed(keyRing)
  const vault = await openVault(store, keys, options.mayBeOlder)
  const catalogue = catalogueWith(options.ownConnectors ?? [])
  const credentials = new Credentials({ vault })
  const accounts = new Accounts({ store, catalogue, credentials, ports, endpointsOf, clock })
  const revoker = new Revoker({ ports, endpointsOf, clock })
  const revokeDeps = { store, catalogue, credentials, endpointsOf, revoker, clock, schedule, log }
  const revocations = new PendingRevocations(revokeDeps)
  const refresher = new Refresher({ store, credentials, ports, clock, revocations })
  const tenants = new Tenants({ store, vault, clock })
  const users = new Users({ store, vault, clock })
  const proofs = new BrowserProofs({ vault, clock })
  const links = new Links({ store, vault, clock, schedule, log })
  const linkDeps = { ...options, links, catalogue, accounts, proofs, revoker, requireSignIn }
  const linking = new Linking(linkDeps)
  const background = new Background({ store, vault, catalogue, tenants, post: ports.post, clock, schedule, log })
  const keeping = new Keeping({ store, vault, clock, schedule, log })
  const removals = sweepRemovals({ store, schedule, log })
  const remove = (owner: Pick<Caller, 'userId'>, connector: string, identifier: string): Promise<RemovedAccount> =>
    removeAccount({ store, catalogue, revocations, ports }, owner, connector, identifier)
  const administrationOf = administrations({ store, remove })
  const runDeps = { store, catalogue, refresher, ports, endpointsOf, callerName, vault, administrationOf }
  const executor = new ActionExecutor({ ...runDeps, jobs: background.jobs })
  return {
    tenants,
    users,
    accounts,
    linking,
    linkPages: new LinkPages({ ...linkDeps, users }),
    proof: new ServiceProof({ vault }),
    remove,
    removeClient: (id, signal) =>
      removeClient({ store, catalogue, credentials, tenants, revoker, keeping, removals }, id, signal),
    revocations,
    catalogue,
    search: new Search({ catalogue, embed: options.embed, clock, log }),
    skills: new Skills({ store, vault, clock }),
    runAction: withReconnectOffer(
      (caller, request) => executor.run(caller, request),
      async (caller, connector) => {
        const request = { callbackUrl: undefined, replaceDuplicate: 'same' as const }
        const { publicUrl, ...link } = await linking.begin(caller, connector, request)
        return { ...link, url: publicUrl + options.connectPath(link.linkId) }
      },
    ),
    background,
    keeping,
    removals,
    settled: async () => {
      await Promise.all([refresher.settled(), linking.settled()])
    },
    transfer: new Transfer({ store, credentials, hashes: new SecretHashes(vault), clock }),
  }
}

function catalogueWith(ownConnectors: readonly Connector[]): Catalogue {
  const own: CatalogueEntry[] = ownConnectors.map((connector) => ({
    name: connector.name,
    load: async () => connector,
  }))
  return new Catalogue({ entries: [...packaged, ...own], index: buildIndex })
}
