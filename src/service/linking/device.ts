import { BoundedMap } from '../../base/bounded-map.js'
import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError, invalidParameters } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { KeyedFlights } from '../../base/single-flight.js'
import type { Connector } from '../../kit/index.js'
import { pollDevice, startDevice, type TokenSet } from '../../oauth/index.js'
import type { OAuthClient, OAuthProvider } from '../../oauth/provider.js'
import type { OAuthCredential } from '../upstream/credentials.js'
import type { LinkDeps, LinkRequest } from './deps.js'
import { finishLink } from './finish.js'
import { type DeviceLink, type DeviceSecrets, type Link, linkFailureCodeOf, toReason } from './link.js'
import type { NewLink } from './links.js'
import { deviceMethods, oauthMethod } from './methods.js'

/** How long a poll may take before another process may ask: 15 s for the answer, and time to store. Milliseconds. */
const POLL_TIME = 20_000
/** How long a caller that asks about a link waits for a poll in progress; clients allow a request 10 s. Milliseconds. */
const PATIENCE = 5_000
/** How soon a process checks again on a poll by another process. Milliseconds. */
const LOOK_AGAIN = 1_000
/** The longest interval after failures. Seconds. */
const LONGEST_INTERVAL = 60
/** The most links whose next poll is remembered. */
const KEPT = 500

interface Parties {
  provider: OAuthProvider
  oauthClient: OAuthClient
}

/** A pending device link, with its polling data. */
type PendingDevice = DeviceLink & { device: DeviceSecrets }

/**
 * Links that a person finishes at the third party by a code, on any device. Nothing polls in the background: a caller that
 * waits for a link polls, under a lease that lasts as long as the interval, so that any process can finish what another
 * began, and no two of them ask within one interval.
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
export class DeviceLinks {
  readonly #deps: LinkDeps
  readonly #polls = new KeyedFlights<void>()
  /** Until when there is nothing to do for a link. Milliseconds since the epoch. */
  readonly #quietUntil = new BoundedMap<string, number>(KEPT)

  constructor(deps: LinkDeps) {
    this.#deps = deps
  }

  /** Whether an account of this connector can be linked by a code, here and now. */
  isOffered(connector: Connector): boolean {
    if (this.#deps.requireSignIn) return false
    const { oauth2 } = this.#methods(connector)
    return oauth2?.provider.device_authorization_endpoint !== undefined
  }

  /** @throws INVALID_PARAMETERS where accounts are not linked by a code, AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED */
  async assertOffered(name: string, { callbackUrl, prefill }: LinkRequest): Promise<void> {
    const connector = await this.#deps.catalogue.get(name)
    if (this.#deps.requireSignIn) throw refusal(SHARED)
    if (callbackUrl !== undefined) throw refusal(NO_BROWSER)
    if (prefill !== undefined) throw refusal(NO_FORM)
    const { provider } = oauthMethod(connector, this.#methods(connector))
    if (provider.device_authorization_endpoint === undefined) throw refusal(notOffered(connector))
  }

  /**
   * Gets a code from the third party.
   * @throws OAUTH_NOT_CONFIGURED, LINK_FAILED, UPSTREAM_ERROR, UPSTREAM_TIMEOUT
   */
  async start(name: string): Promise<Required<Pick<NewLink, 'device' | 'expiresBy'>>> {
    const { catalogue, ports, clock, store } = this.#deps
    const connector = await catalogue.get(name)
    const { provider, oauthClient } = oauthMethod(connector, this.#methods(connector))
    await store.leases.deleteExpired(clock())
    const begun = await startDevice(provider, oauthClient, {}, { send: ports.send, clock }).catch((error: unknown) => {
      throw explained(error, connector, provider)
    })
    const { device_code, interval, expires_at: expiresBy, ...shown } = begun
    const device = { device_code, interval, issuer: provider.issuer, client_id: oauthClient.client_id, shown }
    return { device, expiresBy }
  }

  /**
   * Asks the third party for the state of such a link, when it is time to, and ends the link with the answer. Resolves when
   * that is done, or when it takes too long or the signal aborts: then it continues in the background.
   * @returns whether anything was tried, so that the link may have changed
   */
  async advance(link: Link, signal?: AbortSignal): Promise<boolean> {
    if (!isPendingDevice(link) || this.#deps.clock() < (this.#quietUntil.get(link.id) ?? 0)) return false
    const poll = this.#polls.run(link.id, () => this.#pollIfDue(link.id))
    const patience = startDeadline(PATIENCE, signal)
    await Promise.race([poll, patience.passed()]).finally(() => patience.end())
    return true
  }

  /** Resolves when no poll is in progress: closing the store before that could lose a grant. */
  async settled(): Promise<void> {
    await this.#polls.settled()
  }

  async #pollIfDue(id: string): Promise<void> {
    const { store, clock } = this.#deps
    const seen = await this.#pending(id)
    if (!seen) return this.#rest(id, Number.POSITIVE_INFINITY)
    const first = seen.createdAt + seen.device.interval * 1000
    if (clock() < first) return this.#rest(id, first)
    if (!(await this.#parties(seen))) return this.#rest(id, clock() + LOOK_AGAIN)
    const lease = `device:${id}`
    // The lease belongs to this one poll, not to the process: the same process must wait, too.
    const holder = uuid()
    const now = clock()
    if (!(await store.leases.acquire(lease, holder, now + POLL_TIME + seen.device.interval * 1000, now)))
      return this.#rest(id, now + LOOK_AGAIN)
    // Another process may have ended the link or slowed down its polls before we got the lease.
    const current = await this.#pending(id)
    const wait = current && (await this.#poll(current))
    if (wait === undefined) {
      this.#rest(id, Number.POSITIVE_INFINITY)
      return store.leases.release(lease, holder)
    }
    const next = clock() + wait * 1000
    this.#rest(id, next)
    await store.leases.acquire(lease, holder, next, clock())
  }

  /** @returns seconds until the next poll, undefined when the link has ended */
  async #poll(link: PendingDevice): Promise<number | undefined> {
    const { ports, clock } = this.#deps
    const { device } = link
    const parties = await this.#parties(link)
    if (!parties) return device.interval
    const { provider, oauthClient } = parties
    const asked = { ...device, expires_at: link.expiresAt }
    try {
      const answer = await pollDevice(provider, oauthClient, asked, { send: ports.send, clock })
      if (answer.status === 'granted') return await this.#granted(link, answer.tokens, provider)
      return await this.#keepInterval(link, answer.interval)
    } catch (error) {
      if (!(error instanceof ConnectorsError)) throw error
      if (!mayPass(error)) return this.#failed(link, error, provider)
      const interval = Math.min(device.interval * 2, Math.max(device.interval, LONGEST_INTERVAL))
      await this.#keepInterval(link, interval)
      return Math.max(interval, error.retryAfterSeconds ?? 0)
    }
  }

  /** A longer interval applies to every later poll, in any process. */
  async #keepInterval(link: PendingDevice, interval: number): Promise<number> {
    if (interval !== link.device.interval) await this.#deps.links.setDevice(link, { ...link.device, interval })
    return interval
  }

  async #granted(link: PendingDevice, tokens: TokenSet, provider: OAuthProvider): Promise<undefined> {
    const { links, catalogue, accounts, revoker } = this.#deps
    const connector = await catalogue.get(link.connector)
    const credential: OAuthCredential = { kind: 'oauth2', issuer: provider.issuer, tokens }
    const claimed = await links.claim(link)
    if (claimed) {
      const scopes = tokens.scopes ?? provider.scopes
      await finishLink(this.#deps, claimed, accounts.try({ caller: link.caller, connector, credential, scopes }))
      return
    }
    // Cancelled or expired while the answer was on its way, so the grant is not wanted. A vendor's own call might also end
    // what the person granted before.
    if (!connector.revoke && !provider.revokes_all_grants) await revoker.revoke(connector, credential)
  }

  async #failed(link: PendingDevice, error: ConnectorsError, provider: OAuthProvider): Promise<undefined> {
    const { links, catalogue } = this.#deps
    const claimed = await links.claim(link)
    if (!claimed) return
    const connector = await catalogue.get(link.connector)
    await links.fail(claimed, explained(error, connector, provider), linkFailureCodeOf(error))
  }

  async #pending(id: string): Promise<PendingDevice | undefined> {
    const link = await this.#deps.links.find(id)
    return link && isPendingDevice(link) ? link : undefined
  }

  /** Undefined where this process is set up for another server or OAuth client than the one that issued the code. */
  async #parties({ connector, device }: PendingDevice): Promise<Parties | undefined> {
    const { oauth2 } = this.#methods(await this.#deps.catalogue.get(connector))
    const { issuer, client_id } = device
    return oauth2?.provider.issuer === issuer && oauth2.oauthClient.client_id === client_id ? oauth2 : undefined
  }

  #methods(connector: Connector) {
    return deviceMethods(connector, this.#deps.endpointsOf(connector))
  }

  #rest(id: string, until: number): void {
    this.#quietUntil.set(id, until)
  }
}

