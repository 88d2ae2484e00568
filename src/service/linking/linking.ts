import { isDeepStrictEqual } from 'node:util'
import { startDeadline } from '../../base/deadline.js'
import { randomText } from '../../base/random.js'
import { KeyedFlights } from '../../base/single-flight.js'
import { beginAuthorization } from '../../oauth/index.js'
import { authTypeNotSupported } from '../accounts/configuration.js'
import type { ServerVersion } from '../accounts/trial.js'
import { allowsCallback, callbackRefused, isOwnPage } from '../tenants/callback-origins.js'
import type { Caller } from '../tenants/users.js'
import { acceptCallback, type CallbackResult } from './callback.js'
import { cancelLink } from './cancel.js'
import type { LinkDeps, LinkRequest } from './deps.js'
import { DeviceLinks } from './device.js'
import { type ConnectPageLink, type DeviceLink, type Link, type LinkFailureCode, linkNotFound } from './link.js'
import type { LinkPurpose, NewLink } from './links.js'
import { linkMethods, oauthMethod, parseCallbackUrl } from './methods.js'
import { missingScopes } from './missing-scopes.js'
import type { Visitor } from './page/browser-session.js'
import { UNCONFIRMED } from './page/confirmation.js'
import { parsePrefill } from './prefill.js'

/** How often the store is asked whether a link has ended. Milliseconds. */
const POLL = 250

/** A page link that waits for its person, as the caller who began it gets it. */
export interface PendingPageLink {
  linkId: string
  /** Shown by the agent and on the page, so that the person sees that they belong together. */
  code: string
  /** Milliseconds since the epoch. */
  expiresAt: number
  /** Where browsers reach the service. */
  publicUrl: string
  /** Whether the person can also finish a link by a code on another device. */
  deviceAvailable: boolean
}

/** A link that a person finishes at the third party, on any device, by typing in a code. */
export interface PendingDeviceLink {
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

/** The state of a link, for the user who began it. */
export interface LinkSnapshot {
  linkId: string
  connector: string
  status: 'pending' | 'linked' | 'failed' | 'expired'
  userIdentifier: string | null
  selected: boolean | null
  replaced: boolean | null
  /** As `StoredAccount` has it; not our words. */
  replacedAccount: string | null
  /** What people call the account, where that could not be its name. */
  title: string | null
  /** What the credential may do, as far as the third party says. */
  authScopes: readonly string[] | null
  /** What was asked for and not granted, where the person could leave it out; null where nothing is known to be missing. */
  missingScopes: readonly string[] | null
  /** The server that answered. */
  server: ServerVersion | null
  /** True when nothing can be changed through the account. */
  readOnly: boolean | null
  error: LinkFailureCode | null
  /** The service's own text, never that of a third party. */
  message: string | null
}

/** How long to wait for the end of a link, in milliseconds; the wait ends with the signal, too. */
export interface LinkWait {
  waitMs: number
  signal?: AbortSignal
}

/**
 * Links from beginning to end, as callers and authorization servers see them.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
export class Linking {
  readonly #deps: LinkDeps
  readonly #devices: DeviceLinks
  /** Links that are just being created, by their purpose. */
  readonly #beginning = new KeyedFlights<Link>()

  constructor(deps: LinkDeps) {
    this.#deps = deps
    this.#devices = new DeviceLinks(deps)
  }

