import { ConnectorsError } from '../../../base/errors.js'
import { hashSecret, parseUserSecret } from '../../../crypto/index.js'
import { beginAuthorization } from '../../../oauth/index.js'
import type { Users } from '../../tenants/users.js'
import { cancelLink } from '../cancel.js'
import type { LinkDeps } from '../deps.js'
import { type LinkResult, linkUnknown } from '../link.js'
import { linkMethods, oauthMethod } from '../methods.js'
import type { Decision } from './access-choice.js'
import type { BrowserProofs, Visitor } from './browser-session.js'
import { PageConfiguration } from './configuration.js'
import { confirmLink, nothingToConfirm } from './confirmation.js'
import { type FinishedLinkView, PageViews, type PendingLinkView } from './views.js'
import { type FormSender, PageVisits } from './visits.js'

export interface SignedIn {
  /** The session of this browser. */
  session: string
  /** Whether an answer from the third party waits for this sign-in. */
  unconfirmed: boolean
}

interface PageDeps extends LinkDeps {
  users: Users
}

/**
 * What a person does on the page of a link. Everything that changes something takes the form's token, and throws FORBIDDEN
 * for a wrong one, LINK_EXPIRED for a link that has ended or is unknown, INVALID_CREDENTIALS for a person who is not the
 * link's user.
 */
export class LinkPages {
  readonly proofs: BrowserProofs
  readonly #deps: PageDeps
  readonly #visits: PageVisits
  readonly #views: PageViews
  readonly #configuration: PageConfiguration

  constructor(deps: PageDeps) {
    this.#deps = deps
    this.proofs = deps.proofs
    this.#visits = new PageVisits(deps)
    this.#views = new PageViews(deps, this.#visits)
    this.#configuration = new PageConfiguration(deps, this.#visits)
  }

  /** Where browsers reach the service. */
  address = async (): Promise<URL> => new URL(await this.#deps.publicUrl())

  /** Whether only this machine reaches the pages. */
  get isLocal(): boolean {
    return !this.#deps.requireSignIn
  }

  /** Undefined for a link that is unknown or is not finished on our page. */
  view(linkId: string, visitor: Visitor): Promise<PendingLinkView | FinishedLinkView | undefined> {
    return this.#views.view(linkId, visitor)
  }

  /** Signs the person in. If an answer waits for that, call `confirm` next. */
  async signIn(sender: FormSender, secret: string): Promise<SignedIn> {
    const { caller, unconfirmed } = await this.#visits.open(sender)
    const trimmed = secret.trim()
    const identifier = parseUserSecret(trimmed)?.identifier ?? caller.identifier
    const { user } = await this.#deps.users.login(identifier, trimmed, undefined)
    if (user.id !== caller.userId) {
      throw new ConnectorsError(
        'INVALID_CREDENTIALS',
        'This is the secret of another user. Only the user who began this link, and is named on this page, can finish it.',
      )
    }
    const session = this.proofs.session(sender.visitor.browser, user.id)
    return { session, unconfirmed: unconfirmed !== undefined }
  }

  /**
   * Links the account in the third party's answer, for the user that the browser was proven to belong to.
   * @throws LINK_FAILED where the person must go to the third party once more, or no answer waits
   */
  async confirm(sender: FormSender): Promise<LinkResult> {
    const link = await this.#visits.openProven(sender)
    if (!link.unconfirmed) throw nothingToConfirm()
    return confirmLink(this.#deps, link)
  }

  /** @returns the URL at the authorization server to which the browser is sent */
  async authorize(sender: FormSender): Promise<string> {
    const { links, catalogue, endpointsOf, publicUrl, callbackPath } = this.#deps
    const link = await this.#visits.openProven(sender)
    // A person who goes back and forth in the same browser continues with the same request.
    if (link.request) return link.request.url
    const connector = await catalogue.get(link.connector)
    const { provider, oauthClient } = oauthMethod(connector, linkMethods(connector, endpointsOf(connector), this.#deps))
    const redirect_uri = `${await publicUrl()}${callbackPath(connector.name)}`
    const begun = await beginAuthorization(provider, oauthClient, { redirect_uri })
    if (await links.start(link, { ...begun, redirect_uri }, hashSecret(sender.visitor.browser))) return begun.url
    // Pressed twice: the first one counts.
    const again = await this.#visits.openProven(sender)
    if (again.request) return again.request.url
    throw linkUnknown()
  }

  /**
   * Tries what the person filled in and links it, or keeps it until the person decides whether anything may be changed, and
   * whether another account may be replaced.
   * @returns undefined where the person must decide
   * @throws also what the trial throws; the person may then try again
   */
  configure(sender: FormSender, filled: ReadonlyMap<string, string>): Promise<LinkResult | undefined> {
    return this.#configuration.configure(sender, filled)
  }

  /**
   * Links what was filled in as the person decided, after another trial: what is stored is proven to work.
   * @returns undefined where the person must decide something else now
   * @throws LINK_FAILED where the draft was changed meanwhile, and what the trial throws
   */
  decide(sender: FormSender, decision: Decision): Promise<LinkResult | undefined> {
    return this.#configuration.decide(sender, decision)
  }

  /** Forgets what was filled in, so that the form is shown again, with everything that is not secret. */
  correct(sender: FormSender): Promise<void> {
    return this.#configuration.correct(sender)
  }

  /** The person did not begin the link, or does not want it. */
  async cancel(sender: FormSender): Promise<void> {
    const link = await this.#visits.open(sender)
    this.#visits.assertSameBrowser(link, sender.visitor)
    const sentence = 'The person cancelled the link on its page, so nothing was linked.'
    if (!(await cancelLink(this.#deps.links, link.id, sentence))) throw linkUnknown()
  }
}
