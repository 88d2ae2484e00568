import { ConnectorsError } from '../base/errors.js'
import { hashSecret, parseUserSecret, sameHash } from '../crypto/index.js'
import { type ConfigurationField, type Connector, configurationFields, configurationOf } from '../kit/index.js'
import { beginAuthorization } from '../oauth/index.js'
import type { LinkRow } from '../store/store.js'
import { type BrowserProofs, createBrowserProofs, type Visitor } from './browser-proof.js'
import {
  type CallbackError,
  callbackError,
  FAILURE_SENTENCES,
  type LinkOutcome,
  type LinkPhase,
  type LinkSecrets,
  linkUnknown,
  openLink,
  phaseOf,
  recordFailed,
  recordLinked,
  sealLink,
  toReason,
} from './link-record.js'
import { type LinkWays, linkWays, oauthWay } from './link-ways.js'
import { cancelLink, type LinkDeps } from './linking.js'
import type { Users } from './users.js'

/** What the page of a pending link shows. */
export interface PendingLink {
  phase: 'pending'
  id: string
  connector: Pick<Connector, 'name' | 'title' | 'description'>
  /** Whose account it becomes, and who began the link. */
  owner: { identifier: string; client: string }
  code: string
  /** Milliseconds since the epoch. */
  begunAt: number
  expiresAt: number
  now: number
  /** `other`: somebody else is signed in in this browser. */
  proof: 'given' | 'needed' | 'other'
  oauth2: { scopes: readonly string[] } | undefined
  /** True where the connector has OAuth 2, but nobody set it up here. */
  oauthMissing: boolean
  custom: { fields: ConfigurationField[]; help: string | undefined } | undefined
  /** What a form must send back. */
  formToken: string
}

/** What the page of a link shows that is over. */
export interface EndedLink {
  phase: Exclude<LinkPhase, 'pending'> | 'ending'
  connector: Pick<Connector, 'name' | 'title'>
  /** Only for the browser that ended it: the account's name, what happened, what a third party said. */
  account: string | undefined
  replaced: boolean
  selected: boolean
  message: string | undefined
  upstream: unknown
}

export interface LinkEnd {
  outcome: LinkOutcome
  /** Undefined for our own page. */
  callbackUrl: string | undefined
}

/**
 * What a person does on the page of a link. Whatever changes something takes the form's token, and throws FORBIDDEN for
 * a wrong one, LINK_EXPIRED for a link that is over or unknown, INVALID_CREDENTIALS for a person who is not the link's.
 */
export interface LinkPages {
  proofs: BrowserProofs
  /** Where browsers reach the service. */
  address(): Promise<URL>
  /** Undefined for a link that is not known or is not finished on our page. */
  view(linkId: string, visitor: Visitor): Promise<PendingLink | EndedLink | undefined>
  /** @returns the session of this browser */
  signIn(linkId: string, visitor: Visitor, formToken: string, secret: string): Promise<string>
  /** @returns where at the authorization server the browser goes on */
  authorize(linkId: string, visitor: Visitor, formToken: string): Promise<string>
  /** Tries what the person filled in and links it. @throws what the trial found, too: then the person may try again */
  configure(linkId: string, visitor: Visitor, formToken: string, filled: ReadonlyMap<string, string>): Promise<LinkEnd>
  /** The person did not begin the link, or does not want it. */
  cancel(linkId: string, visitor: Visitor, formToken: string): Promise<void>
}

interface PageDeps extends LinkDeps {
  users: Users
  /** True where the person proves by the user's secret who they are; false where only this machine reaches the page. */
  requireSignIn: boolean
}

export const createLinkPages = (deps: PageDeps): LinkPages => new StoredLinkPages(deps)

interface Opened {
  link: LinkRow
  secrets: LinkSecrets & { code: string }
}

class StoredLinkPages implements LinkPages {
  readonly proofs: BrowserProofs
  readonly #deps: PageDeps

  constructor(deps: PageDeps) {
    this.#deps = deps
    this.proofs = createBrowserProofs(deps.vault, deps.clock)
  }

