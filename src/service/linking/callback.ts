import { ConnectorsError } from '../../base/errors.js'
import { hashSecret, sameHash } from '../../crypto/index.js'
import type { LinkDeps } from './deps.js'
import { finishLink } from './finish.js'
import { checkGrant, tryGrant } from './grant.js'
import { type Link, type LinkOutcome, linkUnknown } from './link.js'
import type { Visitor } from './page/browser-session.js'

/** The outcome of an authorization response. */
export interface CallbackResult {
  /** `unconfirmed`: none yet, since the person must still say whose account it becomes. */
  outcome: LinkOutcome | { status: 'unconfirmed' }
  /** Where the browser goes next; undefined for our own page, and for a browser that has not proven whose it is. */
  callbackUrl: string | undefined
  /** The link to show on our own page; undefined when the response belongs to no link of this browser. */
  linkId: string | undefined
  /** Why it failed, for the log and the page; our own text. */
  reason: ConnectorsError | undefined
}

/**
 * What is known about the browser that brought a response. `proven`: it is the user's, so the link may end; `unproven`: it
 * may be anyone's; `other`: another browser continues this link.
 */
type BrowserProof = 'proven' | 'unproven' | 'other'

/** An authorization response, and the browser that brought it. */
interface Arrival {
  callback: URLSearchParams
  visitor: Visitor
}

/**
 * Ends a link with the authorization response that a browser brings, or keeps the response until the person in that
 * browser has said whose account it becomes. Never throws for a bad response.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export async function acceptCallback(deps: LinkDeps, connector: string, arrival: Arrival): Promise<CallbackResult> {
  const state = arrival.callback.get('state')
  const link = state ? await deps.links.findByState(state) : undefined
  if (link?.state.phase !== 'pending') return nowhere(linkUnknown())
  // The response of one provider at the callback of another is a mix-up, which ends the link.
  if (link.connector !== connector) return refuse(deps, link, linkUnknown())
  switch (browserProofOf(deps, link, arrival.visitor)) {
    case 'proven':
      return finish(deps, link, arrival)
    case 'unproven':
      return askWhose(deps, link, arrival)
    case 'other':
      // The person in the first browser decides; a second one must not be able to end the link.
      return link.unconfirmed ? nowhere(otherBrowser()) : refuse(deps, link, otherBrowser())
  }
}

function browserProofOf({ proofs, requireSignIn }: LinkDeps, link: Link, visitor: Visitor): BrowserProof {
  const { browser, unconfirmed, caller } = link
  const isSame = browser !== undefined && sameHash(browser, hashSecret(visitor.browser))
  // Our page redirected it, after it had proven to be the user's.
  if (browser !== undefined && !unconfirmed) return isSame ? 'proven' : 'other'
  if (requireSignIn && proofs.userOf(visitor) === caller.userId) return 'proven'
  return unconfirmed && !isSame ? 'other' : 'unproven'
}

/** Ends the link with the third party's response, and lets the browser continue. */
async function finish(deps: LinkDeps, link: Link, { callback, visitor }: Arrival): Promise<CallbackResult> {
  const taken = await deps.links.take(link)
  if (!taken) return nowhere(linkUnknown())
  const bound = { ...taken, browser: hashSecret(visitor.browser) }
  return { ...(await finishLink(deps, bound, tryGrant(deps, bound, callback))), linkId: link.id }
}

/**
 * Keeps the response, bound to this browser, until the person in it has said whose account it becomes. An error, or a response
 * that does not belong to the link, ends the link; the browser stays on our page even then, since the callback URL may be a
 * stranger's.
 */
async function askWhose(deps: LinkDeps, link: Link, { callback, visitor }: Arrival): Promise<CallbackResult> {
  const { links } = deps
  const here = { callbackUrl: undefined, linkId: link.id }
  const browser = hashSecret(visitor.browser)
  try {
    await checkGrant(deps, link, callback)
  } catch (error) {
    const taken = await links.take(link)
    if (!taken) return nowhere(linkUnknown())
    return { ...(await finishLink(deps, { ...taken, browser }, Promise.reject(error))), ...here }
  }
  const isKept = await links.keep(link, { unconfirmed: { callback: callback.toString() } }, browser)
  return isKept ? { outcome: { status: 'unconfirmed' }, ...here, reason: undefined } : nowhere(linkUnknown())
}

/** Ends a link whose response arrived at the wrong callback or in the wrong browser. */
async function refuse({ links }: LinkDeps, link: Link, reason: ConnectorsError): Promise<CallbackResult> {
  const taken = await links.take(link)
  if (taken) await links.fail(taken, reason, 'invalid_request')
  return nowhere(taken ? reason : linkUnknown())
}

const nowhere = (reason: ConnectorsError): CallbackResult => ({
  outcome: { status: 'error', error: 'invalid_request' },
  callbackUrl: undefined,
  linkId: undefined,
  reason,
})

const otherBrowser = () =>
  new ConnectorsError(
    'LINK_FAILED',
    'The answer came back in a different browser than the one the link was begun in, so nothing was linked; start another one.',
  )
