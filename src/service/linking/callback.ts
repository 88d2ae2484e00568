import { ConnectorsError } from '../../base/errors.js'
import { hashSecret, sameHash } from '../../crypto/index.js'
import type { LinkRow } from '../../store/store.js'
import type { Visitor } from './browser-session.js'
import type { LinkDeps } from './deps.js'
import { checkGrant, storeGrant } from './grant.js'
import {
  callbackError,
  type LinkOutcome,
  type LinkSecrets,
  linkUnknown,
  openLink,
  recordFailed,
  toReason,
} from './link.js'
import { keepUndecided } from './undecided.js'

/** What came of an authorization response. */
export interface FinishedLink {
  /** `unconfirmed`: nothing yet, since the person has yet to say whose account it becomes. */
  outcome: LinkOutcome | { status: 'unconfirmed' }
  /** Where the browser goes on; undefined for our own page, and for a browser that has not proven whose it is. */
  callbackUrl: string | undefined
  /** The link to show on our own page; undefined when the answer belongs to no link of this browser. */
  linkId: string | undefined
  /** Why it failed, for the log and the page; its text is ours. */
  reason: ConnectorsError | undefined
}

/**
 * What is known of the browser that an answer came with. `proven`: it is the user's, so the link may end; `unproven`: it
 * may be anybody's; `other`: another browser goes on with this link.
 */
type Standing = 'proven' | 'unproven' | 'other'

/**
 * Ends a link with the authorization response that a browser brings, or keeps the response until the person in that
 * browser has said whose account it becomes. Never throws for a bad response.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export async function finishLink(
  deps: LinkDeps,
  connector: string,
  callback: URLSearchParams,
  visitor: Visitor,
): Promise<FinishedLink> {
  const { store, vault, clock } = deps
  const state = callback.get('state')
  const link = state ? await store.links.findByState(hashSecret(state)) : undefined
  if (link?.status !== 'pending' || link.expiresAt <= clock()) return nowhere(linkUnknown())
  const secrets = await openLink(vault, link)
  // The answer of one provider at the callback of another is a mix-up, and the end of the link.
  if (link.connector !== connector) return refuse(deps, link, linkUnknown())
  switch (standingOf(deps, link, secrets, visitor)) {
    case 'proven':
      return end(deps, link, callback, visitor)
    case 'unproven':
      return ask(deps, link, secrets, callback, visitor)
    case 'other':
      // The person in the first browser decides; a second one must not be able to end the link.
      return secrets.unconfirmed ? nowhere(otherBrowser()) : refuse(deps, link, otherBrowser())
  }
}

function standingOf(
  { proofs, requireSignIn }: LinkDeps,
  link: LinkRow,
  { browser, unconfirmed }: LinkSecrets,
  visitor: Visitor,
): Standing {
  const same = browser !== undefined && sameHash(browser, hashSecret(visitor.browser))
  // Our page sent it on, after it had proven to be the user's.
  if (browser !== undefined && !unconfirmed) return same ? 'proven' : 'other'
  if (requireSignIn && proofs.userOf(visitor) === link.userId) return 'proven'
  return unconfirmed && !same ? 'other' : 'unproven'
}

/** Ends the link with what the third party says, and lets the browser go on. */
async function end(
  deps: LinkDeps,
  { id, stateHash, callbackUrl, connector }: LinkRow,
  callback: URLSearchParams,
  visitor: Visitor,
): Promise<FinishedLink> {
  const { store, vault, clock } = deps
  const taken = await store.links.take(stateHash ?? '', clock())
  if (!taken) return nowhere(linkUnknown())
  const { unconfirmed: _, ...known } = await openLink(vault, taken)
  const secrets = { ...known, browser: hashSecret(visitor.browser) }
  const place = { callbackUrl: callbackUrl === '' ? undefined : callbackUrl, linkId: id }
  try {
    const { userIdentifier } = (await storeGrant(deps, taken, secrets, callback)).row
    return { outcome: { status: 'success', connector, userIdentifier }, ...place, reason: undefined }
  } catch (error) {
    return { ...(await fail(deps, taken, secrets, error)), ...place }
  }
}

/**
 * Keeps the answer, bound to this browser, until the person in it has said whose account it becomes. An error, or an answer
 * that does not belong to the link, ends the link; the browser stays on our page even then, since the callback URL may be a
 * stranger's.
 */
async function ask(
  deps: LinkDeps,
  link: LinkRow,
  secrets: LinkSecrets,
  callback: URLSearchParams,
  visitor: Visitor,
): Promise<FinishedLink> {
  const { store, clock } = deps
  const here = { callbackUrl: undefined, linkId: link.id }
  const bound = { ...secrets, browser: hashSecret(visitor.browser) }
  try {
    await checkGrant(deps, link, secrets, callback)
  } catch (error) {
    const taken = await store.links.take(link.stateHash ?? '', clock())
    return taken ? { ...(await fail(deps, taken, bound, error)), ...here } : nowhere(linkUnknown())
  }
  const kept = await keepUndecided(deps, link, { ...bound, unconfirmed: { callback: callback.toString() } })
  return kept ? { outcome: { status: 'unconfirmed' }, ...here, reason: undefined } : nowhere(linkUnknown())
}

async function fail(
  deps: LinkDeps,
  link: LinkRow,
  secrets: LinkSecrets,
  error: unknown,
): Promise<Pick<FinishedLink, 'outcome' | 'reason'>> {
  const outcome = { status: 'error' as const, error: callbackError(error) }
  const reason = toReason(error)
  await recordFailed(deps, link, secrets, outcome.error, reason)
  return { outcome, reason }
}

/** Ends a link whose answer came to the wrong callback or in the wrong browser. */
async function refuse(deps: LinkDeps, link: LinkRow, reason: ConnectorsError): Promise<FinishedLink> {
  const { store, vault, clock } = deps
  const taken = await store.links.take(link.stateHash ?? '', clock())
  if (taken) await recordFailed(deps, taken, await openLink(vault, taken), 'invalid_request', reason)
  return nowhere(taken ? reason : linkUnknown())
}

const nowhere = (reason: ConnectorsError): FinishedLink => ({
  outcome: { status: 'error', error: 'invalid_request' },
  callbackUrl: undefined,
  linkId: undefined,
  reason,
})

const otherBrowser = () =>
  new ConnectorsError(
    'LINK_FAILED',
    'The answer came back in another browser than the one the link was begun in, so nothing was linked; start another one.',
  )
