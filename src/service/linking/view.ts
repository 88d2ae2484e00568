import { hashSecret, sameHash } from '../../crypto/index.js'
import type { ConfigurationField, Connector } from '../../kit/index.js'
import type { LinkRow, Store } from '../../store/store.js'
import type { FoundServer, LinkedEnd } from '../accounts/trial.js'
import type { LinkChoice } from './access-choice.js'
import type { Visitor } from './browser-session.js'
import type { Confirmation } from './confirmation.js'
import { type CallbackError, FAILURE_SENTENCES, type LinkEnd, type LinkPhase, type LinkSecrets } from './link.js'

/** A link, and what only the service may know of it. */
export interface Opened {
  link: LinkRow
  secrets: LinkSecrets
}

/** What the page of a pending link shows. */
export interface PendingLink {
  phase: 'pending'
  id: string
  connector: Pick<Connector, 'name' | 'title' | 'description'>
  /** Whose account it becomes, and who began the link. */
  owner: { identifier: string; client: string }
  /** Undefined where the agent shows none: the person was sent to the third party at once. */
  code: string | undefined
  /** Milliseconds since the epoch. */
  begunAt: number
  expiresAt: number
  now: number
  /** `other`: somebody else is signed in in this browser. */
  proof: 'given' | 'needed' | 'other'
  oauth2: { scopes: readonly string[] } | undefined
  /** True where the connector has OAuth 2 and it is not set up on this service. */
  oauthMissing: boolean
  custom: { fields: ConfigurationField[]; help: string | undefined } | undefined
  /** What the person is asked before what was filled in is stored; only in the browser where it was filled in. */
  choice: LinkChoice | undefined
  /** What the person is asked where an answer of the third party waits for a confirmation. */
  confirmation: Confirmation | undefined
  /** What a form must send back. */
  formToken: string
}

/** What the page of a link shows that is over. */
export interface EndedLink {
  phase: Exclude<LinkPhase, 'pending'> | 'ending'
  connector: Pick<Connector, 'name' | 'title'>
  /** Only for the browser that ended it: the account's name, what happened, what a third party said. */
  account: string | undefined
  replaced: boolean
  selected: boolean
  server: FoundServer | undefined
  readOnly: boolean | undefined
  message: string | undefined
  upstream: unknown
  /** Where the application that began the link waits, and what it is told there. */
  onward: LinkEnd | undefined
}

/**
 * @param seen `own`: whether the browser is the one that ended the link, or the user's; any other one learns nothing of the
 * account
 */
export async function endedLink(
  { store }: { store: Store },
  { link, secrets }: Opened,
  { name, title }: Connector,
  { phase, own }: { phase: EndedLink['phase']; own: boolean },
): Promise<EndedLink> {
  const { end } = secrets
  const failed = phase === 'failed' ? FAILURE_SENTENCES[link.error as CallbackError] : undefined
  const known = own ? end : undefined
  const { userIdentifier } = link
  const account =
    own && userIdentifier !== null
      ? await store.integrations.find(link.userId, link.connector, userIdentifier)
      : undefined
  const linked: Partial<LinkedEnd> = known && 'replaced' in known ? known : {}
  return {
    phase,
    connector: { name, title },
    account: own ? (userIdentifier ?? undefined) : undefined,
    replaced: linked.replaced ?? false,
    selected: account?.selected ?? false,
    server: linked.server,
    readOnly: linked.readOnly,
    message: known && 'message' in known ? known.message : failed,
    upstream: known && 'upstream' in known ? known.upstream : undefined,
    onward: own ? endOf(link) : undefined,
  }
}

/** Whether it is the browser that goes on with the link. */
export const isBrowserOf = ({ browser }: LinkSecrets, visitor: Visitor): boolean =>
  browser !== undefined && sameHash(browser, hashSecret(visitor.browser))

/** What the application that began an ended link is told; undefined where it waits nowhere. */
function endOf({ status, callbackUrl, connector, userIdentifier, error }: LinkRow): LinkEnd | undefined {
  if (callbackUrl === '') return undefined
  if (status === 'linked' && userIdentifier !== null)
    return { outcome: { status: 'success', connector, userIdentifier }, callbackUrl }
  return status === 'failed' ? { outcome: { status: 'error', error: error as CallbackError }, callbackUrl } : undefined
}