  address = async (): Promise<URL> => new URL(await this.#deps.publicUrl())

  async view(linkId: string, visitor: Visitor): Promise<PendingLink | EndedLink | undefined> {
    const opened = await this.#find(linkId)
    if (!opened) return undefined
    const connector = await this.#deps.catalogue.get(opened.link.connector)
    const phase = phaseOf(opened.link, this.#deps.clock())
    if (phase !== 'pending') return this.#ended(opened, connector, phase, visitor)
    if (opened.link.status !== 'pending') return this.#ended(opened, connector, 'ending', visitor)
    return this.#pending(opened, connector, visitor)
  }

  async #pending({ link, secrets }: Opened, connector: Connector, visitor: Visitor): Promise<PendingLink> {
    const { store, clock } = this.#deps
    const { oauth2, problem, custom } = this.#ways(connector)
    const client = await store.clients.find(link.clientId)
    const provider = oauth2?.provider
    const { name, title, description } = connector
    return {
      phase: 'pending',
      id: link.id,
      connector: { name, title, description },
      owner: { identifier: secrets.caller.identifier, client: client?.name ?? '' },
      code: secrets.code,
      begunAt: link.createdAt,
      expiresAt: link.expiresAt,
      now: clock(),
      proof: this.#proof(link, visitor),
      oauth2: provider && { scopes: provider.scopes },
      oauthMissing: problem !== undefined,
      custom: custom && { fields: configurationFields(custom), help: custom.help },
      formToken: this.proofs.formToken(visitor.browser, link.id),
    }
  }

  #ended({ link, secrets }: Opened, connector: Connector, phase: EndedLink['phase'], visitor: Visitor): EndedLink {
    const { name, title } = connector
    const { browser, end } = secrets
    const own =
      this.proofs.userOf(visitor) === link.userId ||
      (browser !== undefined && sameHash(browser, hashSecret(visitor.browser)))
    const failed = phase === 'failed' ? FAILURE_SENTENCES[link.error as CallbackError] : undefined
    const known = own ? end : undefined
    return {
      phase,
      connector: { name, title },
      account: own ? (link.userIdentifier ?? undefined) : undefined,
      replaced: known !== undefined && 'replaced' in known && known.replaced,
      selected: known !== undefined && 'selected' in known && known.selected,
      message: known && 'message' in known ? known.message : failed,
      upstream: known && 'upstream' in known ? known.upstream : undefined,
    }
  }

  async signIn(linkId: string, visitor: Visitor, formToken: string, secret: string): Promise<string> {
    const { link, secrets } = await this.#open(linkId, visitor, formToken)
    const { identifier } = secrets.caller
    const given = secret.trim()
    const { user } = await this.#deps.users.login(parseUserSecret(given)?.identifier ?? identifier, given, undefined)
    if (user.id !== link.userId) {
      throw new ConnectorsError(
        'INVALID_CREDENTIALS',
        `That is the secret of another user. This link was begun by ${identifier}, and only ${identifier} can finish it.`,
      )
    }
    return this.proofs.session(visitor.browser, user.id)
  }

