import { ConnectorsError } from '../../base/errors.js'
import { hashSecret, parseUserSecret } from '../../crypto/index.js'
import { type Connector, type CustomAuth, configurationFields, configurationOf } from '../../kit/index.js'
import { beginAuthorization } from '../../oauth/index.js'
import type { LinkRow } from '../../store/store.js'
import type { TriedAccount } from '../accounts/trial.js'
import type { Users } from '../tenants/users.js'
import { askWhereItCanWrite, ChoiceDue, choiceOf, decided, draftOf, keepDraft } from './access-choice.js'
import type { BrowserProofs, Visitor } from './browser-session.js'
import { confirmationOf, confirmLink, nothingToConfirm } from './confirmation.js'
import type { LinkDeps } from './deps.js'
import {
  callbackError,
  endInterrupted,
  type LinkEnd,
  type LinkSecrets,
  linkedEnding,
  linkUnknown,
  openLink,
  phaseOf,
  recordFailed,
  sealLink,
  toReason,
} from './link.js'
import { cancelLink } from './linking.js'
import { type LinkWays, linkWays, oauthWay } from './methods.js'
import { dropUndecided } from './undecided.js'
import { type EndedLink, endedLink, isBrowserOf, type Opened, type PendingLink } from './view.js'

/** What a person decided of a credential that can change something. */
export interface Decision {
  draftId: string
  readOnly: boolean
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
  /** Says who the person is. Where an answer waits for just that, `confirm` is to follow. */
  signIn(linkId: string, visitor: Visitor, formToken: string, secret: string): Promise<SignedIn>
  /**
   * Links the account that the third party answered with, for the user whose the browser is proven to be.
   * @throws LINK_FAILED where the person has to go to the third party once more, or nothing waits
   */
  confirm(linkId: string, visitor: Visitor, formToken: string): Promise<LinkEnd>
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

export interface SignedIn {
  /** The session of this browser. */
  session: string
  /** Whether an answer of the third party waits for this proof. */
  unconfirmed: boolean
}

interface PageDeps extends LinkDeps {
  users: Users
}

export const createLinkPages = (deps: PageDeps): LinkPages => new StoredLinkPages(deps)

class StoredLinkPages implements LinkPages {
  readonly proofs: BrowserProofs
  readonly #deps: PageDeps

  constructor(deps: PageDeps) {
    this.#deps = deps
    this.proofs = deps.proofs
  }

  address = async (): Promise<URL> => new URL(await this.#deps.publicUrl())

  async view(linkId: string, visitor: Visitor): Promise<PendingLink | EndedLink | undefined> {
    const opened = await this.#find(linkId)
    if (!opened || !this.#isShown(opened, visitor)) return undefined
    const connector = await this.#deps.catalogue.get(opened.link.connector)
    const phase = phaseOf(opened.link, this.#deps.clock())
    if (phase === 'expired') await dropUndecided(this.#deps, opened.link)
    if (phase !== 'pending')
      return endedLink(this.#deps, opened, connector, { phase, own: this.#isOwn(opened, visitor) })
    if (opened.link.status !== 'pending')
      return endedLink(this.#deps, opened, connector, { phase: 'ending', own: this.#isOwn(opened, visitor) })
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
      confirmation: confirmationOf(link, secrets),
      formToken: this.proofs.formToken(visitor.browser, link.id),
    }
  }

  /** A link that goes to the third party at once has a page only where its answer arrived. */
  #isShown({ link, secrets }: Opened, visitor: Visitor): boolean {
    return secrets.code !== undefined || this.#isOwn({ link, secrets }, visitor)
  }

  #isOwn({ link, secrets }: Opened, visitor: Visitor): boolean {
    return isBrowserOf(secrets, visitor) || this.proofs.userOf(visitor) === link.userId
  }

  #choice({ link, secrets }: Opened, custom: CustomAuth | undefined, visitor: Visitor) {
    const { draft } = secrets
    return draft && isBrowserOf(secrets, visitor) && this.#proof(link, visitor) === 'given'
      ? choiceOf(draft, custom)
      : undefined
  }

  async signIn(linkId: string, visitor: Visitor, formToken: string, secret: string): Promise<SignedIn> {
    const { link, secrets } = await this.#open(linkId, visitor, formToken)
    const { identifier } = secrets.caller
    const given = secret.trim()
    const { user } = await this.#deps.users.login(parseUserSecret(given)?.identifier ?? identifier, given, undefined)
    if (user.id !== link.userId) {
      throw new ConnectorsError(
        'INVALID_CREDENTIALS',
        'That is the secret of another user. Only the user who began this link, and is named on this page, can finish it.',
      )
    }
    const session = this.proofs.session(visitor.browser, user.id)
    return { session, unconfirmed: secrets.unconfirmed !== undefined }
  }

  async confirm(linkId: string, visitor: Visitor, formToken: string): Promise<LinkEnd> {
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    if (!secrets.unconfirmed) throw nothingToConfirm()
    return confirmLink(this.#deps, link)
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
    const { link, secrets } = await this.#openProven(linkId, visitor, formToken)
    if (secrets.draft) await dropUndecided(this.#deps, link)
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
    // One that is finished by a code at the third party, or has only been sent there, has no page.
    return link && secrets && (secrets.code !== undefined || secrets.browser !== undefined)
      ? { link, secrets }
      : undefined
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
  #sameBrowser(secrets: LinkSecrets, visitor: Visitor): void {
    if (secrets.browser === undefined || isBrowserOf(secrets, visitor)) return
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
