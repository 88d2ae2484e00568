import { ConnectorsError, isForOperator } from '../../base/errors.js'
import type { ShownValues } from '../../kit/index.js'
import type { LinkRow } from '../../store/store.js'
import type { ExistingAccountFacts } from '../accounts/existing-account.js'
import type { ServerVersion, TrialResult } from '../accounts/trial.js'
import type { Caller } from '../tenants/users.js'

/** How long a person has to finish a link from the moment it was begun. Milliseconds. */
export const LINK_LIFETIME = 10 * 60_000
/** How long an ended or expired link can still be asked about. Milliseconds. */
export const LINK_RETENTION = 60 * 60_000
/** How long finishing a link may take: the exchange of a code and a trial. Milliseconds. */
export const FINISHING_TIME = 60_000

/** A request to a person to link an account, from its beginning to its outcome. */
export type Link = ConnectPageLink | DirectLink | DeviceLink

/** A link that a person finishes on our page, by OAuth or by a configuration. */
export interface ConnectPageLink extends AnyLink {
  readonly kind: 'page'
  /** The short code that both page and agent show, so that the person sees that they belong together. */
  readonly code: string
  /** A configuration that works, while the person decides what may be changed through it. */
  readonly draft?: LinkDraft | undefined
  /** What its form shows before anything is typed. */
  readonly form?: FormValues | undefined
}

/** The values in the form of a link: from the agent that began it, or from the person who went back to it. */
export interface FormValues extends ShownValues {
  by: 'agent' | 'person'
}

/** A link that goes to the authorization server at once, as published SDKs begin it. Our page only asks for a confirmation. */
export interface DirectLink extends AnyLink {
  readonly kind: 'direct'
}

/** A link that a person finishes at the third party by typing in a code; it has no page here. */
export interface DeviceLink extends AnyLink {
  readonly kind: 'device'
  /** Undefined once the link has ended. */
  readonly device?: DeviceSecrets | undefined
}

interface AnyLink {
  readonly id: string
  readonly caller: Caller
  readonly connector: string
  /** Where the browser goes at the end; null: it stays on our page. */
  readonly callbackUrl: string | null
  /** Whether an account of the same name gets the new credential; `same`: only where it is the same account. */
  readonly replaceDuplicate: boolean | 'same'
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly expiresAt: number
  readonly state: LinkProgress
  /** Hash of the browser that continues the link. */
  readonly browser?: string | undefined
  /** The authorization request that was made, if one was. */
  readonly request?: PendingAuthorization | undefined
  /** The third party's response, while the person must still say whose account it becomes. */
  readonly unconfirmed?: UnconfirmedResponse | undefined
  /** The row in the store. */
  readonly row: LinkRow
}

/** The progress of a link. */
export type LinkProgress =
  | { phase: 'pending' }
  /** It was taken, and is being finished right now. */
  | { phase: 'finishing' }
  | { phase: 'expired' }
  | ({ phase: 'linked'; userIdentifier: string } & LinkedAccount)
  | { phase: 'failed'; error: LinkFailureCode; message: string; upstream: unknown }

/** What is known about the linked account; undefined for what an older release did not record. */
export interface LinkedAccount {
  replaced: boolean | undefined
  /** As `StoredAccount` has it. */
  replacedAccount: string | null | undefined
  scopes: readonly string[] | undefined
  server: ServerVersion | undefined
  readOnly: boolean | undefined
}

/** What is needed to ask the third party for the state of a device link. */
export interface DeviceSecrets {
  device_code: string
  /** Seconds between two polls; may grow. */
  interval: number
  /** Which server issued the code, and to which OAuth client: only that server is asked. */
  issuer: string
  client_id: string
  /** What the person sees. Undefined in links of an older release. */
  shown?: DeviceInstructions | undefined
}

/** @see https://www.rfc-editor.org/rfc/rfc8628#section-3.2 */
export interface DeviceInstructions {
  user_code: string
  verification_uri: string
  verification_uri_complete?: string | undefined
}

export interface PendingAuthorization {
  code_verifier: string
  state: string
  redirect_uri: string
  url: string
}

/** An authorization response that was checked but not used: its code was not sent anywhere. */
export interface UnconfirmedResponse {
  /** Its parameters, as a query. */
  callback: string
}

/** A configuration that works and is not stored yet. */
export interface LinkDraft {
  id: string
  configuration: Record<string, unknown>
  account: TrialResult
  /** The existing account of the same name, where the person is asked about it. Undefined in drafts of earlier releases. */
  inPlaceOf?: DraftReplacement | undefined
}

/** The account that a draft would replace, as shown to the person. */
export interface DraftReplacement extends ExistingAccountFacts {
  id: string
  version: number
  change: 'open' | 'replace'
  /** A free name; undefined where accounts of the connector are not named by the person. */
  freeName: string | undefined
}

/** The outcome that a callback URL receives. @see the section "Integrations" of the HTTP contract */
export type LinkOutcome =
  | { status: 'success'; connector: string; userIdentifier: string }
  | { status: 'error'; error: LinkFailureCode }

/** How a link ended, for the browser that finished it. */
export interface LinkResult {
  outcome: LinkOutcome
  /** Undefined for our own page. */
  callbackUrl: string | undefined
}

export type LinkFailureCode = 'invalid_request' | 'integration_error' | 'cancelled_error' | 'duplicate_user_error'

/** How a link ended; undefined for one that has not ended or has expired. */
export function resultOf({ state, connector, callbackUrl }: Link): LinkResult | undefined {
  const target = callbackUrl ?? undefined
  if (state.phase === 'failed') return { outcome: { status: 'error', error: state.error }, callbackUrl: target }
  if (state.phase !== 'linked') return undefined
  return { outcome: { status: 'success', connector, userIdentifier: state.userIdentifier }, callbackUrl: target }
}

export function linkFailureCodeOf(error: unknown): LinkFailureCode {
  if (!(error instanceof ConnectorsError)) return 'integration_error'
  if (error.code === 'INTEGRATION_EXISTS') return 'duplicate_user_error'
  return error.details?.oauth_error === 'access_denied' ? 'cancelled_error' : 'integration_error'
}

/** The error as the person and the agent may see it: an error for the operator stays in `cause`, for the log. */
export const toReason = (error: unknown): ConnectorsError =>
  error instanceof ConnectorsError && !isForOperator(error)
    ? error
    : new ConnectorsError('INTERNAL', 'The link could not be finished; try again.', { cause: error })

export const linkUnknown = (): ConnectorsError =>
  new ConnectorsError('LINK_EXPIRED', 'This link is unknown, was already used or has expired; start a new one.')

export const linkNotFound = (): ConnectorsError =>
  new ConnectorsError('NOT_FOUND', 'No link has that id, or it ended long ago; start another one.')
