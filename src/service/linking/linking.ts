import { startDeadline } from '../../base/deadline.js'
import { ConnectorsError } from '../../base/errors.js'
import { uuid } from '../../base/random.js'
import { hashSecret } from '../../crypto/index.js'
import { beginAuthorization } from '../../oauth/index.js'
import type { LinkRow } from '../../store/store.js'
import { authTypeNotSupported } from '../accounts/accounts.js'
import type { FoundServer, LinkedEnd } from '../accounts/trial.js'
import { allowsCallback, callbackRefused, isOwnPage } from '../tenants/callback-origins.js'
import type { Caller } from '../tenants/users.js'
import type { Visitor } from './browser-session.js'
import { type FinishedLink, finishLink } from './callback.js'
import { UNCONFIRMED } from './confirmation.js'
import type { LinkDeps, LinkRequest } from './deps.js'
import { createDeviceLinks, type DeviceLinks } from './device.js'
import {
  type CallbackError,
  endInterrupted,
  FAILURE_SENTENCES,
  LINK_KEPT,
  LINK_LIFETIME,
  type LinkPhase,
  type LinkSecrets,
  linkNotFound,
  newLinkCode,
  openLink,
  phaseOf,
  recordFailed,
  sealLink,
} from './link.js'
import { linkWays, oauthWay, parseCallbackUrl } from './methods.js'
import { dropUndecided } from './undecided.js'

/** The callback URL of a link that ends on the page of that link. */
const OWN_PAGE = ''
/** How often the store is asked whether a link has ended. Milliseconds. */
const POLL = 250

/** A link that a person finishes on our page. */
export interface BegunLink {
  linkId: string
  /** Shown by the agent and on the page, so that the person sees that they belong together. */
  code: string
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** Where browsers reach the service. */
  publicUrl: string
  /** Whether the person may finish it by a code on another device instead. */
  deviceAvailable: boolean
}

/** A link that a person finishes at the third party, on any device, by typing in a code. */
export interface BegunDeviceLink {
  linkId: string
  /** What the person types in at `url`. */
  code: string
  /** A page of the third party. */
  url: string
  /** The same page with the code filled in. */
  urlComplete: string | undefined
  /** Milliseconds since the epoch. */
  expiresAt: number
}

/** How a link stands. */
export interface LinkState {
  linkId: string
  connector: string
  status: LinkPhase
  userIdentifier: string | null
  selected: boolean | null
  replaced: boolean | null
  /** What the credential may do, as far as the third party says. */
  authScopes: readonly string[] | null
  /** What answered. */
  server: FoundServer | null
  /** True when nothing can be changed through the account. */
  readOnly: boolean | null
  error: CallbackError | null
  /** A sentence of ours. */
  message: string | null
}

/** How long to wait for the end of a link, in milliseconds, unless the caller goes away first. */
export interface LinkWait {
  waitMs: number
  signal?: AbortSignal
}

export interface Linking {
  /** Begins a link on our page. @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS */
  begin(caller: Caller, connector: string, request: LinkRequest): Promise<BegunLink>
  /**
   * Begins a link that needs no browser on this machine.
   * @throws INVALID_PARAMETERS, AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, LINK_FAILED, UPSTREAM_ERROR, UPSTREAM_TIMEOUT
   * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
   */
  beginDevice(caller: Caller, connector: string, request: LinkRequest): Promise<BegunDeviceLink>
  /**
   * Begins a link at the authorization server itself, as published SDKs expect.
   * @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS
   */
  start(caller: Caller, connector: string, request: LinkRequest): Promise<{ linkId: string; url: string }>
  /**
   * Ends the flow with what the authorization server sent back, or keeps that until the person in the browser has said
   * whose account it becomes. Never throws for a bad callback.
   * @param visitor the browser it came with
   */
  finish(connector: string, callback: URLSearchParams, visitor: Visitor): Promise<FinishedLink>
  /**
   * How a link stands, as soon as it has ended, at the latest after `waitMs`.
   * @throws NOT_FOUND
   */
  status(caller: Caller, linkId: string, wait?: LinkWait): Promise<LinkState>
  /** Cancels a pending link; one that has ended stays as it is. @throws NOT_FOUND */
  cancel(caller: Caller, linkId: string): Promise<void>
  /** Resolves when no poll of a device link is under way. */
  settled(): Promise<void>
}

