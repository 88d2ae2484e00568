import type { Clock } from '../base/clock.js'
import { ConnectorsError, invalidParameters } from '../base/errors.js'
import { uuid } from '../base/random.js'
import { hashSecret } from '../crypto/index.js'
import type { Connector } from '../kit/index.js'
import { beginAuthorization, finishAuthorization } from '../oauth/index.js'
import type { LinkRow, Store } from '../store/store.js'
import type { Catalogue } from './catalogue.js'
import type { ConnectorPlace, Credential } from './credentials.js'
import { authTypeNotSupported, type Integrations } from './integrations.js'
import type { Ports } from './ports.js'
import type { Caller } from './users.js'
import type { Vault } from './vault.js'

/** How long a person has to come back from the authorization server. Milliseconds. */
const LINK_LIFETIME = 10 * 60_000

/** What the callback URL is told. @see the section "Integrations" of the HTTP contract */
export type LinkOutcome =
  | { status: 'success'; connector: string; userIdentifier: string }
  | { status: 'error'; error: 'invalid_request' | 'integration_error' | 'cancelled_error' | 'duplicate_user_error' }

export interface FinishedLink {
  outcome: LinkOutcome
  /** Undefined when the callback belongs to no link we know, so there is nowhere to send the browser. */
  callbackUrl: string | undefined
  /** Why it failed, for the log and the page; its text is ours. */
  reason: ConnectorsError | undefined
}

export interface LinkRequest {
  callbackUrl: unknown
  replaceDuplicate: boolean
}

export interface Linking {
  /** @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED, INVALID_PARAMETERS */
  start(caller: Caller, connector: string, request: LinkRequest): Promise<{ linkId: string; url: string }>
  /** Ends the flow with what the authorization server sent back. Never throws for a bad callback. */
  finish(connector: string, callback: URLSearchParams): Promise<FinishedLink>
  /** How a link stands. @throws NOT_FOUND */
  status(caller: Caller, linkId: string): Promise<LinkRow>
}

/** What only the link's owner may know, sealed in the store. */
interface LinkSecrets {
  code_verifier: string
  state: string
  redirect_uri: string
  caller: Caller
}

interface Deps {
  store: Store
  vault: Vault
  catalogue: Catalogue
  integrations: Integrations
  ports: Ports
  placeOf: (connector: Connector) => ConnectorPlace
  /** Where browsers reach this service; starts the listener of an embedded one. */
  publicUrl: () => Promise<string>
  /** The path of the callback of a connector. */
  callbackPath: (connector: string) => string
  clock: Clock
}

const context = (linkId: string): string[] => ['link', linkId]

export const createLinking = (deps: Deps): Linking => new CodeFlow(deps)

