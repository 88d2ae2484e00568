import { ConnectorsError } from '../../../base/errors.js'
import type { LinkDeps } from '../deps.js'
import { finishLink } from '../finish.js'
import { tryGrant } from '../grant.js'
import { type Link, type LinkResult, linkUnknown } from '../link.js'

/** What is asked in the browser in which an answer of the third party arrived, before anything is done with it. */
export interface Confirmation {
  /** The origin where the browser goes on afterwards, as the application that began the link named it; undefined for our page. */
  destination: string | undefined
}

/** @returns undefined where there is nothing to confirm */
export const confirmationOf = ({ unconfirmed, callbackUrl }: Link): Confirmation | undefined =>
  unconfirmed && { destination: callbackUrl === null ? undefined : new URL(callbackUrl).origin }

/** What an agent gets to read of a link that waits for that. */
export const UNCONFIRMED =
  'The person has agreed at the third party, and has yet to confirm on the page of this service, in the same browser, whose account it becomes.'

/**
 * Links the account after the person in the browser has proven to be the link's user. The code is exchanged only now: an
 * exchange could not be undone if the person said no, since at some vendors (GitHub, Google) the revocation of one token
 * ends everything that the person ever granted to the OAuth client.
 * @param link as the person saw it
 * @returns how it ended, with an account or without
 * @throws LINK_FAILED where the code had lapsed by now: then the person can go to the third party once more;
 * LINK_EXPIRED for a link that is over
 */
export async function confirmLink(deps: LinkDeps, link: Link): Promise<LinkResult> {
  const taken = await deps.links.claim(link)
  if (!taken) throw linkUnknown()
  const { unconfirmed } = taken
  if (!unconfirmed) return finishLink(deps, taken, Promise.reject(linkUnknown()))
  const trial = tryGrant(deps, taken, new URLSearchParams(unconfirmed.callback))
  const failure: unknown = await trial.then(
    () => undefined,
    (error) => error,
  )
  if (hasLapsed(failure) && (await deps.links.reopen({ ...taken, expiresAt: link.expiresAt }))) throw lapsed(failure)
  return finishLink(deps, taken, trial)
}

/** Codes are good for ten minutes at some vendors, for one at others. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const hasLapsed = (error: unknown): error is ConnectorsError =>
  error instanceof ConnectorsError && error.details?.oauth_error === 'invalid_grant'

const lapsed = ({ details }: ConnectorsError): ConnectorsError =>
  new ConnectorsError(
    'LINK_FAILED',
    'The third party does not take its own answer any more, so nothing is linked yet. Go on there once more; it may let you through without asking.',
    { ...(details?.upstream === undefined ? {} : { details: { upstream: details.upstream } }) },
  )

export const nothingToConfirm = (): ConnectorsError =>
  new ConnectorsError('LINK_FAILED', 'Nothing waits to be confirmed here. Look at what is shown now.')