export const createLinking = (deps: LinkDeps): Linking => new StoredLinks(deps)

/**
 * Links from beginning to end, as callers and authorization servers see them.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
class StoredLinks implements Linking {
  readonly #deps: LinkDeps
  readonly #devices: DeviceLinks

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#devices = createDeviceLinks(deps)
  }

  async begin(caller: Caller, name: string, request: LinkRequest): Promise<BegunLink> {
    const connector = await this.#deps.catalogue.get(name)
    const ways = linkWays(connector, this.#deps.placeOf(connector), this.#deps.movingPort)
    if (!ways.oauth2 && !ways.custom) throw ways.problem ?? authTypeNotSupported(connector)
    const { callbackUrl: given } = request
    const callbackUrl = given === undefined ? OWN_PAGE : await this.#callbackUrl(caller, name, given, true)
    const publicUrl = await this.#deps.publicUrl()
    const code = newLinkCode()
    const { id, expiresAt } = await this.#insert({ connector: name, ...request, callbackUrl }, { caller, code })
    return { linkId: id, code, expiresAt, publicUrl, deviceAvailable: this.#devices.isOffered(connector) }
  }

  async beginDevice(caller: Caller, name: string, request: LinkRequest): Promise<BegunDeviceLink> {
    const { shown, secrets, expiresAt: until } = await this.#devices.start(name, request)
    const link = { connector: name, ...request, callbackUrl: '', until }
    const { id, expiresAt } = await this.#insert(link, { caller, device: secrets })
    const { user_code: code, verification_uri: url, verification_uri_complete: urlComplete } = shown
    return { linkId: id, code, url, urlComplete, expiresAt }
  }

  async start(
    caller: Caller,
    name: string,
    { callbackUrl, replaceDuplicate }: LinkRequest,
  ): Promise<{ linkId: string; url: string }> {
    const { catalogue, placeOf, publicUrl, callbackPath, movingPort } = this.#deps
    const connector = await catalogue.get(name)
    const { provider, oauthClient } = oauthWay(connector, linkWays(connector, placeOf(connector), movingPort))
    const target = await this.#callbackUrl(caller, name, callbackUrl, false)
    const redirect_uri = `${await publicUrl()}${callbackPath(name)}`
    const begun = await beginAuthorization(provider, oauthClient, { redirect_uri })
    const link = { connector: name, callbackUrl: target, replaceDuplicate, state: begun.state }
    const { id } = await this.#insert(link, { caller, request: { ...begun, redirect_uri } })
    return { linkId: id, url: begun.url }
  }

  /**
   * @returns the URL as it is kept: our own page, which published CLIs name by its address, is `OWN_PAGE`
   * @throws INVALID_PARAMETERS for what is no callback URL, or none that the caller's client allows
   */
  async #callbackUrl(
    { clientId }: Caller,
    connector: string,
    given: string | undefined,
    optional: boolean,
  ): Promise<string> {
    const { store, publicUrl, callbackPath } = this.#deps
    const callbackUrl = parseCallbackUrl(given)
    if (isOwnPage(callbackUrl, `${await publicUrl()}${callbackPath(connector)}`)) return OWN_PAGE
    const origins = (await store.clients.find(clientId))?.callbackOrigins ?? []
    if (allowsCallback(origins, callbackUrl)) return callbackUrl
    throw callbackRefused(origins, optional)
  }

  async #insert(
    link: { connector: string; callbackUrl: string; replaceDuplicate: boolean; state?: string; until?: number },
    secrets: LinkSecrets,
  ): Promise<LinkRow> {
    const { store, vault, clock } = this.#deps
    const { clientId, userId } = secrets.caller
    const bound = {
      id: uuid(),
      clientId,
      userId,
      connector: link.connector,
      stateHash: link.state === undefined ? null : hashSecret(link.state),
      callbackUrl: link.callbackUrl,
      replaceDuplicate: link.replaceDuplicate,
    }
    const row: LinkRow = {
      ...bound,
      sealed: await sealLink(vault, bound, secrets),
      status: 'pending',
      userIdentifier: null,
      error: null,
      createdAt: clock(),
      expiresAt: Math.min(clock() + LINK_LIFETIME, link.until ?? Number.POSITIVE_INFINITY),
    }
    await store.links.deleteExpired(clock() - LINK_KEPT)
    await store.links.insert(row)
    return row
  }

  finish(name: string, callback: URLSearchParams, visitor: Visitor): Promise<FinishedLink> {
    return finishLink(this.#deps, name, callback, visitor)
  }

  async status(caller: Caller, linkId: string, { waitMs, signal }: LinkWait = { waitMs: 0 }): Promise<LinkState> {
    const end = startDeadline(waitMs, signal)
    try {
      for (;;) {
        const seen = await this.#own(caller, linkId)
        const until = waitMs > 0 ? end.signal : signal
        const link = (await this.#devices.advance(seen, until)) ? await this.#own(caller, linkId) : seen
        const status = phaseOf(link, this.#deps.clock())
        if (status !== 'pending' || waitMs === 0 || end.signal.aborted) return await this.#stateOf(link, status)
        await end.pause(POLL)
      }
    } finally {
      end.end()
    }
  }

  async cancel(caller: Caller, linkId: string): Promise<void> {
    await this.#own(caller, linkId)
    await cancelLink(this.#deps, linkId, 'The link was cancelled by the agent, so nothing was linked.')
  }

  settled = (): Promise<void> => this.#devices.settled()

  async #own(caller: Caller, linkId: string): Promise<LinkRow> {
    const link = await this.#deps.store.links.find(linkId)
    if (!link || link.userId !== caller.userId) throw linkNotFound()
    return endInterrupted(this.#deps, link, this.#deps.clock())
  }

  async #stateOf(link: LinkRow, status: LinkPhase): Promise<LinkState> {
    const state = { linkId: link.id, connector: link.connector, status }
    const found = { authScopes: null, server: null, readOnly: null }
    const open = { userIdentifier: null, selected: null, replaced: null, ...found, error: null, message: null }
    if (status === 'pending') return { ...state, ...open, message: await this.#waitsFor(link) }
    if (status === 'expired') {
      await dropUndecided(this.#deps, link)
      return { ...state, ...open, message: EXPIRED }
    }
    const { end } = await openLink(this.#deps.vault, link)
    if (status === 'failed') {
      // The store holds nothing else there.
      const error = link.error as CallbackError
      return { ...state, ...open, error, message: end && 'message' in end ? end.message : FAILURE_SENTENCES[error] }
    }
    const { userIdentifier } = link
    const account = await this.#deps.store.integrations.find(link.userId, link.connector, userIdentifier ?? '')
    const linked: Partial<LinkedEnd> = end && 'replaced' in end ? end : {}
    const { replaced = null, scopes = null, server = null, readOnly = null } = linked
    const message = `The ${link.connector} account ${replaced ? 'was linked already and has its new credential' : 'is linked'}.`
    const told = { userIdentifier, selected: account?.selected ?? null, replaced, authScopes: scopes, server, readOnly }
    return { ...state, ...open, ...told, message }
  }

  /** Null where nothing more is known than that the person has not finished. */
  async #waitsFor(link: LinkRow): Promise<string | null> {
    if (link.status !== 'pending') return null
    const { unconfirmed } = await openLink(this.#deps.vault, link)
    return unconfirmed ? UNCONFIRMED : null
  }
}

const EXPIRED = 'Nobody finished the link in time, so nothing was linked; start another one.'

/** Ends a pending link. False when it had ended, or a browser is just ending it. */
export async function cancelLink(deps: LinkDeps, linkId: string, sentence: string): Promise<boolean> {
  const link = await deps.store.links.claim(linkId, deps.clock())
  if (!link) return false
  const secrets = await openLink(deps.vault, link)
  await recordFailed(deps, link, secrets, 'cancelled_error', new ConnectorsError('LINK_FAILED', sentence))
  return true
}