  /**
   * Begins a link on our page, or returns the pending one for the same purpose, whichever process began it.
   * @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS
   */
  async begin(caller: Caller, name: string, request: LinkRequest): Promise<PendingPageLink> {
    const { callbackUrl: given, replaceDuplicate, prefill } = request
    const connector = await this.#deps.catalogue.get(name)
    const { endpointsOf, links } = this.#deps
    const methods = linkMethods(connector, endpointsOf(connector), this.#deps)
    if (!methods.oauth2 && !methods.custom) throw methods.problem ?? authTypeNotSupported(connector)
    const callbackUrl = given === undefined ? null : await this.#callbackUrl(caller, name, given, true)
    const publicUrl = await this.#deps.publicUrl()
    const purpose = { kind: 'page' as const, caller, connector: name, callbackUrl, replaceDuplicate }
    const form = prefill && Object.keys(prefill).length > 0 ? parsePrefill(connector, prefill) : undefined
    const link = (await this.#pendingOr(purpose, async () => ({
      ...purpose,
      code: newLinkCode(),
      form,
    }))) as ConnectPageLink
    // What a person typed stays; what an agent filled in earlier does not.
    if (form && link.form?.by !== 'person' && !isDeepStrictEqual(link.form, form)) await links.fillIn(link, form)
    const { id: linkId, code, expiresAt } = link
    return { linkId, code, expiresAt, publicUrl, deviceAvailable: this.#devices.isOffered(connector) }
  }

  /**
   * Begins a link that needs no browser on this machine, or returns the pending one for the same purpose.
   * @throws INVALID_PARAMETERS, AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, LINK_FAILED, UPSTREAM_ERROR, UPSTREAM_TIMEOUT
   * @see https://www.rfc-editor.org/rfc/rfc8628#section-3.1
   */
  async beginDevice(caller: Caller, name: string, request: LinkRequest): Promise<PendingDeviceLink> {
    await this.#devices.assertOffered(name, request)
    const { replaceDuplicate } = request
    const purpose = { kind: 'device' as const, caller, connector: name, callbackUrl: null, replaceDuplicate }
    const begin = async () => ({ ...purpose, ...(await this.#devices.start(name)) })
    const link = (await this.#pendingOr(purpose, begin)) as DeviceLink
    const { user_code = '', verification_uri = '', verification_uri_complete } = link.device?.shown ?? {}
    return {
      linkId: link.id,
      code: user_code,
      url: verification_uri,
      urlComplete: verification_uri_complete,
      expiresAt: link.expiresAt,
    }
  }

  /**
   * Begins a link at the authorization server itself, as published SDKs expect.
   * @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS
   */
  async start(
    caller: Caller,
    name: string,
    { callbackUrl: given, replaceDuplicate }: LinkRequest,
  ): Promise<{ linkId: string; url: string }> {
    const { catalogue, links, endpointsOf, publicUrl, callbackPath } = this.#deps
    const connector = await catalogue.get(name)
    const { provider, oauthClient } = oauthMethod(connector, linkMethods(connector, endpointsOf(connector), this.#deps))
    const callbackUrl = await this.#callbackUrl(caller, name, given ?? '', false)
    const redirect_uri = `${await publicUrl()}${callbackPath(name)}`
    const request = { ...(await beginAuthorization(provider, oauthClient, { redirect_uri })), redirect_uri }
    const { id } = await links.begin({
      ...{ kind: 'direct', caller, connector: name, callbackUrl, replaceDuplicate },
      request,
    })
    return { linkId: id, url: request.url }
  }

  /**
   * Finishes the link with the response of the authorization server, or keeps the response until the person in the
   * browser has said whose account it becomes. Never throws for a bad callback.
   * @param visitor the browser it came with
   */
  finish(name: string, callback: URLSearchParams, visitor: Visitor): Promise<CallbackResult> {
    return acceptCallback(this.#deps, name, { callback, visitor })
  }

  /**
   * The state of a link, as soon as it has ended, at the latest after `waitMs`.
   * @throws NOT_FOUND
   */
  async status(caller: Caller, linkId: string, { waitMs, signal }: LinkWait = { waitMs: 0 }): Promise<LinkSnapshot> {
    const end = startDeadline(waitMs, signal)
    try {
      for (;;) {
        const seen = await this.#own(caller, linkId)
        const until = waitMs > 0 ? end.signal : signal
        const link = (await this.#devices.advance(seen, until)) ? await this.#own(caller, linkId) : seen
        const isOpen = link.state.phase === 'pending' || link.state.phase === 'finishing'
        if (!isOpen || waitMs === 0 || end.signal.aborted) return await this.#standingOf(link)
        await end.pause(POLL)
      }
    } finally {
      end.end()
    }
  }

  /** Cancels a pending link; one that has ended stays as it is. @throws NOT_FOUND */
  async cancel(caller: Caller, linkId: string): Promise<void> {
    await this.#own(caller, linkId)
    await cancelLink(this.#deps.links, linkId, 'The link was cancelled by the agent, so nothing was linked.')
  }

  /** Resolves when no poll of a device link is in progress. */
  settled(): Promise<void> {
    return this.#devices.settled()
  }

  /**
   * The pending link for the purpose, or a new one. Of several concurrent calls in this process one begins it.
   * @param describe returns the new one
   */
  #pendingOr(purpose: LinkPurpose, describe: () => Promise<NewLink>): Promise<Link> {
    const { links } = this.#deps
    const { caller, ...rest } = purpose
    const key = JSON.stringify([caller.clientId, caller.userId, rest])
    return this.#beginning.run(key, async () => (await links.findPending(purpose)) ?? links.begin(await describe()))
  }

  /**
   * @returns null for our own page, which published CLIs name by its address
   * @throws INVALID_PARAMETERS for an invalid callback URL, or one that the caller's client does not allow
   */
  async #callbackUrl(
    { clientId }: Caller,
    connector: string,
    given: string,
    isOptional: boolean,
  ): Promise<string | null> {
    const { store, publicUrl, callbackPath } = this.#deps
    const callbackUrl = parseCallbackUrl(given)
    if (isOwnPage(callbackUrl, `${await publicUrl()}${callbackPath(connector)}`)) return null
    const origins = (await store.clients.find(clientId))?.callbackOrigins ?? []
    if (allowsCallback(origins, callbackUrl)) return callbackUrl
    throw callbackRefused(origins, isOptional)
  }

  async #own(caller: Caller, linkId: string): Promise<Link> {
    const link = await this.#deps.links.find(linkId)
    if (link?.caller.userId !== caller.userId) throw linkNotFound()
    return link
  }

  async #standingOf(link: Link): Promise<LinkSnapshot> {
    const { state, connector, caller } = link
    const known = { linkId: link.id, connector, ...NOTHING_YET }
    switch (state.phase) {
      case 'pending':
        return { ...known, status: 'pending', message: link.unconfirmed ? UNCONFIRMED : null }
      case 'finishing':
        return { ...known, status: 'pending' }
      case 'expired':
        await this.#deps.links.drop(link)
        return { ...known, status: 'expired', message: EXPIRED }
      case 'failed':
        return { ...known, status: 'failed', error: state.error, message: state.message }
      case 'linked': {
        const { userIdentifier, replaced = null, replacedAccount = null } = state
        const { scopes = null, server = null, readOnly = null } = state
        const account = await this.#deps.store.integrations.find(caller.userId, connector, userIdentifier)
        const found = {
          authScopes: scopes,
          missingScopes: await missingScopes(this.#deps, link, account),
          server,
          readOnly,
        }
        const what = replacedAccount === null ? REFRESHED : REPLACED
        const message = `The ${connector} account ${replaced ? what : 'is linked'}.`
        const { selected = null, title = null } = account ?? {}
        const ended = { status: 'linked' as const, userIdentifier, selected, title, replaced, replacedAccount }
        return { ...known, ...ended, ...found, message }
      }
    }
  }
}

const REFRESHED = 'was already linked and now has a new credential'
const REPLACED = 'is linked and replaces the account that had its name before'

const NOTHING_YET = {
  ...{
    userIdentifier: null,
    title: null,
    selected: null,
    replaced: null,
    replacedAccount: null,
    authScopes: null,
    missingScopes: null,
    server: null,
    readOnly: null,
  },
  ...{ error: null, message: null },
}

const EXPIRED = 'The link was not finished in time, so nothing was linked; start another one.'

/** Without letters and digits that are confused when read aloud or copied. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Such as `K7QD-42MX`: 39 random bits, to be compared by a person. */
const newLinkCode = (): string => `${randomText(ALPHABET, 4)}-${randomText(ALPHABET, 4)}`
