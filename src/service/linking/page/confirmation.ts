import { ConnectorsError } from '../../../base/errors.js'
import type { LinkDeps } from '../deps.js'
import { finishLink } from '../finish.js'
import { tryGrant } from '../grant.js'
import { type Link, type LinkResult, linkUnknown } from '../link.js'

/** What the person is asked in the browser that brought the third party's answer, before the answer is used. */
export interface Confirmation {
  /** The origin of the callback URL to which the browser goes afterwards; undefined for our page. */
  destination: string | undefined
}

/** @returns undefined where there is nothing to confirm */
export const confirmationOf = ({ unconfirmed, callbackUrl }: Link): Confirmation | undefined =>
  unconfirmed && { destination: callbackUrl === null ? undefined : new URL(callbackUrl).origin }

/** What an agent reads about a link that waits for the confirmation. */
export const UNCONFIRMED =
  'The person has agreed at the third party, and must still confirm on the page of this service, in the same browser, whose account it becomes.'

/**
 * Links the account after the person in the browser has proven to be the link's user. The code is exchanged only now: an
 * exchange could not be undone if the person said no, since at some vendors (GitHub, Google) the revocation of one token
 * ends everything that the person has granted to the OAuth client.
 * @param link as the person saw it
 * @returns how it ended, with an account or without
 * @throws LINK_FAILED where the code has expired: then the person can go to the third party once more;
 * LINK_EXPIRED for a link that has ended
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

/** Codes are valid for ten minutes at some vendors, for one minute at others. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const hasLapsed = (error: unknown): error is ConnectorsError =>
  error instanceof ConnectorsError && error.details?.oauth_error === 'invalid_grant'

const lapsed = ({ details }: ConnectorsError): ConnectorsError =>
  new ConnectorsError(
    'LINK_FAILED',
    'The third party no longer accepts its own answer, so nothing is linked yet. Continue there once more; it may let you through without asking.',
    { ...(details?.upstream === undefined ? {} : { details: { upstream: details.upstream } }) },
  )

export const nothingToConfirm = (): ConnectorsError =>
  new ConnectorsError('LINK_FAILED', 'There is nothing to confirm here any more. Look at what is shown now.')
