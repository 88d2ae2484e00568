import { ConnectorsError } from '../base/errors.js'
import { hashSecret, parseUserSecret, sameHash } from '../crypto/index.js'
import {
  type ConfigurationField,
  type Connector,
  type CustomAuth,
  configurationFields,
  configurationOf,
} from '../kit/index.js'
import { beginAuthorization } from '../oauth/index.js'
import type { LinkRow } from '../store/store.js'
import { type BrowserProofs, createBrowserProofs, type Visitor } from './browser-proof.js'
import {
  askWhereItCanWrite,
  ChoiceDue,
  choiceOf,
  decided,
  draftOf,
  dropDraft,
  keepDraft,
  type LinkChoice,
} from './link-choice.js'
import {
  type CallbackError,
  callbackError,
  endInterrupted,
  FAILURE_SENTENCES,
  type LinkedEnd,
  type LinkOutcome,
  type LinkPhase,
  type LinkSecrets,
  linkedEnding,
  linkUnknown,
  openLink,
  phaseOf,
  recordFailed,
  sealLink,
  toReason,
} from './link-record.js'
import { type LinkWays, linkWays, oauthWay } from './link-ways.js'
import { cancelLink, type LinkDeps } from './linking.js'
import type { FoundServer, TriedAccount } from './tried-account.js'
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
  /** What the person is asked before what was filled in is stored; only in the browser where it was filled in. */
  choice: LinkChoice | undefined
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
  server: FoundServer | undefined
  readOnly: boolean | undefined
  message: string | undefined
  upstream: unknown
}

/** What a person decided of a credential that can change something. */
export interface Decision {
  draftId: string
  readOnly: boolean
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
  /**
   * Tries what the person filled in and links it, or keeps it for the person to decide whether anything may be changed.
   * @returns undefined where that is to be decided now
   * @throws what the trial found, too: then the person may try again
   */
  configure(
    linkId: string,
    visitor: Visitor,
    formToken: string,
    filled: ReadonlyMap<string, string>,
  ): Promise<LinkEnd | undefined>
  /**
   * Links what was filled in as the person decided, after another trial: it is stored as it was proven to work.
   * @param draftId what the person was shown
   * @throws LINK_FAILED where that was changed meanwhile, and what the trial found
   */
  decide(linkId: string, visitor: Visitor, formToken: string, decision: Decision): Promise<LinkEnd>
  /** Forgets what was filled in, so that the form is shown again. */
  correct(linkId: string, visitor: Visitor, formToken: string): Promise<void>
  /** The person did not begin the link, or does not want it. */
  cancel(linkId: string, visitor: Visitor, formToken: string): Promise<void>
}

interface PageDeps extends LinkDeps {
  users: Users
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
    if (phase === 'expired') await dropDraft(this.#deps, opened.link)
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
      choice: this.#choice({ link, secrets }, custom, visitor),
      custom: custom && { fields: configurationFields(custom), help: custom.help },
      formToken: this.proofs.formToken(visitor.browser, link.id),
    }
  }

  #choice({ link, secrets: { draft, browser } }: Opened, custom: CustomAuth | undefined, visitor: Visitor) {
    const own = browser !== undefined && sameHash(browser, hashSecret(visitor.browser))
    return draft && own && this.#proof(link, visitor) === 'given' ? choiceOf(draft, custom) : undefined
  }

  async #ended(
    { link, secrets }: Opened,
    connector: Connector,
    phase: EndedLink['phase'],
    visitor: Visitor,
  ): Promise<EndedLink> {
    const { name, title } = connector
    const { browser, end } = secrets
    const own =
      this.proofs.userOf(visitor) === link.userId ||
      (browser !== undefined && sameHash(browser, hashSecret(visitor.browser)))
    const failed = phase === 'failed' ? FAILURE_SENTENCES[link.error as CallbackError] : undefined
    const known = own ? end : undefined
    const { userIdentifier } = link
    const account =
      own && userIdentifier !== null
        ? await this.#deps.store.integrations.find(link.userId, link.connector, userIdentifier)
        : undefined
    const linked: Partial<LinkedEnd> = known && 'replaced' in known ? known : {}
    return {
      phase,
      connector: { name, title },
      account: own ? (userIdentifier ?? undefined) : undefined,
      replaced: linked.replaced ?? false,
      selected: account?.selected ?? false,
      server: linked.server,
      readOnly: linked.readOnly,
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
    const stateHash = hashSecret(begun.state)
    const request = { ...begun, redirect_uri }
    const sealed = await sealLink(vault, { ...link, stateHash }, { ...secrets, browser, request })
    if (await store.links.start(link.id, stateHash, sealed)) return begun.url
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
  ): Promise<LinkEnd | undefined> {
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    const { custom } = (await this.#deps.catalogue.get(link.connector)).auth
    const configuration = custom ? configurationOf(configurationFields(custom), filled) : {}
    const own = { ...secrets, browser: hashSecret(visitor.browser) }
    const still = (now: LinkSecrets) => this.#sameBrowser(now, visitor)
    const ask = (account: TriedAccount) => askWhereItCanWrite(custom, configuration, account)
    try {
      return await this.#link(link, own, configuration, still, ask)
    } catch (error) {
      if (!(error instanceof ChoiceDue)) throw error
      await keepDraft(this.#deps, link, own, { configuration, account: error.account })
      return undefined
    }
  }

  async decide(linkId: string, visitor: Visitor, formToken: string, decision: Decision): Promise<LinkEnd> {
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    const draft = draftOf(secrets, decision.draftId)
    const { custom } = (await this.#deps.catalogue.get(link.connector)).auth
    const still = (now: LinkSecrets) => void draftOf(now, draft.id)
    return this.#link(link, secrets, decided(custom, draft, decision.readOnly), still)
  }

  async correct(linkId: string, visitor: Visitor, formToken: string): Promise<void> {
    const { link } = await this.#openProven(linkId, visitor, formToken)
    await dropDraft(this.#deps, link)
  }

  /**
   * @param still throws where the link was changed so during the trial that it is not to be ended by it
   * @param ask runs after the trial; what it throws leaves the link as it is
   */
  async #link(
    link: LinkRow,
    secrets: LinkSecrets,
    configuration: Record<string, unknown>,
    still: (now: LinkSecrets) => void,
    ask: (account: TriedAccount) => void = () => {},
  ): Promise<LinkEnd> {
    const { store, vault, integrations, clock } = this.#deps
    const { connector } = link
    const callbackUrl = link.callbackUrl === '' ? undefined : link.callbackUrl
    let claimed = false
    const claim = async (account: TriedAccount): Promise<void> => {
      const now = await this.#find(link.id)
      if (now?.link.status !== 'pending') throw linkUnknown()
      still(now.secrets)
      ask(account)
      if (!(await store.links.claim(link.id, clock()))) throw linkUnknown()
      claimed = true
    }
    try {
      const { caller } = secrets
      const underWay = { claim, ending: linkedEnding(vault, link, secrets) }
      const { row } = await integrations.linkCustom(caller, connector, configuration, link.replaceDuplicate, underWay)
      return { outcome: { status: 'success', connector, userIdentifier: row.userIdentifier }, callbackUrl }
    } catch (error) {
      // Before the link was claimed nothing is decided, and the person may correct what was filled in.
      if (!claimed) throw error
      const outcome = { status: 'error' as const, error: callbackError(error) }
      await recordFailed(this.#deps, link, secrets, outcome.error, toReason(error))
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
    const found = await this.#deps.store.links.find(linkId)
    const link = found && (await endInterrupted(this.#deps, found, this.#deps.clock()))
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
