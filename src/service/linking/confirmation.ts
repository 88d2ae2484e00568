import { ConnectorsError } from '../../base/errors.js'
import type { LinkRow } from '../../store/store.js'
import type { LinkDeps } from './deps.js'
import { storeGrant } from './grant.js'
import {
  callbackError,
  type LinkEnd,
  type LinkSecrets,
  linkUnknown,
  openLink,
  recordFailed,
  sealLink,
  toReason,
} from './link.js'

/** What is asked in the browser in which an answer of the third party arrived, before anything is done with it. */
export interface Confirmation {
  /** The origin where the browser goes on afterwards, as the application that began the link named it; undefined for our page. */
  destination: string | undefined
}

/** @returns undefined where there is nothing to confirm */
export const confirmationOf = (link: LinkRow, { unconfirmed }: LinkSecrets): Confirmation | undefined =>
  unconfirmed && { destination: link.callbackUrl === '' ? undefined : new URL(link.callbackUrl).origin }

/** What an agent is told of a link that waits for that. */
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
export async function confirmLink(deps: LinkDeps, link: LinkRow): Promise<LinkEnd> {
  const { store, vault, clock } = deps
  const taken = await store.links.claim(link.id, clock())
  if (!taken) throw linkUnknown()
  const { unconfirmed, ...secrets } = await openLink(vault, taken)
  const callbackUrl = link.callbackUrl === '' ? undefined : link.callbackUrl
  try {
    if (!unconfirmed) throw linkUnknown()
    const { row } = await storeGrant(deps, taken, secrets, new URLSearchParams(unconfirmed.callback))
    return {
      outcome: { status: 'success', connector: link.connector, userIdentifier: row.userIdentifier },
      callbackUrl,
    }
  } catch (error) {
    if (hasLapsed(error) && (await reopen(deps, link, secrets))) throw lapsed(error)
    const outcome = { status: 'error' as const, error: callbackError(error) }
    await recordFailed(deps, taken, secrets, outcome.error, toReason(error))
    return { outcome, callbackUrl }
  }
}

/** Codes are good for ten minutes at some vendors, for one at others. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const hasLapsed = (error: unknown): error is ConnectorsError =>
  error instanceof ConnectorsError && error.details?.oauth_error === 'invalid_grant'

/** Lets the person go on to the third party once more, in this browser, by a new authorization request. */
async function reopen({ store, vault, clock }: LinkDeps, link: LinkRow, secrets: LinkSecrets): Promise<boolean> {
  if (link.expiresAt <= clock()) return false
  const { request: _, ...rest } = secrets
  return store.links.reopen(link.id, {
    sealed: await sealLink(vault, { ...link, stateHash: null }, rest),
    expiresAt: link.expiresAt,
  })
}

const lapsed = ({ details }: ConnectorsError): ConnectorsError =>
  new ConnectorsError(
    'LINK_FAILED',
    'The third party does not take its own answer any more, so nothing is linked yet. Go on there once more; it may let you through without asking.',
    { ...(details?.upstream === undefined ? {} : { details: { upstream: details.upstream } }) },
  )

export const nothingToConfirm = (): ConnectorsError =>
  new ConnectorsError('LINK_FAILED', 'Nothing waits to be confirmed here. Look at what is shown now.')
