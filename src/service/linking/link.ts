import { ConnectorsError, isForOperator } from '../../base/errors.js'
import type { Logger } from '../../base/log.js'
import { randomText } from '../../base/random.js'
import type { LinkEnding, LinkRow, Store } from '../../store/store.js'
import type { LinkedEnd, TriedAccount } from '../accounts/trial.js'
import type { Caller } from '../tenants/users.js'
import { type LinkBinding, linkContext } from '../vault/seal-contexts.js'
import type { Vault } from '../vault/vault.js'

/** How long a person has to finish a link from the moment it was begun. Milliseconds. */
export const LINK_LIFETIME = 10 * 60_000
/** How long an ended or expired link can still be asked about. Milliseconds. */
export const LINK_KEPT = 60 * 60_000
/** How long a link that was taken may be under way: the exchange of a code and a trial. Milliseconds. */
export const FINISHING_TIME = 60_000

/** What the third party is asked with how a device link stands. */
export interface DeviceSecrets {
  device_code: string
  /** Seconds between two polls; grows. */
  interval: number
  /** Who gave the code, and to which OAuth client: nobody else is asked. */
  issuer: string
  client_id: string
}

/** What only the service may know of a link, sealed in the store. */
export interface LinkSecrets {
  caller: Caller
  /** The short code that page and agent both show; absent for a link that goes to the third party at once. */
  code?: string
  /** The authorization request that was made, if one was. */
  request?: { code_verifier: string; state: string; redirect_uri: string; url: string }
  /** Of a link that is finished at the third party by a code; it has no page. */
  device?: DeviceSecrets
  /** Hash of the browser that goes on with the link; absent for a link that goes to the third party at once. */
  browser?: string
  /** What was filled in and tried, while the person decides what to allow. */
  draft?: LinkDraft
  /** What came back from the third party, while the person has yet to say whose account it becomes. */
  unconfirmed?: Unconfirmed
  /** How it ended, besides what the row says. */
  end?: LinkedEnd | { message: string; upstream?: unknown }
}

/** An authorization response that was looked at and not acted on: its code was sent to nobody. */
export interface Unconfirmed {
  /** Its parameters, as a query. */
  callback: string
}

/** A configuration that works and is not stored yet. */
export interface LinkDraft {
  id: string
  configuration: Record<string, unknown>
  account: TriedAccount
}

export const sealLink = (vault: Vault, link: LinkBinding, secrets: LinkSecrets): Promise<string> =>
  vault.seal(link.clientId, linkContext(link), JSON.stringify(secrets))

export const openLink = async (vault: Vault, link: LinkRow): Promise<LinkSecrets> =>
  JSON.parse(await vault.open(link.clientId, linkContext(link), link.sealed)) as LinkSecrets

/** The most of a third party's text that is kept with a failed link, as JSON. Characters. */
const UPSTREAM_LIMIT = 2000

type Records = { store: Store; vault: Vault; log?: Logger }

/** What an ended link no longer needs goes with its end. */
const ending = ({ caller, code, browser }: LinkSecrets, end: NonNullable<LinkSecrets['end']>): LinkSecrets => ({
  caller,
  ...(code === undefined ? {} : { code }),
  ...(browser === undefined ? {} : { browser }),
  end,
})

/** Makes what the store writes of the link's end together with the account. */
export const linkedEnding =
  (vault: Vault, link: LinkRow, secrets: LinkSecrets) =>
  async (account: LinkedEnd): Promise<LinkEnding> => ({
    linkId: link.id,
    sealed: await sealLink(vault, link, ending(secrets, account)),
  })

/** Records that the link ended without an account, and why; one that had ended stays as it was. */
export async function recordFailed(
  { store, vault, log }: Records,
  link: LinkRow,
  secrets: LinkSecrets,
  error: CallbackError,
  reason: ConnectorsError,
): Promise<void> {
  const { message, details } = reason
  if (isForOperator(reason)) log?.error({ err: reason, connector: link.connector }, 'a link could not be finished')
  const upstream = details?.upstream
  const kept = upstream !== undefined && JSON.stringify(upstream).length <= UPSTREAM_LIMIT ? { upstream } : {}
  await store.links.finish(link.id, { error }, await sealLink(vault, link, ending(secrets, { message, ...kept })))
}

/** No letter or digit that is taken for another when it is read aloud or copied. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Such as `K7QD-42MX`: 39 random bits, to be compared by a person. */
export const newLinkCode = (): string => `${randomText(ALPHABET, 4)}-${randomText(ALPHABET, 4)}`

/** How a link stands to whoever asks. */
export type LinkPhase = 'pending' | 'linked' | 'failed' | 'expired'

export function phaseOf(link: LinkRow, now: number): LinkPhase {
  if (link.status === 'linked' || link.status === 'failed') return link.status
  // One that was taken has not expired, however long it takes: `endInterrupted` ends it.
  return link.status === 'consumed' || link.expiresAt > now ? 'pending' : 'expired'
}

const INTERRUPTED = 'The link was interrupted while it was finished; nothing was linked. Start another one.'

/**
 * Ends a link whose process is gone: it was taken and has not ended in all the time there is. The account is stored
 * together with the link's end, and only for a link that has not ended, so nothing is linked and nothing will be.
 * @returns the link as it is now
 */
export async function endInterrupted(records: Records, link: LinkRow, now: number): Promise<LinkRow> {
  if (link.status !== 'consumed' || link.expiresAt + FINISHING_TIME > now) return link
  const interrupted = new ConnectorsError('LINK_FAILED', INTERRUPTED)
  await recordFailed(records, link, await openLink(records.vault, link), 'integration_error', interrupted)
  return (await records.store.links.find(link.id)) ?? link
}

/** What the callback URL is told. @see the section "Integrations" of the HTTP contract */
export type LinkOutcome =
  | { status: 'success'; connector: string; userIdentifier: string }
  | { status: 'error'; error: CallbackError }

/** How a link ended for the browser that ended it. */
export interface LinkEnd {
  outcome: LinkOutcome
  /** Undefined for our own page. */
  callbackUrl: string | undefined
}

export type CallbackError = 'invalid_request' | 'integration_error' | 'cancelled_error' | 'duplicate_user_error'

export function callbackError(error: unknown): CallbackError {
  if (!(error instanceof ConnectorsError)) return 'integration_error'
  if (error.code === 'INTEGRATION_EXISTS') return 'duplicate_user_error'
  return error.details?.oauth_error === 'access_denied' ? 'cancelled_error' : 'integration_error'
}

/** What the person and the agent are told of a link that failed without a sentence of its own. */
export const FAILURE_SENTENCES: Record<CallbackError, string> = {
  invalid_request: 'The answer that came back did not belong to this link, so nothing was linked.',
  integration_error: 'The account could not be linked, and nothing was changed.',
  cancelled_error: 'The link was cancelled, so nothing was linked.',
  duplicate_user_error: 'That account is linked already, and nothing was changed.',
}

/** The error as one that the person and the agent may see: what is for the operator stays in `cause`, for the log. */
export const toReason = (error: unknown): ConnectorsError =>
  error instanceof ConnectorsError && !isForOperator(error)
    ? error
    : new ConnectorsError('INTERNAL', 'The link could not be finished; try again.', { cause: error })

export const linkUnknown = (): ConnectorsError =>
  new ConnectorsError('LINK_EXPIRED', 'This link is not known, was used already or has expired; start a new one.')

export const linkNotFound = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'There is no link of that id, or it ended long ago; start another one.')