const isPendingDevice = (link: Link): link is PendingDevice =>
  link.kind === 'device' && link.state.phase === 'pending' && link.device !== undefined

/**
 * True for a failure after which polling goes on, more slowly.
 * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.5
 */
const mayPass = (error: ConnectorsError): boolean =>
  error.retryable || error.code === 'UPSTREAM_ERROR' || error.code === 'UPSTREAM_TIMEOUT'

const CLIENT_NOT_ALLOWED = ['unauthorized_client', 'unsupported_grant_type']

/** Refusals for which the general sentence would not say enough. */
function explained(error: unknown, { title }: Connector, provider: OAuthProvider): ConnectorsError {
  const reason = toReason(error)
  const options = { ...(reason.details ? { details: reason.details } : {}), cause: reason }
  const code = String(reason.details?.oauth_error)
  if (code === 'access_denied') {
    return new ConnectorsError(
      'LINK_FAILED',
      `The person did not allow it at ${title}, so nothing was linked.`,
      options,
    )
  }
  if (!CLIENT_NOT_ALLOWED.includes(code)) return reason
  return new ConnectorsError(
    'OAUTH_NOT_CONFIGURED',
    `${title} does not let the OAuth client that is configured here link by a device code: its operator must turn on the device flow for that client at ${provider.registration_page}.`,
    options,
  )
}

const refusal = (message: string): ConnectorsError =>
  invalidParameters(message, [{ field: 'device', message: 'is not possible here' }])

const SHARED =
  'The page of this service opens on any device and verifies who the person is, which a device code cannot: begin the link without device.'

const NO_BROWSER =
  'A link by a device code does not end in a browser here, so callback_url and device cannot be combined: leave one of them out.'

const NO_FORM =
  'A link by a device code has no form here, so prefill and device cannot be combined: leave one of them out.'

const notOffered = ({ title }: Connector): string =>
  `Accounts of ${title} cannot be linked by a device code: begin the link without device.`