/**
 * The authorization code flow from link to integration.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
class CodeFlow implements Linking {
  readonly #deps: Deps

  constructor(deps: Deps) {
    this.#deps = deps
  }

  async start(
    caller: Caller,
    name: string,
    { callbackUrl, replaceDuplicate }: LinkRequest,
  ): Promise<{ linkId: string; url: string }> {
    const { store, vault, catalogue, placeOf, publicUrl, callbackPath, clock } = this.#deps
    const connector = await catalogue.get(name)
    const { provider, oauthClient } = configured(connector, placeOf(connector))
    const target = parseCallbackUrl(callbackUrl)
    const redirectUri = `${await publicUrl()}${callbackPath(name)}`
    const begun = await beginAuthorization(provider, oauthClient, { redirect_uri: redirectUri })
    const id = uuid()
    const { state, code_verifier } = begun
    const secrets: LinkSecrets = { code_verifier, state, redirect_uri: redirectUri, caller }
    await store.links.deleteExpired(clock())
    await store.links.insert({
      id,
      clientId: caller.clientId,
      userId: caller.userId,
      connector: name,
      stateHash: hashSecret(state),
      callbackUrl: target,
      replaceDuplicate,
      sealed: await vault.seal(caller.clientId, context(id), JSON.stringify(secrets)),
      status: 'pending',
      userIdentifier: null,
      error: null,
      createdAt: clock(),
      expiresAt: clock() + LINK_LIFETIME,
    })
    return { linkId: id, url: begun.url }
  }

  async finish(name: string, callback: URLSearchParams): Promise<FinishedLink> {
    const { store, clock } = this.#deps
    const state = callback.get('state')
    const link = state ? await store.links.take(hashSecret(state), clock()) : undefined
    if (!link || link.connector !== name) {
      // The answer of one provider at the callback of another is a mix-up, and the end of the link.
      if (link) await store.links.finish(link.id, { error: 'invalid_request' })
      return { outcome: failure('invalid_request'), callbackUrl: undefined, reason: linkUnknown() }
    }
    try {
      const { row } = await this.#storeGrant(link, callback)
      await store.links.finish(link.id, { userIdentifier: row.userIdentifier })
      const outcome: LinkOutcome = { status: 'success', connector: name, userIdentifier: row.userIdentifier }
      return { outcome, callbackUrl: link.callbackUrl, reason: undefined }
    } catch (error) {
      const outcome = failure(callbackError(error))
      await store.links.finish(link.id, { error: outcome.error })
      return { outcome, callbackUrl: link.callbackUrl, reason: toReason(error) }
    }
  }

  async status(caller: Caller, linkId: string): Promise<LinkRow> {
    const link = await this.#deps.store.links.find(linkId)
    if (!link || link.userId !== caller.userId) {
      throw new ConnectorsError('NOT_FOUND', 'There is no link of that id, or it has expired; start another one.')
    }
    return link
  }

  async #storeGrant(link: LinkRow, callback: URLSearchParams) {
    const { vault, catalogue, integrations, ports, placeOf, clock } = this.#deps
    const connector = await catalogue.get(link.connector)
    const { provider, oauthClient } = configured(connector, placeOf(connector))
    const opened = await vault.open(link.clientId, context(link.id), link.sealed)
    const { caller, ...request } = JSON.parse(opened) as LinkSecrets
    const tokens = await finishAuthorization(
      provider,
      oauthClient,
      { callback, ...request },
      { send: ports.send, clock },
    )
    const credential: Credential = { kind: 'oauth2', issuer: provider.issuer, tokens }
    return integrations.store(caller, connector, credential, tokens.scopes ?? provider.scopes, link.replaceDuplicate)
  }
}

const toReason = (error: unknown): ConnectorsError =>
  error instanceof ConnectorsError
    ? error
    : new ConnectorsError('INTERNAL', 'The link could not be finished; try again.', { cause: error })

type CallbackError = Extract<LinkOutcome, { status: 'error' }>['error']

const failure = (error: CallbackError): Extract<LinkOutcome, { status: 'error' }> => ({ status: 'error', error })

function callbackError(error: unknown): CallbackError {
  if (!(error instanceof ConnectorsError)) return 'integration_error'
  if (error.code === 'INTEGRATION_EXISTS') return 'duplicate_user_error'
  return error.details?.oauth_error === 'access_denied' ? 'cancelled_error' : 'integration_error'
}

const linkUnknown = (): ConnectorsError =>
  new ConnectorsError('LINK_EXPIRED', 'This link is not known, was used already or has expired; start a new one.')

/** @throws AUTH_TYPE_NOT_SUPPORTED, OAUTH_NOT_CONFIGURED */
function configured(connector: Connector, place: ConnectorPlace) {
  if (!place.provider) throw authTypeNotSupported(connector)
  if (!place.oauthClient) throw new ConnectorsError('OAUTH_NOT_CONFIGURED', place.howToConfigure)
  return { provider: place.provider, oauthClient: place.oauthClient }
}

/** @throws INVALID_PARAMETERS unless it is an absolute http or https URL without credentials */
function parseCallbackUrl(given: unknown): string {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw invalidParameters('The callback_url must be an absolute http or https URL without a user name.', [
      { field: 'callback_url', message: 'is not an http or https URL' },
    ])
  }
  return url.href
}