  async authorize(linkId: string, visitor: Visitor, formToken: string): Promise<string> {
    const { store, vault, publicUrl, callbackPath } = this.#deps
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    // Whoever goes back and forth in the same browser goes on with the same request.
    if (secrets.request) return secrets.request.url
    const connector = await this.#deps.catalogue.get(link.connector)
    const { provider, oauthClient } = oauthWay(connector, this.#ways(connector))
    const redirect_uri = `${await publicUrl()}${callbackPath(connector.name)}`
    const begun = await beginAuthorization(provider, oauthClient, { redirect_uri })
    const browser = hashSecret(visitor.browser)
    const sealed = await sealLink(vault, link, { ...secrets, browser, request: { ...begun, redirect_uri } })
    if (await store.links.start(link.id, hashSecret(begun.state), sealed)) return begun.url
    // Pressed twice: the first press counts.
    const again = await this.#openProven(linkId, visitor, formToken)
    if (again.secrets.request) return again.secrets.request.url
    throw linkUnknown()
  }

  async configure(
    linkId: string,
    visitor: Visitor,
    formToken: string,
    filled: ReadonlyMap<string, string>,
  ): Promise<LinkEnd> {
    const { store, catalogue, integrations, clock } = this.#deps
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    const connector = await catalogue.get(link.connector)
    const { custom } = connector.auth
    const configuration = custom ? configurationOf(configurationFields(custom), filled) : {}
    const own = { ...secrets, browser: hashSecret(visitor.browser) }
    const callbackUrl = link.callbackUrl === '' ? undefined : link.callbackUrl
    let claimed = false
    const claim = async (): Promise<void> => {
      if (!(await store.links.claim(link.id, clock()))) throw linkUnknown()
      claimed = true
    }
    try {
      const { caller } = secrets
      const stored = await integrations.linkCustom(caller, connector.name, configuration, link.replaceDuplicate, claim)
      await recordLinked(this.#deps, link, own, stored)
      const { userIdentifier } = stored.row
      return { outcome: { status: 'success', connector: connector.name, userIdentifier }, callbackUrl }
    } catch (error) {
      // Before the link was claimed nothing is decided, and the person may correct what was filled in.
      if (!claimed) throw error
      const outcome = { status: 'error' as const, error: callbackError(error) }
      await recordFailed(this.#deps, link, own, outcome.error, toReason(error))
      return { outcome, callbackUrl }
    }
  }

  async cancel(linkId: string, visitor: Visitor, formToken: string): Promise<void> {
    const { link, secrets } = await this.#open(linkId, visitor, formToken)
    this.#sameBrowser(secrets, visitor)
    if (!(await cancelLink(this.#deps, link.id, 'The person cancelled the link on its page, so nothing was linked.')))
      throw linkUnknown()
  }

  async #find(linkId: string): Promise<Opened | undefined> {
    const link = await this.#deps.store.links.find(linkId)
    const secrets = link && (await openLink(this.#deps.vault, link))
    if (!link || secrets?.code === undefined) return undefined
    return { link, secrets: { ...secrets, code: secrets.code } }
  }

  async #open(linkId: string, visitor: Visitor, formToken: string): Promise<Opened> {
    const opened = await this.#find(linkId)
    if (opened?.link.status !== 'pending') throw linkUnknown()
    if (phaseOf(opened.link, this.#deps.clock()) !== 'pending') throw linkUnknown()
    if (this.proofs.isFormToken(visitor.browser, linkId, formToken)) return opened
    throw new ConnectorsError(
      'FORBIDDEN',
      'That form was not sent from this page in this browser, so nothing was done. Check that the browser takes cookies here, and try again.',
    )
  }

  async #openProven(linkId: string, visitor: Visitor, formToken: string): Promise<Opened> {
    const opened = await this.#open(linkId, visitor, formToken)
    if (this.#proof(opened.link, visitor) !== 'given')
      throw new ConnectorsError('INVALID_CREDENTIALS', 'Sign in first; a sign-in lasts 30 minutes.')
    this.#sameBrowser(opened.secrets, visitor)
    return opened
  }

  /** @throws FORBIDDEN once another browser went on with the link */
  #sameBrowser({ browser }: LinkSecrets, visitor: Visitor): void {
    if (browser === undefined || sameHash(browser, hashSecret(visitor.browser))) return
    throw new ConnectorsError(
      'FORBIDDEN',
      'This link was opened in another browser already and can only be finished there. If that was not you, tell your agent to cancel it.',
    )
  }

  #proof(link: LinkRow, visitor: Visitor): PendingLink['proof'] {
    if (!this.#deps.requireSignIn) return 'given'
    const userId = this.proofs.userOf(visitor)
    return userId === undefined ? 'needed' : userId === link.userId ? 'given' : 'other'
  }

  #ways(connector: Connector): LinkWays {
    return linkWays(connector, this.#deps.placeOf(connector), this.#deps.movingPort)
  }
}
