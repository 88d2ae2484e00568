import { ConnectorsError } from '../../../base/errors.js'
import { hashSecret, sameHash } from '../../../crypto/index.js'
import type { LinkDeps } from '../deps.js'
import { type ConnectPageLink, type DirectLink, type Link, linkUnknown } from '../link.js'
import type { BrowserProofs, Visitor } from './browser-session.js'

/** A link with a page: either it is finished there, or its answer waits there for a confirmation. */
export type LinkWithPage = ConnectPageLink | DirectLink

/** The sender of a form on the page. */
export interface FormSender {
  linkId: string
  visitor: Visitor
  /** The token that the form sent back. */
  formToken: string
}

/** Whether the person in the browser is the user who began the link; `other`: another user is signed in there. */
export type PersonProof = 'given' | 'needed' | 'other'

/** Decides which browser may see and do what on the page of a link. */
export class PageVisits {
  readonly #links: LinkDeps['links']
  readonly #proofs: BrowserProofs
  readonly #requireSignIn: boolean

  constructor({ links, proofs, requireSignIn }: Pick<LinkDeps, 'links' | 'proofs' | 'requireSignIn'>) {
    this.#links = links
    this.#proofs = proofs
    this.#requireSignIn = requireSignIn
  }

  /** Undefined for a link that is unknown or has no page. */
  async find(linkId: string): Promise<LinkWithPage | undefined> {
    const link = await this.#links.find(linkId)
    if (link?.kind === 'page') return link
    return link?.kind === 'direct' && link.browser !== undefined ? link : undefined
  }

  /** @throws LINK_EXPIRED for a link that is not pending, FORBIDDEN for a form of another page or browser */
  async open({ linkId, visitor, formToken }: FormSender): Promise<LinkWithPage> {
    const link = await this.find(linkId)
    if (link?.state.phase !== 'pending') throw linkUnknown()
    if (this.#proofs.isFormToken(visitor.browser, linkId, formToken)) return link
    throw new ConnectorsError(
      'FORBIDDEN',
      'That form was not sent from this page in this browser, so nothing was done. Check that the browser accepts cookies from this page, and try again.',
    )
  }

  /** @throws as `open`, and INVALID_CREDENTIALS for a person who is not the link's user */
  async openProven(sender: FormSender): Promise<LinkWithPage> {
    const link = await this.open(sender)
    if (this.proofOf(link, sender.visitor) !== 'given')
      throw new ConnectorsError('INVALID_CREDENTIALS', 'Sign in first; a sign-in lasts 30 minutes.')
    this.assertSameBrowser(link, sender.visitor)
    return link
  }

  /** @throws FORBIDDEN once another browser has continued the link */
  assertSameBrowser(link: Link, visitor: Visitor): void {
    if (link.browser === undefined || isBrowserOf(link, visitor)) return
    throw new ConnectorsError(
      'FORBIDDEN',
      'This link was already opened in another browser and can only be finished there. If that was not you, ask your agent to cancel it.',
    )
  }

  proofOf({ caller }: Link, visitor: Visitor): PersonProof {
    if (!this.#requireSignIn) return 'given'
    const userId = this.#proofs.userOf(visitor)
    return userId === undefined ? 'needed' : userId === caller.userId ? 'given' : 'other'
  }

  /**
   * Whether the browser is the one that continues the link, or the user's; any other browser learns nothing about the
   * account.
   */
  isOwn(link: Link, visitor: Visitor): boolean {
    return isBrowserOf(link, visitor) || this.#proofs.userOf(visitor) === link.caller.userId
  }
}

/** Whether it is the browser that continues the link. */
export const isBrowserOf = ({ browser }: Link, visitor: Visitor): boolean =>
  browser !== undefined && sameHash(browser, hashSecret(visitor.browser))
